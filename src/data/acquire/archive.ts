import { createReadStream, createWriteStream } from 'node:fs';
import { open, readdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { PassThrough, pipeline as pipe, Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { getFileNameLowLevel, openPromise, type Entry, type ZipFile } from 'yauzl';
import { DataError } from '../../errors.js';
import { kindOf } from '../../input-file.js';
import { makeFolder } from '../../make-folder.js';
import { quoted } from '../../visible.js';
import { asDataError } from './download.js';

/** A file of a source, wherever it is kept. */
export interface SourceFile {
  /** Its path inside the source, with '/' between the folders and without a final .gz. */
  path: string;
  /** What messages call it. */
  where: string;
  /** Its bytes, unpacked. */
  open(): Promise<Readable>;
}

/** A folder, a .zip, a .gz or a plain file, seen as the files it holds. */
export interface Source {
  files: SourceFile[];
  close(): void;
}

/** Far more than any data set has: a folder given by mistake is noticed early. */
const mostFiles = 200_000;

/**
 * Opens a source for reading and lists its files; nothing is written anywhere.
 * @throws DataError when it is missing, is no archive that can be read, or is a zip with an entry
 * that points outside of it or is a link: of such an archive nothing at all is used
 */
export async function openSource(path: string): Promise<Source> {
  try {
    if ((await stat(path)).isDirectory()) {
      return { files: await filesOfFolder(path), close: noClosing };
    }
    await checkRegular(path);
    return (await startsWith(path, zipSignatures)) ? await openZip(path) : singleFile(path);
  } catch (error) {
    throw asDataError(error, path);
  }
}

/** Of a first entry, and of an archive without entries. */
const zipSignatures = ['PK\x03\x04', 'PK\x05\x06'];
const gzipSignatures = ['\x1f\x8b'];

const noClosing = () => {
  // Files on the disk are opened one by one.
};

async function startsWith(path: string, signatures: readonly string[]): Promise<boolean> {
  const file = await open(path);
  try {
    const { buffer } = await file.read(Buffer.alloc(4), 0, 4, 0);
    return signatures.some((signature) => buffer.toString('latin1').startsWith(signature));
  } finally {
    await file.close();
  }
}

/** A pipe would wait for a writer, a device may never end; a link may lead to either. */
async function checkRegular(path: string): Promise<void> {
  const status = await stat(path).catch((error: unknown) => {
    throw asDataError(error, path);
  });
  if (!status.isFile()) throw new DataError(`${path}: it is ${kindOf(status)}, expected a file`);
}

function singleFile(path: string): Source {
  return { files: [diskFile(path, basename(path))], close: noClosing };
}

async function filesOfFolder(root: string): Promise<SourceFile[]> {
  const files: SourceFile[] = [];
  const folders = [''];
  for (const folder of folders) {
    for (const entry of await readdir(join(root, folder), { withFileTypes: true })) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory()) folders.push(path);
      else if (entry.isFile() || entry.isSymbolicLink()) {
        files.push(diskFile(join(root, path), path));
      }
      if (files.length + folders.length > mostFiles) {
        throw new DataError(
          `${root}: more than ${mostFiles} files; give the folder of the data set`,
        );
      }
    }
  }
  return files;
}

/** Vectors and corpora have gigabytes: small chunks take twice as long. */
const chunkBytes = 1 << 20;

function diskFile(file: string, path: string): SourceFile {
  return {
    path: path.replace(/\.gz$/i, ''),
    where: file,
    async open() {
      await checkRegular(file);
      // A server may have unpacked the file on the way: the bytes decide, not the name.
      const packed = await startsWith(file, gzipSignatures);
      const bytes = createReadStream(file, { highWaterMark: chunkBytes });
      return heldBack(packed ? gunzipped(bytes) : bytes);
    },
  };
}

/**
 * A stream that may fail before its reader comes: the failure then waits for the reader, where without a
 * listener it would end the process.
 */
function heldBack(stream: Readable): Readable {
  const held = new PassThrough({ highWaterMark: chunkBytes });
  // A pipeline destroys its end with the failure, which the end gives to whoever reads it.
  pipe(stream, held, () => undefined);
  return held.on('error', () => undefined);
}

function gunzipped(packed: Readable): Readable {
  const unpacked = createGunzip({ chunkSize: chunkBytes });
  packed.on('error', (error) => unpacked.destroy(error));
  unpacked.on('close', () => packed.destroy());
  return packed.pipe(unpacked);
}

async function openZip(path: string): Promise<Source> {
  let zip: ZipFile;
  const entries: { entry: Entry; name: string }[] = [];
  try {
    // The names are decoded and judged here, so that none is mended silently.
    zip = await openPromise(path, { lazyEntries: true, autoClose: false, decodeStrings: false });
  } catch (error) {
    throw damaged(path, error);
  }
  try {
    for await (const entry of zip.eachEntry()) {
      const { generalPurposeBitFlag, fileNameRaw, extraFields } = entry;
      const name = getFileNameLowLevel(generalPurposeBitFlag, fileNameRaw, extraFields, true);
      checkEntry(path, name, entry);
      if (!name.endsWith('/')) entries.push({ entry, name });
      if (entries.length > mostFiles)
        throw new DataError(`${path}: more than ${mostFiles} entries`);
    }
  } catch (error) {
    zip.close();
    throw damaged(path, error);
  }
  const files = entries.map(({ entry, name }): SourceFile => {
    const where = `${path}: entry ${name}`;
    return {
      path: name.replace(/\.gz$/i, ''),
      where,
      async open() {
        if (!entry.canDecodeFileData()) {
          throw new DataError(`${where}: encrypted, or compressed by another method than deflate`);
        }
        const stream = await zip.openReadStreamPromise(entry).catch((error: unknown) => {
          throw damaged(path, error);
        });
        return heldBack(/\.gz$/i.test(name) ? gunzipped(stream) : stream);
      },
    };
  });
  return { files, close: () => zip.close() };
}

