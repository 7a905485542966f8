let quiet = false;

/** `--quiet`: nothing is shown from now on beside results and errors. */
export function silenceProgress(): void {
  quiet = true;
}

/** Whether nothing is to be shown beside results and errors. */
export const isQuiet = () => quiet;
