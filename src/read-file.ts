import { constants as bufferLimits } from 'node:buffer';
import { createHash } from 'node:crypto';
import { constants, createReadStream } from 'node:fs';
import { open, readFile, type FileHandle } from 'node:fs/promises';
import { isAlias, isCollection, isNode, isScalar, parseDocument, visit } from 'yaml';
import type { z } from 'zod';
import { DataError } from './errors.js';
import { fileProblem, isOpenPipe, kindOf } from './input-file.js';
import { quoted, shortened } from './visible.js';

/** The longest text that a string can hold, about half a gigabyte: one character a byte at most. */
export const mostTextBytes = bufferLimits.MAX_STRING_LENGTH;
/** The most that Node reads into one buffer, whatever its version. */
const mostBytes = 2 ** 31 - 1;
/** Far more than any config has; longer YAML would take minutes to parse. */
const mostYamlBytes = 1_000_000;
/** Deeper nesting than any file of ours has, and less than recursion over it can take. */
const mostDepth = 500;

/**
 * A whole text file, decoded from UTF-8.
 * @param most bytes
 * @throws DataError for what is no regular file (a pipe would block, a device never end) or is too long
 * @throws the error of the file system, with its code, when it is missing or cannot be read
 */
export async function readTextFile(path: string, most = mostTextBytes): Promise<string> {
  return (await readWholeFile(path, Math.min(most, mostTextBytes))).toString('utf8');
}

/**
 * `readTextFile` of a file without which nothing goes on.
 * @param why the error, from the reason in words
 * @throws DataError in any case
 */
export const neededText = (
  path: string,
  why = (message: string) => `cannot read ${path}: ${message}`,
): Promise<string> =>
  readTextFile(path).catch(async (error: Error) => {
    if (error instanceof DataError) throw error;
    throw new DataError(why((await fileProblem(path)) ?? error.message));
  });

/**
 * `readTextFile` of a file that need not be there.
 * @returns undefined when it is missing
 * @throws DataError for every other reason not to read it
 */
export async function readTextIfThere(path: string): Promise<string | undefined> {
  try {
    return await readTextFile(path);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    throw error instanceof DataError ? error : new DataError(`cannot read ${path}: ${message}`);
  }
}

/**
 * The same as `readTextFile` for bytes; at most 2 GiB.
 * @param advice what the error of a longer file ends with
 */
export async function readWholeFile(
  path: string,
  most = mostBytes,
  advice?: string,
): Promise<Buffer> {
  if (isOpenPipe(path)) return readFile(path);
  const tooLong = (size: string) =>
    new DataError(
      `${path}: it has ${size} ${sizeText(most)} that can be read${advice ? `; ${advice}` : ''}`,
    );
  const file = await openFile(path);
  try {
    const { size } = await file.stat();
    if (size > most) throw tooLong(`${sizeText(size)}, more than the`);
    return await file.readFile();
  } catch (error) {
    // What the size did not tell: files of /proc, a file that grows.
    const { code } = error as NodeJS.ErrnoException;
    throw code === 'ERR_FS_FILE_TOO_LARGE' ? tooLong('more than the') : error;
  } finally {
    await file.close();
  }
}

/** The SHA-256 of a file, streamed, in lower-case hexadecimal. */
export async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) {
    hash.update(chunk as Buffer);
  }
  return hash.digest('hex');
}

/**
 * Opens a file for reading; never waits, as a named pipe would make it for a writer.
 * @throws DataError for what is no regular file
 */
export async function openFile(path: string): Promise<FileHandle> {
  // Windows, which lacks O_NONBLOCK, has no pipes by such names.
  const file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  const status = await file.stat();
  if (status.isFile()) return file;
  await file.close();
  throw new DataError(`${path}: it is ${kindOf(status)}, expected a file`);
}

const sizeText = (bytes: number) =>
  bytes < 1e6
    ? `${bytes} bytes`
    : bytes < 1e9
      ? `${(bytes / 1e6).toFixed(1)} MB`
      : `${(bytes / 1e9).toFixed(2)} GB`;

/** What a JSON file holds; nothing where it is missing or damaged: whoever needs it says so. */
export async function readUndamaged(path: string): Promise<unknown> {
  try {
    return parseJson((await readTextIfThere(path)) ?? 'null', path);
  } catch {
    return undefined;
  }
}

/**
 * The value of a JSON text.
 * @param where the file, and the line where there are several texts in it
 * @throws DataError when it is not JSON, or nested so deeply that whatever works on it would fail
 */
