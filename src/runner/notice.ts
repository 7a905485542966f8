import { columnsOf, writeMessage } from '../terminal.js';
import { wrapLines } from '../wrap.js';
import { isQuiet } from './quiet.js';

/** Says something on stderr that is neither a result nor an error; with `--quiet`, nothing. */
export function notice(text: string): void {
  if (isQuiet()) return;
  const width = process.stderr.isTTY ? columnsOf(process.stderr) : Infinity;
  writeMessage(`${wrapLines(text, width)}\n`);
}