function damaged(path: string, error: unknown): DataError {
  if (error instanceof DataError) return error;
  return new DataError(`${path}: not a zip archive that can be read (${(error as Error).message})`);
}

/** The file with a limit on what it may unpack to, however little is used of it. */
export function bounded(file: SourceFile, maxBytes: number): SourceFile {
  return {
    ...file,
    async open() {
      const source = await file.open();
      const limit = limited(file.where, { most: maxBytes, left: maxBytes });
      source.on('error', (error) => limit.destroy(error));
      limit.on('close', () => source.destroy());
      return source.pipe(limit);
    },
  };
}

/** Lets through the bytes that are left of what a source may unpack to. */
const limited = (where: string, bytes: { readonly most: number; left: number }) =>
  new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes.left -= chunk.length;
      if (bytes.left >= 0) return done(null, chunk);
      done(new DataError(`${where}: unpacks to more than the ${bytes.most} bytes allowed`));
    },
  });

/** Refuses an archive that could lead a writer out of its folder, on any operating system. */
function checkEntry(path: string, name: string, entry: Entry): void {
  const fault = pathFault(name) ?? kindFault(entry);
  if (fault) {
    throw new DataError(
      `${path}: entry ${quoted(name)} ${fault}; expected paths inside the archive's own ` +
        'folder. Nothing of this archive was unpacked',
    );
  }
}

/** What is wrong with a path as one inside a folder, on any operating system. */
function pathFault(path: string): string | undefined {
  if (path.includes('\0')) return 'has a NUL character in its name';
  if (path.includes('\\')) return 'has a backslash in its name';
  if (path.startsWith('/')) return 'has an absolute path';
  if (/^[a-z]:/i.test(path)) return 'names a drive';
  if (path.split('/').includes('..')) return 'points outside';
  return undefined;
}

/** Whether Windows takes a name for a device, whatever its ending: CON, nul.txt. */
export function isDeviceName(name: string): boolean {
  return /^(con|prn|aux|nul|com\d|lpt\d|conin\$|conout\$)\s*(\.|$)/i.test(name);
}

/** By the Unix mode in the upper half of the attributes; archives made elsewhere have none. */
function kindFault({ externalFileAttributes }: Entry): string | undefined {
  const kind = (externalFileAttributes >>> 16) & 0o170000;
  if (kind === 0o120000) return 'is a link';
  return [0, 0o100000, 0o040000].includes(kind) ? undefined : 'is a device or a pipe';
}

/**
 * Finds a file by its path's end, or by its name alone, in any folder of the sources, so that a
 * folder that an archive puts around everything does not matter. Letter case counts.
 * @throws DataError when two files answer equally well
 */
export function findFile(sources: readonly Source[], path: string): SourceFile | undefined {
  const files = sources.flatMap((source) => source.files);
  const exact = files.filter((file) => file.path === path);
  const byEnd = files.filter((file) => file.path.endsWith(`/${path}`));
  const byName = files.filter((file) => basename(file.path) === basename(path));
  const found = [exact, byEnd, byName].find(({ length }) => length > 0) ?? [];
  if (found.length > 1) {
    throw new DataError(
      `${path} is there ${found.length} times: ${found.map(({ where }) => where).join(', ')}; ` +
        'give by --from the folder or file that is meant',
    );
  }
  return found[0];
}

/** Writes files into one folder and nowhere else, up to a number of bytes in all. */
export class FolderWriter {
  readonly folder: string;
  readonly #bytes: { most: number; left: number };
  readonly #signal: AbortSignal | undefined;

  /** @param maxBytes of all files together: what a malicious archive may unpack to */
  constructor(folder: string, maxBytes: number, signal?: AbortSignal) {
    this.folder = folder;
    this.#bytes = { most: maxBytes, left: maxBytes };
    this.#signal = signal;
  }

  /**
   * Writes one new file, making its folders.
   * @param path inside the folder, with '/' between folders
   * @param where what messages call the origin of the bytes
   * @throws DataError when the path leaves the folder, the bytes exceed what may still be written,
   * the origin is damaged or the disk refuses; a part of the file may then be there
   */
  async write(path: string, bytes: AsyncIterable<Uint8Array | string>, where: string) {
    const parts = path.split('/');
    const fault = pathFault(path) ?? (parts.some(isDeviceName) ? 'names a device' : undefined);
    if (fault) throw new DataError(`${where}: the path ${quoted(path)} ${fault}`);
    const target = join(this.folder, ...parts);
    try {
      await makeFolder(dirname(target));
      const output = createWriteStream(target, { flags: 'wx' });
      await pipeline(
        Readable.from(bytes, { objectMode: false }),
        limited(where, this.#bytes),
        output,
        {
          signal: this.#signal,
        },
      );
    } catch (error) {
      this.#signal?.throwIfAborted();
      const { code } = error as NodeJS.ErrnoException;
      if (error instanceof DataError) throw error;
      if (code === undefined || code.startsWith('Z_')) {
        throw new DataError(`${where}: damaged (${(error as Error).message})`);
      }
      throw asDataError(error, target);
    }
  }
}
