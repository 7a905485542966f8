import { quoted } from '../visible.js';
import { isFloat32, isRealArray, type RealArray } from './real-array.js';

/** The options of every smoothing. */
export const smoothingOptions = ['omega', 'gamma'] as const;

/** Checks a size: an integer of at least `least`. */
export function checkSize(name: string, size: number, least: number): void {
  if (!Number.isInteger(size) || size < least) {
    throw new RangeError(`${name} is ${quoted(size)}: it must be an integer of at least ${least}`);
  }
}

/** Checks sizes by their names: integers of at least 1. */
export function checkSizes(sizes: Readonly<Record<string, number>>): void {
  for (const [name, size] of Object.entries(sizes)) checkSize(name, size, 1);
}

/**
 * Checks an array of potentials: its length, and that no entry is NaN or the infinity that does not
 * mean 'forbidden' (`forbidden` is -Infinity for scores, +Infinity for costs).
 * @throws RangeError that names the array, its shape or the index of the offending entry
 */
export function checkPotentials(
  name: string,
  values: RealArray,
  shape: readonly number[],
  forbidden: number,
): void {
  checkLength(name, values, shape);
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (!Number.isFinite(value) && value !== forbidden) {
      throw new RangeError(
        `${name}[${indexOf(i, shape).join('][')}] is ${value} (flat index ${i}): ` +
          `potentials must be finite, or ${forbidden} to forbid`,
      );
    }
  }
}

/** Checks a direction z: its length, and that every entry is finite. */
export function checkDirection(name: string, values: RealArray, shape: readonly number[]): void {
  checkLength(name, values, shape);
  for (let i = 0; i < values.length; i++) {
    if (!Number.isFinite(values[i]!)) {
      throw new RangeError(
        `${name}[${indexOf(i, shape).join('][')}] is ${values[i]} (flat index ${i}): it must be finite`,
      );
    }
  }
}

/** Checks the type of an array, and that its shape has as many entries. */
export function checkLength(name: string, values: RealArray, shape: readonly number[]): void {
  if (!isRealArray(values)) {
    throw new TypeError(`${name} must be a Float32Array or a Float64Array`);
  }
  const size = shape.reduce((product, length) => product * length, 1);
  if (values.length !== size) {
    throw new RangeError(
      `${name} has ${values.length} entries: its shape [${shape.join(', ')}] needs ${size}`,
    );
  }
}

/** Above this, arrays of items fail without a word about the batch. */
const MOST_ITEMS = 1e8;

/** Checks a number of items: an integer from 1 to 100 million. */
export function checkBatch(batch: number): void {
  checkSize('batch', batch, 1);
  if (batch > MOST_ITEMS) {
    throw new RangeError(`batch is ${batch}: it must be at most ${MOST_ITEMS}`);
  }
}

/** The most nodes, edges or entries that a graph can number: they are 32-bit integers. */
export const MOST_NUMBERED = 0x7f_ff_ff_ff;

/**
 * What `make` allocates.
 * @throws RangeError that says what for, where there is no memory for it
 */
export function allocated<T>(what: string, make: () => T): T {
  try {
    return make();
  } catch (cause) {
    throw new RangeError(`there is no memory for ${what}`, { cause });
  }
}

/**
 * A number of the caller's generator.
 * @throws RangeError for what is not in [0, 1)
 */
export function drawn(random: () => number): number {
  const u = random();
  // Without the types it may be no number.
  if (typeof u === 'number' && u >= 0 && u < 1) return u;
  throw new RangeError(`random gave ${quoted(u)}: it must give numbers in [0, 1)`);
}

/** Checks the lengths of a batch, or fills them with the longest. */
export function checkLengths(
  name: string,
  lengths: ArrayLike<number> | undefined,
  batch: number,
  least: number,
  most: number,
): Int32Array {
  if (lengths === undefined) {
    checkBatch(batch);
    return new Int32Array(batch).fill(most);
  }
  if (typeof lengths?.length !== 'number') {
    throw new TypeError(`${name} is ${quoted(lengths)}: it must be a list, a number for each item`);
  }
  if (lengths.length !== batch) {
    throw new RangeError(`${name} has ${lengths.length} entries: the batch has ${batch} items`);
  }
  for (let b = 0; b < batch; b++) {
    const length = lengths[b]!;
    if (!Number.isInteger(length) || length < least || length > most) {
      throw new RangeError(
        `${name}[${b}] is ${quoted(length)}: it must be an integer from ${least} to ${most}`,
      );
    }
  }
  return Int32Array.from(lengths);
}

/** The error for a batch item whose every path is forbidden. */
export function noPath(item: number): RangeError {
  return new RangeError(
    `batch item ${item} has no allowed path: each one has a forbidden potential`,
  );
}

/**
 * A number of each item in float32; -Infinity, of no probability, stays.
 * @throws RangeError that names the first item of which it is more than float32 holds
 */
export function float32s(values: readonly number[]): Float32Array {
  return Float32Array.from(values, (value, item) => {
    if (Math.abs(value - Math.fround(value)) === Infinity) throw leavesFloat32(item);
    return value;
  });
}

/** The error for a value that only float64 may hold. */
export const leavesFloat32 = (item: number) =>
  new RangeError(`the value of batch item ${item} leaves float32: Float64Arrays may hold it`);

/** An array of the type of `like`. */
export function zerosLike<A extends RealArray>(like: A, length = like.length): A {
  return (isFloat32(like) ? new Float32Array(length) : new Float64Array(length)) as A;
}

/** The indices of a flat index, axis by axis. */
export function indexOf(index: number, shape: readonly number[]): number[] {
  const indices: number[] = [];
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    indices.unshift(index % shape[axis]!);
    index = Math.floor(index / shape[axis]!);
  }
  return indices;
}
