import { visibleLines } from './visible.js';

/**
 * The one way to stdout: results. Names, titles and words come from outside, so that control
 * characters in them are shown, not obeyed; JSON stays JSON.
 */
export function writeResult(text: string): void {
  process.stdout.write(visibleLines(text));
}

/** Calls `done` when all results are out. */
export function afterResults(done: () => void): void {
  process.stdout.write('', done);
}

/** The one way to stderr for all but bars: notices, progress and errors. */
export function writeMessage(text: string): void {
  process.stderr.write(visibleLines(text));
}

/** A message in place of the last `lines` lines, on a terminal. */
export function rewriteMessage(lines: number, text: string): void {
  process.stderr.write(`${lines > 0 ? `\u001b[${lines}A\u001b[J` : ''}${visibleLines(text)}`);
}
