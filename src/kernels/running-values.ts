// What callers must know of the running values of kernels in float32: how large they may be, how far they
// err, and how they are read. See assembly/algebra/omega.ts.
import type { Arena } from './arena.js';
import { omegas, type KernelOmega } from './omega.js';

/** Ω and its strength. */
interface Smoothing {
  omega: KernelOmega;
  gamma: number;
}

/** What is known of the scores of a problem, or of some that it is among. */
export interface ScoreRange {
  /** The least and the greatest of 0 and the finite ones. */
  least: number;
  greatest: number;
}

/** What turns a score into the unit of running values. */
export function unitsOf({ omega, gamma }: Smoothing): number {
  return omega === 'hard' ? 1 : omegas[omega].rate / gamma;
}

/** The largest magnitude of a score. */
function largestOf({ least, greatest }: ScoreRange): number {
  return Math.max(Math.abs(least), Math.abs(greatest));
}

/** Whether running values of a path of `cells` cells fit the kernel's integers. 'hard' has none. */
export function fits(task: Smoothing, range: ScoreRange, cells: number): boolean {
  if (task.omega === 'hard') return true;
  const unit = largestOf(range) * unitsOf(task);
  return unit <= 2 ** 21 && (unit + 2) * cells <= 2 ** 29;
}

/** The permitted error of a value, over max(1, |value|). */
const TOLERANCE = 1e-5;
/** What a cell of a path may err by at most in units of running values: four float32 roundings, and γ's own. */
const CELL_ERROR = 3.2e-7;
/** What rounding the product of a score and the scale errs by, relative to the score. */
const SCORE_ERROR = 2 ** -24;

/**
 * Whether the value of a path of `cells` cells, found in float32, may err by more than
 * 1e-5·max(1, |value|). That is where scores and γ times the logarithm of the number of paths cancel, or
 * where a large γ meets small scores and few paths.
 *
 * @param range of the problem's own scores; a wider one answers true more often
 */
export function mayErr(task: Smoothing, cells: number, range: ScoreRange, value: number): boolean {
  if (task.omega === 'hard') return false;
  // The smoothing takes at most γ·log 3 a cell from the expected score of the path. Scores of one sign
  // have no greater sum of magnitudes than that.
  const oneSign = range.least >= 0 || range.greatest <= 0;
  const expected = Math.abs(value) + 1.1 * task.gamma * cells;
  const sum = Math.min(cells * largestOf(range), oneSign ? expected : Infinity);
  const unit = task.gamma * Math.max(1, 1 / omegas[task.omega].rate);
  const error = CELL_ERROR * unit * cells + SCORE_ERROR * sum;
  return error > TOLERANCE * Math.max(1, Math.abs(value));
}

/** A running value in float64, in the unit of scores; under negentropy it is k + m − 1 for m·2^k. */
export function valueOfDouble(running: number, task: Smoothing): number {
  if (task.omega !== 'negentropy') return running / unitsOf(task);
  const whole = Math.floor(running);
  return (whole + Math.log2(1 + (running - whole))) / unitsOf(task);
}

/** One of a fraction and an integer, in the unit of scores: the kernel's own, a float. */
export function valueOfParts(fraction: number, integer: number, task: Smoothing): number {
  const rest = task.omega === 'negentropy' ? Math.log2(fraction) : fraction;
  return (integer + rest) / Math.fround(unitsOf(task));
}

/**
 * The value at an address: a double, or, `inParts`, a fraction and an integer in float32. Under hard it is
 * a double always.
 */
export function readValue(
  arena: Arena,
  address: number,
  task: Smoothing,
  inParts: boolean,
): number {
  const { buffer, byteOffset } = arena.view(address, 2);
  const block = new DataView(buffer, byteOffset, 8);
  if (!inParts || task.omega === 'hard') return valueOfDouble(block.getFloat64(0, true), task);
  return valueOfParts(block.getFloat32(0, true), block.getInt32(4, true), task);
}
