import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { DataError } from '../../errors.js';
import { parseRecord } from '../../runner/run/recorded-run.js';
import { pathInside } from './files.js';
import { Curves } from './curves.js';

const chunkBytes = 2 ** 20;
/** Far longer than any record of ours. */
const mostLineBytes = 2 ** 20;
/** What is compared to see whether the file was written anew. */
const tailBytes = 64;

/**
 * Follows a metrics.jsonl as a run writes it: read in pieces, so that a file of any size takes bounded
 * memory and lets others have their turn. A resumed run takes back what came after its checkpoint:
 * then it begins again.
 */
export class MetricsFollower {
  readonly #root: string;
  readonly #names: readonly string[];
  /** Bytes that were read, the last of them, and the start of a line that is not whole yet. */
  #read = 0;
  #tail = Buffer.alloc(0);
  #rest = Buffer.alloc(0);
  #line = 0;
  curves = new Curves();
  /** Why the file cannot be read now. */
  #closed: string | undefined;
  /** What the first line is that cannot be read; later ones are left out without a word. */
  #damage: string | undefined;
  /** How often the file was taken back. */
  restarts = 0;

  /** @param names of the file, below `root` */
  constructor(root: string, names: readonly string[]) {
    this.#root = root;
    this.#names = names;
  }

  /** What is wrong with the file, or in it. */
  get problem(): string | undefined {
    return this.#closed ?? this.#damage;
  }

  /**
   * Reads what has come since the last call.
   * @param progress called from time to time while there is much to read
   * @param isWanted false ends the reading
   * @returns whether anything changed
   */
  async update(
    progress: (read: number, size: number) => void = () => undefined,
    isWanted: () => boolean = () => true,
  ): Promise<boolean> {
    const path = await pathInside(this.#root, this.#names);
    if (path === undefined) {
      this.#closed = undefined;
      return this.#read > 0 && this.#restart();
    }
    const flags = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);
    const file = await open(path, flags).catch((error: NodeJS.ErrnoException) => {
      // One that was removed meanwhile is seen the next time.
      if (error.code !== 'ENOENT') this.#closed = `metrics.jsonl cannot be read: ${error.code}`;
    });
    if (!file) return false;
    try {
      const status = await file.stat();
      if (!status.isFile()) {
        this.#closed = 'metrics.jsonl is no file';
        return false;
      }
      this.#closed = undefined;
      const { size } = status;
      const isNew = size < this.#read || !(await this.#isSameSoFar(file));
      if (isNew) this.#restart();
      const before = this.#read;
      while (this.#read < size && isWanted()) {
        const buffer = Buffer.allocUnsafe(Math.min(chunkBytes, size - this.#read));
        const { bytesRead } = await file.read(buffer, 0, buffer.length, this.#read);
        if (bytesRead === 0) break;
        this.#take(buffer.subarray(0, bytesRead));
        progress(this.#read, size);
      }
      return isNew || this.#read > before;
    } finally {
      await file.close();
    }
  }

  /** Whether what was read last still stands where it stood. */
  async #isSameSoFar(file: FileHandle): Promise<boolean> {
    const tail = Buffer.alloc(this.#tail.length);
    await file.read(tail, 0, tail.length, this.#read - tail.length);
    return tail.equals(this.#tail);
  }

  #restart(): true {
    this.#read = 0;
    this.#tail = Buffer.alloc(0);
    this.#rest = Buffer.alloc(0);
    this.#line = 0;
    this.curves = new Curves();
    this.#closed = undefined;
    this.#damage = undefined;
    this.restarts++;
    return true;
  }

  #take(bytes: Buffer): void {
    this.#read += bytes.length;
    this.#tail = Buffer.from(Buffer.concat([this.#tail, bytes]).subarray(-tailBytes));
    const text = Buffer.concat([this.#rest, bytes]);
    let from = 0;
    for (let end; (end = text.indexOf(10, from)) >= 0; from = end + 1) {
      this.#takeLine(text.subarray(from, end));
    }
    this.#rest = Buffer.from(text.subarray(from));
    if (this.#rest.length > mostLineBytes) {
      this.#damage ??= `metrics.jsonl, line ${this.#line + 1}: longer than a megabyte`;
      // Still too long for its end to make it whole.
      this.#rest = Buffer.from(this.#rest.subarray(0, mostLineBytes + 1));
    }
  }

  #takeLine(line: Buffer): void {
    this.#line++;
    const where = `metrics.jsonl, line ${this.#line}`;
    if (line.length > mostLineBytes) {
      this.#damage ??= `${where}: longer than a megabyte`;
      return;
    }
    try {
      this.curves.add(parseRecord(line.toString('utf8'), where));
    } catch (error) {
      if (!(error instanceof DataError)) throw error;
      this.#damage ??= error.message;
    }
  }
}
