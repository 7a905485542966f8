import { quoted } from './visible.js';

/**
 * The threads that a value of the environment's DIDYPROG_THREADS asks for; undefined where it is not set.
 * @throws RangeError for what is not an integer of at least 1
 */
export function askedThreads(value: string | undefined): number | undefined {
  if (!value) return undefined;
  const count = Number(value);
  if (Number.isInteger(count) && count >= 1) return count;
  throw new RangeError(`DIDYPROG_THREADS is ${quoted(value)}: it must be an integer of at least 1`);
}
