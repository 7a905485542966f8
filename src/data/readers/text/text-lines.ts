import { isUtf8 } from 'node:buffer';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { DataError } from '../../../errors.js';
import { isOpenPipe } from '../../../input-file.js';
import { openSource, type SourceFile } from '../../acquire/archive.js';
import { asDataError } from '../../acquire/download.js';
import { packedKind } from '../file-kind.js';

/** How the bytes of a text become characters. */
export interface TextOptions {
  /** Of text without a byte-order mark. */
  encoding?: 'utf-8' | 'windows-1252';
  /** Told the lines, from 1, with bytes that are not UTF-8: these become U+FFFD instead of an error. */
  replaceInvalid?: (line: number) => void;
}

/** What Windows-1252 has from 0x80 to 0x9f, where Latin-1 has control characters. */
const windowsSigns = '€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ';

/** A longer line is no text. */
const longestLine = 1_000_000;

/**
 * Cuts bytes into lines of text. A line ends at LF or CRLF and nowhere else: U+2028, U+0085, VT, FF
 * and a lone CR all occur inside sentences. The bytes are UTF-8 unless told otherwise, or UTF-16 if
 * they begin with its byte-order mark; a mark at the beginning is dropped.
 */
export class LineSplitter {
  readonly #where: string;
  readonly #options: TextOptions;
  #decoder: TextDecoder;
  #utf16: TextDecoder | undefined;
  /** Bytes after the last line end; at first, those that may hold a mark. */
  #pending: Buffer[] = [];
  #pendingBytes = 0;
  #begun = false;
  #lines = 0;

  /** @param where what errors call the text */
  constructor(where: string, options: TextOptions = {}) {
    this.#where = where;
    this.#options = options;
    this.#decoder = this.#decoderOf(options.encoding ?? 'utf-8');
  }

