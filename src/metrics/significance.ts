import { checkOptions } from '../option-names.js';
import { SeededRandom } from '../random.js';

/**
 * What two systems did on the same sentences: a row of counts each, such that the score of a set of
 * sentences is a function of the sums of its rows.
 */
export interface PairedCounts {
  a: readonly (readonly number[])[];
  b: readonly (readonly number[])[];
  score: (sums: readonly number[]) => number;
}

/** A score with the interval that holds 95 % of its resampled values. */
interface Interval {
  score: number;
  low: number;
  high: number;
}

export interface BootstrapResult {
  a: Interval;
  b: Interval;
  /** Of b − a. */
  difference: Interval;
  /** The share of resamples in which the system that is better on the whole set is better. */
  wins: number;
  /** How probable a difference as large is if there is none: two-sided, resamples centred. */
  p: number;
  samples: number;
}

/** Resamples, and the seed of all significance tests: the same numbers each time. */
export const bootstrapDefaults = { samples: 1000, seed: 12345 };

/**
 * Paired bootstrap resampling: sentences drawn with replacement, the same for both systems.
 * @throws RangeError when the systems have not the same number of sentences, or none
 *
 * O(samples · sentences). Source: Koehn, Statistical Significance Tests for Machine Translation
 * Evaluation, EMNLP 2004; the p value as in sacrebleu, after Riezler & Maxwell 2005.
 */
export function pairedBootstrap(
  counts: PairedCounts,
  options: Partial<typeof bootstrapDefaults> = {},
): BootstrapResult {
  checkOptions('pairedBootstrap', options, Object.keys(bootstrapDefaults));
  const { samples, seed } = { ...bootstrapDefaults, ...options };
  const random = new SeededRandom(seed);
  const { a, b, score } = checked(counts);
  const whole = [score(sumOf(a)), score(sumOf(b))] as const;
  const difference = whole[1] - whole[0];
  const scores: { a: number[]; b: number[]; difference: number[] } = {
    a: [],
    b: [],
    difference: [],
  };
  const [ofA, ofB] = [flat(a), flat(b)];
  for (let sample = 0; sample < samples; sample++) {
    const [sumsA, sumsB] = [zeros(ofA.width), zeros(ofB.width)];
    for (let n = 0; n < a.length; n++) {
      const place = Math.floor(random.uniform() * a.length);
      addRow(sumsA, ofA, place, 1);
      addRow(sumsB, ofB, place, 1);
    }
    const [first, second] = [score(sumsA), score(sumsB)];
    scores.a.push(first);
    scores.b.push(second);
    scores.difference.push(second - first);
  }
  // Centred at the mean of the resamples, as sacrebleu does: there the difference is none.
  const mean = scores.difference.reduce((sum, value) => sum + value, 0) / samples;
  const asLarge = scores.difference.filter(
    (value) => Math.abs(value - mean) >= Math.abs(difference) - 1e-9,
  ).length;
  const wins = scores.difference.filter((value) => value * difference > 0).length;
  return {
    a: interval(whole[0], scores.a),
    b: interval(whole[1], scores.b),
    difference: interval(difference, scores.difference),
    wins: wins / samples,
    p: (asLarge + 1) / (samples + 1),
    samples,
  };
}

export interface RandomisationResult {
  a: number;
  b: number;
  /** b − a. */
  difference: number;
  /** How probable a difference as large is if it does not matter which system did what: two-sided. */
  p: number;
  /** Whether p is exact: every exchange was counted, since few sentences differ. */
  exact: boolean;
  /** How many exchanges were counted. */
  trials: number;
}

const randomisationDefaults = { trials: 10_000, seed: 12345 };

/**
 * Approximate randomisation: the systems change places in each sentence by a fair coin. Where all
 * exchanges of the sentences that differ are no more than the trials, all are counted instead.
 * @throws RangeError as `pairedBootstrap`
 *
 * O(trials · sentences that differ). Source: Noreen 1989; Yeh, More Accurate Tests for the
 * Statistical Significance of Result Differences, COLING 2000.
 */
export function approximateRandomisation(
  counts: PairedCounts,
  options: Partial<typeof randomisationDefaults> = {},
): RandomisationResult {
  checkOptions('approximateRandomisation', options, Object.keys(randomisationDefaults));
  const { trials, seed } = { ...randomisationDefaults, ...options };
  const { a, b, score } = checked(counts);
  const [first, second] = [sumOf(a), sumOf(b)];
  const difference = score(second) - score(first);
  const changes = a
    .map((row, at) => row.map((count, k) => b[at]![k]! - count))
    .filter((row) => row.some((change) => change !== 0));
  const ofChanges = flat(changes);
  const isAsLarge = (exchanged: (place: number) => boolean) => {
    const [one, other] = [[...first], [...second]];
    for (let place = 0; place < changes.length; place++) {
      if (!exchanged(place)) continue;
      addRow(one, ofChanges, place, 1);
      addRow(other, ofChanges, place, -1);
    }
    return Math.abs(score(other) - score(one)) >= Math.abs(difference) - 1e-9;
  };
  const exact = 2 ** changes.length <= trials;
  const counted = exact ? 2 ** changes.length : trials;
  const random = new SeededRandom(seed);
  let asLarge = 0;
  for (let trial = 0; trial < counted; trial++) {
    const exchanged = exact
      ? (place: number) => ((trial >> place) & 1) === 1
      : () => random.uniform() < 0.5;
    if (isAsLarge(exchanged)) asLarge++;
  }
  const p = exact ? asLarge / counted : (asLarge + 1) / (counted + 1);
  return { a: score(first), b: score(second), difference, p, exact, trials: counted };
}

function checked(counts: PairedCounts): PairedCounts {
  const { a, b } = counts;
  if (a.length !== b.length || a.length === 0) {
    throw new RangeError(
      `${a.length} and ${b.length} sentences: both systems must have the same, at least one`,
    );
  }
  return counts;
}

/** Rows one after the other: they are added millions of times. */
interface Flat {
  values: Float64Array;
  width: number;
}

function flat(rows: readonly (readonly number[])[]): Flat {
  const width = rows[0]?.length ?? 0;
  return { values: Float64Array.from(rows.flat()), width };
}

const zeros = (width: number) => new Array<number>(width).fill(0);

/** Adds a row, times `sign`, to sums. */
function addRow(sums: number[], { values, width }: Flat, row: number, sign: 1 | -1): void {
  const first = row * width;
  for (let k = 0; k < width; k++) sums[k] = sums[k]! + sign * values[first + k]!;
}

/** The sums of the columns. */
export function sumOf(rows: readonly (readonly number[])[]): number[] {
  const sums = zeros(rows[0]!.length);
  for (const row of rows) for (let k = 0; k < row.length; k++) sums[k]! += row[k]!;
  return sums;
}

/** The middle 95 % of the values. */
function interval(score: number, values: readonly number[]): Interval {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.round(share * (sorted.length - 1))]!;
  return { score, low: at(0.025), high: at(0.975) };
}