export function parseJson(text: string, where: string): unknown {
  if (bracketDepth(text, { quotes: true }) > mostDepth) throw tooDeep(where);
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new DataError(`${where}: not valid JSON: ${(error as Error).message}`);
  }
}

/** `parseJson` of what a schema describes. @throws DataError that names the first key that is not so */
export function parseJsonAs<T>(schema: z.ZodType<T>, text: string, where: string): T {
  const parsed = schema.safeParse(parseJson(text, where));
  if (parsed.success) return parsed.data;
  throw new DataError(`${where}: ${firstIssue(parsed.error)}`);
}

/** The first thing that a schema found wrong: 'cells.0.name: expected a string'. */
export function firstIssue({ issues }: z.ZodError): string {
  const { path, message } = issues[0]!;
  return path.length > 0 ? `${path.map(String).join('.')}: ${message}` : message;
}

/**
 * The deepest nesting of brackets, without recursion.
 * @param options.quotes those in strings do not count; in YAML an apostrophe may be a letter
 */
function bracketDepth(text: string, { quotes = false } = {}): number {
  let depth = 0;
  let deepest = 0;
  let inString = false;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (quotes && character === '"') inString = !inString;
    else if (inString) at += character === '\\' ? 1 : 0;
    else if (character === '[' || character === '{') deepest = Math.max(deepest, ++depth);
    else if (character === ']' || character === '}') depth--;
  }
  return deepest;
}

/**
 * The value of a YAML text: of one document, with at most 100 copies made by aliases.
 * @throws DataError as `parseJson`, with the line of a fault
 */
export function parseYaml(written: string, where: string): unknown {
  const text = withLineFeeds(written);
  if (text.length > mostYamlBytes) {
    throw new DataError(
      `${where}: it has ${sizeText(text.length)}, expected a config of at most ${sizeText(mostYamlBytes)}`,
    );
  }
  // The parser recurses, and takes seconds to say that it cannot.
  if (bracketDepth(text) > mostDepth) throw tooDeep(where);
  try {
    const control = controlProblem(text);
    if (control) throw new Error(control);
    const document = parseDocument(text);
    // A warning is a tag such as !!js/function, which nothing here gives a meaning to.
    const [problem] = [...document.errors, ...document.warnings];
    if (problem?.code === 'MULTIPLE_DOCS') throw new Error('several documents, expected one');
    if (problem) throw problem;
    return toValue(document, text);
  } catch (error) {
    const [reason = ''] = (error as Error).message.split('\n');
    if (reason.startsWith('Maximum call stack')) throw tooDeep(where);
    throw new DataError(`${where}: not valid YAML: ${shortened(reason.replace(/:$/, ''))}`);
  }
}

/** A text whose lines end as those of YAML may, with LF: the parser does not know CR alone. */
export const withLineFeeds = (text: string) => text.replace(/\r\n?/g, '\n');

const lineIn = (text: string, offset: number | undefined) =>
  text.slice(0, offset).split('\n').length;

/** What is wrong with a text that has a character that YAML forbids; undefined if none has. */
function controlProblem(text: string): string | undefined {
  const at = text.search(/[^\P{Cc}\t\n\x7f-\x9f]/u);
  if (at < 0) return undefined;
  return `the control character ${quoted(text[at])} at line ${lineIn(text, at)}`;
}

function toValue(document: ReturnType<typeof parseDocument>, text: string): unknown {
  const anchors = new Set<string>();
  const lineOf = (offset: number | undefined) => lineIn(text, offset);
  visit(document, {
    Pair(_, { key }) {
      if (isAlias(key) || (isScalar(key) && key.value !== null)) return;
      const at = isNode(key) ? key.range?.[0] : undefined;
      throw new Error(`a key must be a word at line ${lineOf(at)}`);
    },
    Node(_, { anchor }: { anchor?: string }) {
      if (anchor !== undefined) anchors.add(anchor);
    },
    Alias(_, { source, range }, above) {
      if (above.some((node) => isCollection(node) && node.anchor === source)) {
        throw new Error(`*${source} stands within its own anchor at line ${lineOf(range?.[0])}`);
      }
      if (anchors.has(source)) return;
      throw new Error(
        `no anchor &${source} stands before *${source} at line ${lineOf(range?.[0])}`,
      );
    },
  });
  return document.toJS({ maxAliasCount: 100 }) as unknown;
}

function tooDeep(where: string): DataError {
  return new DataError(`${where}: nested too deeply, expected at most ${mostDepth} levels`);
}
