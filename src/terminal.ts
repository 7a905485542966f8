import { closeSync } from 'node:fs';
import { isatty } from 'node:tty';
import { visibleLines } from './visible.js';
import { wrapLines } from './wrap.js';

/** Whether stdout has taken a part of the results, and why it did not take the rest. */
let took = false;
let failure: NodeJS.ErrnoException | undefined;

/** The width of the screen that results go to, in characters; no limit where they go to a file. */
export const screenWidth = () => (process.stdout.isTTY ? columnsOf(process.stdout) : Infinity);

/** The columns of a terminal; some do not know theirs and say 0. */
export const columnsOf = ({ columns }: { columns?: number }) => columns || 80;

/** Results in words, their lines no longer than the screen. */
export const writeWrapped = (text: string) => writeResult(wrapLines(text, screenWidth()));

/** Small enough that a pipe takes a piece whole or not at all. */
const pieceBytes = 4096;

/**
 * The way to stdout for results that people read, and for JSON. Names, titles and words come from
 * outside, so that control characters in them are shown, not obeyed; JSON stays JSON. `resultProblem`
 * tells whether stdout took them.
 */
export const writeResult = (text: string) => write(visibleLines(text));

/**
 * The way to stdout for results that are data in a format of their own, with no escapes: words,
 * translations, CSV, YAML. A file or another program gets them as they are; a terminal, as `writeResult`.
 * @param text no value in it may have a line break that its format does not allow
 */
export const writeData = (text: string) => (process.stdout.isTTY ? writeResult : write)(text);

function write(text: string): void {
  dropFailingOutput();
  for (const piece of piecesOf(text)) {
    if (failure) return;
    process.stdout.write(piece);
    failure ??= process.stdout.errored ?? undefined;
    took ||= !failure && process.stdout.writableLength === 0;
  }
}

function* piecesOf(text: string): Iterable<string | Uint8Array> {
  if (text.length <= pieceBytes) return yield text;
  const bytes = Buffer.from(text);
  for (let from = 0; from < bytes.length; from += pieceBytes) {
    yield bytes.subarray(from, from + pieceBytes);
  }
}

const reasons: Record<string, string> = {
  EPIPE: 'its reader is gone',
  ENOSPC: 'the disk is full',
  EDQUOT: 'your quota is used up',
  EFBIG: 'the file would be larger than is allowed',
  EIO: 'the terminal is gone or the disk failed',
};

/**
 * Waits until stdout has taken or refused all results.
 * @returns why they did not get out; undefined when they did, also when their reader took the first
 *   of them and left, as `head` does
 */
export async function resultProblem(): Promise<string | undefined> {
  await written(process.stdout);
  if (!failure || (failure.code === 'EPIPE' && took)) return undefined;
  const reason = reasons[failure.code ?? ''] ?? failure.message;
  return `the result could not be printed: ${reason}. What was written to files is there`;
}

/** Whether stdout takes results; waits until it has taken or refused those that were written. */
export async function areResultsTaken(): Promise<boolean> {
  await written(process.stdout);
  return failure === undefined;
}

/** The one way to stderr for all but bars: notices, progress and errors. */
export function writeMessage(text: string): void {
  dropFailingOutput();
  process.stderr.write(visibleLines(text));
}

/** Waits until stderr has taken or refused all messages. */
export const afterMessages = () => written(process.stderr);

/** A message in place of the last `lines` lines, on a terminal. */
export function rewriteMessage(lines: number, text: string): void {
  dropFailingOutput();
  process.stderr.write(`${lines > 0 ? `\u001b[${lines}A\u001b[J` : ''}${visibleLines(text)}`);
}

function written(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => stream.write('', () => resolve()));
}

let guarded = false;

/**
 * From now on output that fails is dropped, whoever writes it: a reader that left, a full disk or a
 * terminal that is gone ends no work. Without this, Node ends the process at the first such error.
 */
export function dropFailingOutput(): void {
  if (guarded) return;
  guarded = true;
  process.stdout.on('error', (error: NodeJS.ErrnoException) => (failure ??= error));
  process.stderr.on('error', () => undefined);
  const terminals = [0, 1, 2].filter((file) => isatty(file));
  process.on('exit', () => {
    // Node aborts when it cannot reset a terminal that is gone, but passes over a closed file.
    for (const file of terminals) if (!isatty(file)) closeSync(file);
  });
}
