import { silenceProgress } from '../runner/progress.js';

let quiet = false;

/** `--quiet`: only results and errors from now on. */
export function beQuiet(): void {
  quiet = true;
  silenceProgress();
}

/** Whether `--quiet` was given. */
export const isQuiet = () => quiet;

/** Says something on stderr that is neither a result nor an error; with `--quiet`, nothing. */
export function notice(text: string): void {
  if (!quiet) process.stderr.write(`${text}\n`);
}
