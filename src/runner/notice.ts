import { writeMessage } from '../terminal.js';
import { isQuiet } from './quiet.js';

/** Says something on stderr that is neither a result nor an error; with `--quiet`, nothing. */
export function notice(text: string): void {
  if (!isQuiet()) writeMessage(`${text}\n`);
}
