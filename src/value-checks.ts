import { quoted } from './visible.js';

/** Checks an option that has names for its values. @throws RangeError that lists them */
export function checkOneOf(name: string, value: unknown, allowed: readonly string[]): void {
  if (typeof value === 'string' && allowed.includes(value)) return;
  const names = allowed.map((one) => `'${one}'`);
  const last = names.pop()!;
  const listed = names.length > 0 ? `${names.join(', ')} or ${last}` : last;
  throw new RangeError(`${name} is ${quoted(value)}: it must be ${listed}`);
}

/** Checks a switch: without the types 'false' would be true. @throws TypeError for another value */
export function checkSwitch(name: string, value: unknown): void {
  if (typeof value === 'boolean') return;
  throw new TypeError(`${name} is ${quoted(value)}: it must be true or false`);
}

/** Checks a list: a text has a length and entries too. @throws TypeError */
export function checkList(name: string, list: unknown, wanted: string): void {
  if (Array.isArray(list)) return;
  throw new TypeError(`${name} is ${quoted(list)}: it must be ${wanted}`);
}

/** Checks a list of numbers, an array or a typed one. @throws TypeError that says what they are */
export function checkNumbers(name: string, list: unknown, numbers: string): void {
  const length: unknown = (list as ArrayLike<number> | null | undefined)?.length;
  if (typeof list === 'object' && typeof length === 'number') return;
  throw new TypeError(`${name} is ${quoted(list)}: it must be a list of ${numbers}`);
}

/**
 * Checks a list of so many counts.
 * @throws TypeError as `checkNumbers`, RangeError for another length and for what is below 0 or not finite
 */
export function checkCount(
  name: string,
  list: ArrayLike<number>,
  count: number,
  numbers: string,
): void {
  checkNumbers(name, list, numbers);
  if (list.length !== count) {
    throw new RangeError(`${name} has ${list.length} entries: it must have ${count}, ${numbers}`);
  }
  for (let at = 0; at < count; at++) checkNumber(`${name}[${at}]`, list[at]!, 'notNegative');
}

/** Where a number may lie, and how messages say it. */
const ranges = {
  finite: ['a finite number', Number.isFinite],
  integer: ['an integer', Number.isInteger],
  count: ['an integer of at least 1', (x) => Number.isInteger(x) && x >= 1],
  positive: ['a finite number greater than 0', (x) => x > 0 && x < Infinity],
  notNegative: ['a finite number of at least 0', (x) => x >= 0 && x < Infinity],
  belowOne: ['in [0, 1)', (x) => x >= 0 && x < 1],
} satisfies Record<string, [words: string, has: (value: number) => boolean]>;

/** Checks a number; without the types it may be a text. @throws RangeError that says what is allowed */
export function checkNumber(name: string, value: number, range: keyof typeof ranges): void {
  const [words, has] = ranges[range];
  if (typeof value === 'number' && has(value)) return;
  throw new RangeError(`${name} is ${quoted(value)}: it must be ${words}`);
}

/**
 * What `compute` gives.
 * @param names what messages say in place of names that the caller does not know
 * @throws what it throws, by these names
 */
export function renamed<Result>(
  names: Readonly<Record<string, string>>,
  compute: () => Result,
): Result {
  try {
    return compute();
  } catch (error) {
    if (!(error instanceof TypeError || error instanceof RangeError)) throw error;
    let { message } = error;
    for (const [from, to] of Object.entries(names)) message = message.replaceAll(from, to);
    throw new (error.constructor as typeof RangeError)(message, { cause: error });
  }
}
