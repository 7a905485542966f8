import { checkNumber, checkNumbers } from '../value-checks.js';
import { quoted } from '../visible.js';

/**
 * How far predicted onsets are from the true ones. Seconds; shares between 0 and 1. The measures
 * of audio-to-score alignment: Cont, Schwarz, Schnell & Raphael, ISMIR 2007.
 */
export interface OnsetErrors {
  /** Root mean square of the deviations. */
  rmse: number;
  meanAbsolute: number;
  medianAbsolute: number;
  max: number;
  /** Share of onsets at most 50 ms off, or 1 ns more: 0.05 s are a difference of rounded seconds. */
  within50ms: number;
  /** Share of onsets at most 100 ms off, as above. */
  within100ms: number;
}

/** In seconds: what differences of onsets lose by rounding, and far below any deviation. */
const rounding = 1e-9;

/**
 * Compares predicted with true onsets, event by event. In an alignment the caller leaves event 0
 * out: the path's start fixes it.
 *
 * @param predicted onsets in seconds [events]
 * @param truth onsets in seconds [events]
 * @throws RangeError when the counts differ or are 0, or an onset is not finite (with its index);
 *   TypeError for what is no list
 *
 * O(events).
 *
 * @example
 * ```ts
 * import { onsetErrors } from 'didyprog';
 *
 * const { meanAbsolute, max, within50ms } = onsetErrors([1, 2], [1, 2.25]);
 * console.log(meanAbsolute, max, within50ms); // 0.125 0.25 0.5
 * ```
 */
export function onsetErrors(predicted: ArrayLike<number>, truth: ArrayLike<number>): OnsetErrors {
  checkNumbers('predicted', predicted, 'onsets');
  checkNumbers('truth', truth, 'onsets');
  if (predicted.length !== truth.length || truth.length === 0) {
    throw new RangeError(
      `${predicted.length} predicted and ${truth.length} true onsets: ` +
        'there must be as many of each, and at least one',
    );
  }
  const deviations = Float64Array.from(predicted, (onset, event) => {
    const known = truth[event]!;
    // Each by itself: without the types one may be null, which counts as 0.
    if (Number.isFinite(onset) && Number.isFinite(known)) return Math.abs(onset - known);
    throw new RangeError(`onset ${event} is ${onset} (true: ${known}): not finite`);
  }).sort();
  const count = deviations.length;
  const mean = (of: (deviation: number) => number) =>
    deviations.reduce((sum, deviation) => sum + of(deviation), 0) / count;
  const within = (limit: number) => mean((deviation) => (deviation <= limit + rounding ? 1 : 0));
  return {
    rmse: Math.sqrt(mean((deviation) => deviation ** 2)),
    meanAbsolute: mean((deviation) => deviation),
    medianAbsolute: (deviations[(count - 1) >> 1]! + deviations[count >> 1]!) / 2,
    max: deviations[count - 1]!,
    within50ms: within(0.05),
    within100ms: within(0.1),
  };
}

/**
 * The onset of each event in an alignment: (first frame assigned to it − ½)·hop, frame i being
 * centred at i·hop. An event that no frame is assigned to starts with the next that has one.
 *
 * @param alignment the event of each frame [frames], never decreasing, each in [0, events)
 * @returns onsets in seconds [events]; event 0 starts half a frame before 0
 * @throws RangeError for an alignment that decreases or leaves [0, events), or has what is no event, with the
 *   frame, and for other numbers of events or seconds; TypeError for an alignment that is no list
 *
 * O(frames + events).
 *
 * @example
 * ```ts
 * import { predictedOnsets } from 'didyprog';
 *
 * // Frames 0 and 1 belong to event 0, frame 2 to event 1.
 * console.log(predictedOnsets([0, 0, 1], 2, 0.5).join()); // -0.25,0.75
 * ```
 */
export function predictedOnsets(
  alignment: ArrayLike<number>,
  events: number,
  hopSeconds: number,
): Float64Array {
  checkNumbers('alignment', alignment, 'events');
  checkNumber('events', events, 'count');
  checkNumber('hopSeconds', hopSeconds, 'positive');
  const onsets = new Float64Array(events);
  let next = 0;
  for (let frame = 0; frame < alignment.length; frame++) {
    const event = alignment[frame]!;
    const before = frame > 0 ? alignment[frame - 1]! : 0;
    if (!(Number.isInteger(event) && event >= before && event < events)) {
      throw new RangeError(
        `alignment[${frame}] is ${quoted(event)}: it must be an integer of at least ${before}, the event of the ` +
          `frame before, and less than ${events}, the number of events`,
      );
    }
    while (next <= event) onsets[next++] = (frame - 0.5) * hopSeconds;
  }
  onsets.fill((alignment.length - 0.5) * hopSeconds, next);
  return onsets;
}

/**
 * Mean and population standard deviation. NaN for no values.
 *
 * @throws TypeError for what is no list of numbers
 *
 * @example
 * ```ts
 * import { meanAndDeviation } from 'didyprog';
 *
 * const { mean, deviation } = meanAndDeviation([1, 3]);
 * console.log(mean, deviation); // 2 1
 * ```
 */
export function meanAndDeviation(values: readonly number[]): { mean: number; deviation: number } {
  checkNumbers('values', values, 'numbers');
  // Holes too, which a sum leaves out.
  Array.from(values).forEach((value, at) => {
    // Texts would be joined. A NaN is a number, of which the mean is NaN.
    if (typeof value !== 'number')
      throw new TypeError(`values[${at}] is ${quoted(value)}: it must be a number`);
  });
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return { mean, deviation: Math.sqrt(variance) };
}