  /**
   * The lines that end within the next bytes.
   * @throws DataError with the line: bytes of another encoding, a NUL, a line of over a million
   *   characters
   */
  push(chunk: Uint8Array): string[] {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
    if (this.#begun) return this.#cut(bytes);
    const beginning = Buffer.concat([...this.#pending.splice(0), bytes]);
    if (beginning.length >= 3) return this.#cut(this.#begin(beginning));
    this.#pending = [beginning];
    return [];
  }

  /**
   * The lines that are left: at most one, unless the whole text has but a few bytes.
   * @throws DataError as `push`, and for a text whose lines end at CR alone
   */
  end(): string[] {
    const lines = this.#begun ? [] : this.#cut(this.#begin(Buffer.concat(this.#pending.splice(0))));
    // Half a character at the end is an error.
    if (this.#utf16) this.#fromUtf16(Buffer.alloc(0), false);
    const rest = Buffer.concat(this.#pending.splice(0));
    if (this.#endsAtCr(rest)) throw this.#endedByCr();
    return rest.length > 0 ? [...lines, ...this.#decodeLines(rest)] : lines;
  }

  #cut(chunk: Buffer): string[] {
    const bytes = this.#utf16 ? this.#fromUtf16(chunk, true) : chunk;
    const end = bytes.lastIndexOf(0x0a);
    let lines: string[] = [];
    if (end >= 0) {
      lines = this.#decodeLines(
        Buffer.concat([...this.#pending.splice(0), bytes.subarray(0, end)]),
      );
      this.#pendingBytes = 0;
    }
    this.#pending.push(bytes.subarray(end + 1));
    this.#pendingBytes += bytes.length - end - 1;
    // A character has at most four bytes.
    if (this.#pendingBytes > 4 * longestLine) {
      throw this.#endsAtCr(Buffer.concat(this.#pending))
        ? this.#endedByCr()
        : this.#tooLong(this.#lines);
    }
    return lines;
  }

  /** Drops a mark, which decides the encoding. */
  #begin(bytes: Buffer): Buffer {
    this.#begun = true;
    const mark = bytes.toString('latin1', 0, 3);
    const utf16 = /^\xff\xfe/.test(mark) ? 'utf-16le' : /^\xfe\xff/.test(mark) ? 'utf-16be' : '';
    if (utf16) this.#utf16 = new TextDecoder(utf16, { fatal: true, ignoreBOM: true });
    if (utf16 || mark === '\xef\xbb\xbf') this.#decoder = this.#decoderOf('utf-8');
    return bytes.subarray(utf16 ? 2 : mark === '\xef\xbb\xbf' ? 3 : 0);
  }

  #decoderOf(encoding: string): TextDecoder {
    // Marks inside a text are kept: the decoder would drop one at the beginning of each block.
    return new TextDecoder(encoding, { fatal: !this.#options.replaceInvalid, ignoreBOM: true });
  }

  #fromUtf16(bytes: Buffer, stream: boolean): Buffer {
    try {
      return Buffer.from(this.#utf16!.decode(bytes, { stream }));
    } catch {
      const line = this.#lines + 1;
      throw new DataError(`${this.#where}, line ${line} or a little later: not UTF-16 text`);
    }
  }

  #decodeLines(block: Buffer): string[] {
    let text: string;
    try {
      text = this.#decode(block);
    } catch {
      throw this.#notText(block);
    }
    // It may stand in the text itself.
    if (this.#options.replaceInvalid && text.includes('\ufffd')) this.#tellInvalid(block);
    const lines = text.split('\n');
    if (text.includes('\r')) {
      lines.forEach((line, at) => {
        if (line.endsWith('\r')) lines[at] = line.slice(0, -1);
      });
    }
    if (text.includes('\0')) {
      const line = this.#lines + lines.findIndex((line) => line.includes('\0')) + 1;
      throw new DataError(
        `${this.#where}, line ${line}: a NUL character: not text, or UTF-16 without its ` +
          'byte-order mark; convert it to UTF-8',
      );
    }
    const long = lines.findIndex((line) => line.length > longestLine);
    if (long >= 0) throw this.#tooLong(this.#lines + long);
    this.#lines += lines.length;
    return lines;
  }

  #decode(bytes: Buffer): string {
    if (this.#decoder.encoding === 'utf-8') return this.#decoder.decode(bytes);
    // Not by the decoder: that of Node 20 knows no more than Latin-1.
    const latin = bytes.toString('latin1');
    return latin.replace(/[\x80-\x9f]/g, (one) => windowsSigns[one.charCodeAt(0) - 0x80]!);
  }

  #tellInvalid(block: Buffer): void {
    for (const line of this.#invalidLines(block)) this.#options.replaceInvalid!(line);
  }

  *#invalidLines(block: Buffer): Generator<number> {
    let line = this.#lines + 1;
    for (let first = 0; first <= block.length; line++) {
      const found = block.indexOf(0x0a, first);
      const end = found < 0 ? block.length : found;
      if (!isUtf8(block.subarray(first, end))) yield line;
      first = end + 1;
    }
  }

  #notText(block: Buffer): DataError {
    const [line] = this.#invalidLines(block);
    return new DataError(`${this.#where}, line ${line}: not UTF-8 text; convert it to UTF-8`);
  }

  /** Whether a text without any other line end has several CRs within. */
  #endsAtCr(text: Buffer): boolean {
    return this.#lines === 0 && /\r[^]*\r/.test(text.toString('latin1').trim());
  }

  #endedByCr(): DataError {
    return new DataError(
      `${this.#where}: its lines end at carriage returns alone, as old Macintosh programs write: ` +
        "expected is LF or CRLF; convert it with `tr '\\r' '\\n'`",
    );
  }

  #tooLong(before: number): DataError {
    const limit = longestLine.toLocaleString('en');
    return new DataError(`${this.#where}, line ${before + 1}: a line of over ${limit} characters`);
  }
}

/**
 * The lines of a stream of bytes, as `LineSplitter` cuts them.
 * @throws DataError as `LineSplitter`
 */
export async function* linesOfStream(
  chunks: AsyncIterable<unknown>,
  where: string,
  options?: TextOptions,
): AsyncGenerator<string> {
  const splitter = new LineSplitter(where, options);
  for await (const chunk of chunks) yield* splitter.push(chunk as Uint8Array);
  yield* splitter.end();
}

/** The lines of a file of a source. A reader that stops early closes the file. */
export async function* linesOf(
  file: SourceFile,
  encoding?: TextOptions['encoding'],
): AsyncGenerator<string> {
  yield* linesOfStream(await file.open(), file.where, { encoding });
}

/**
 * The lines of a text file, plain or gzip by its bytes.
 * @throws DataError when it is missing, no such file or damaged, and as `LineSplitter`
 */
export async function* readLines(path: string, options?: TextOptions): AsyncGenerator<string> {
  yield* linesOfStream(readChunks(path), path, options);
}

/**
 * The bytes of a file, plain or gzip.
 * @throws DataError when it is missing, no such file, damaged or packed in another way
 */
export async function* readChunks(path: string): AsyncGenerator<Buffer> {
  try {
    const kind = await stat(path);
    // The shell's <(command) can be read once and from its beginning only.
    if (isOpenPipe(path) && !kind.isFile()) {
      for await (const chunk of createReadStream(path)) yield chunk as Buffer;
      return;
    }
    const { files, close } = await openSource(path);
    try {
      if (kind.isDirectory() || files.length !== 1) {
        throw new DataError(`${path}: a folder or an archive; expected a text file, plain or gzip`);
      }
      let isFirst = true;
      for await (const chunk of await files[0]!.open()) {
        const packed = isFirst ? packedKind(chunk as Buffer) : undefined;
        if (packed !== undefined) throw new DataError(`${path}: ${packed}`);
        isFirst = false;
        yield chunk as Buffer;
      }
    } finally {
      close();
    }
  } catch (error) {
    throw asDataError(error, path);
  }
}
