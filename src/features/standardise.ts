import { checkNumber, checkOneOf } from '../value-checks.js';
import type { Features } from './extract.js';

/**
 * dimension: each dimension to mean 0 and standard deviation 1 over the fitted pieces.
 * global: each dimension to mean 0, all of them divided by one standard deviation, so that loud
 * dimensions stay larger. piece: as dimension, but each piece by its own statistics.
 */
export type Standardisation = 'dimension' | 'global' | 'piece';
const standardisations: readonly Standardisation[] = ['dimension', 'global', 'piece'];

/** The frames of a piece, as `extractFeatures` gives them. */
export type Frames = Pick<Features, 'values' | 'frames' | 'dimensions'>;

/** Subtracted from and divided out of each dimension [dimensions]. */
export interface FeatureStatistics {
  mean: Float64Array;
  deviation: Float64Array;
}

/**
 * The part of the global deviation that is added to each dimension's: one that hardly varies in
 * training must not blow up on a test piece.
 */
const floorShare = 1e-3;

/**
 * Learns how to standardise features and returns the function that does it: features to row-major
 * [frames, dimensions], a new array.
 * @param pieces the features to fit on; for 'piece' they only say how many dimensions there are
 * @throws RangeError without a piece, for pieces of unequal dimensions, of other sizes than they say or not
 *   finite, and for a standardisation of another name
 *
 * O(frames · dimensions).
 *
 * @example
 * ```ts
 * import { fitStandardiser } from 'didyprog/features';
 *
 * const piece = { values: Float64Array.of(0, 2), frames: 2, dimensions: 1 };
 * const standardised = fitStandardiser([piece], 'global');
 * console.log(standardised(piece).join()); // -1,1
 * ```
 */
export function fitStandardiser(
  pieces: readonly Frames[],
  standardisation: Standardisation,
): (features: Frames) => Float64Array {
  checkOneOf('standardisation', standardisation, standardisations);
  const dimensions = commonDimensions(pieces);
  const fitted = standardisation === 'piece' ? undefined : fitStatistics(pieces, standardisation);
  return (features) => {
    checkFrames('the piece', features);
    if (features.dimensions !== dimensions) {
      throw new RangeError(
        `the features have ${features.dimensions} dimensions, the fitted ones ${dimensions}`,
      );
    }
    return standardise(features, fitted ?? fitStatistics([features], 'dimension'));
  };
}

/**
 * The means and deviations over all frames of all pieces; deviation: that of the dimension plus
 * 1e-3 of the global one, or the global one for all, which is the root mean square deviation.
 * @throws as `fitStandardiser`
 *
 * O(frames · dimensions).
 *
 * @example
 * ```ts
 * import { fitStatistics } from 'didyprog/features';
 *
 * const piece = { values: Float64Array.of(0, 2), frames: 2, dimensions: 1 };
 * const { mean, deviation } = fitStatistics([piece], 'global');
 * console.log(mean[0], deviation[0]); // 1 1
 * ```
 */
export function fitStatistics(
  pieces: readonly Frames[],
  standardisation: Exclude<Standardisation, 'piece'>,
): FeatureStatistics {
  // A piece by itself is fitted as 'dimension'.
  checkOneOf('standardisation', standardisation, ['dimension', 'global']);
  const dimensions = commonDimensions(pieces);
  const frames = pieces.reduce((total, piece) => total + piece.frames, 0);
  const mean = averageOverFrames(pieces, frames, dimensions, (x) => x);
  const variance = averageOverFrames(pieces, frames, dimensions, (x, d) => (x - mean[d]!) ** 2);
  const globalVariance = variance.reduce((sum, value) => sum + value, 0) / dimensions;
  // Features that are constant throughout, such as silence, become 0 and not NaN.
  const globalDeviation = Math.sqrt(globalVariance) || 1;
  const deviation =
    standardisation === 'global'
      ? new Float64Array(dimensions).fill(globalDeviation)
      : variance.map((value) => Math.sqrt(value) + floorShare * globalDeviation);
  return { mean, deviation };
}

/**
 * (x − mean) / deviation, row-major [frames, dimensions].
 *
 * @throws RangeError for values that are no frames of as many dimensions or not finite, and for statistics
 *   of other dimensions, or of a deviation that is not above 0
 *
 * O(frames · dimensions).
 *
 * @example
 * ```ts
 * import { standardise } from 'didyprog/features';
 *
 * const statistics = { mean: Float64Array.of(2), deviation: Float64Array.of(0.5) };
 * console.log(standardise({ values: Float64Array.of(1, 3), dimensions: 1 }, statistics).join()); // -2,2
 * ```
 */
export function standardise(
  { values, dimensions }: Pick<Frames, 'values' | 'dimensions'>,
  { mean, deviation }: FeatureStatistics,
): Float64Array {
  const frames = Math.ceil(values.length / dimensions);
  checkFrames('the piece', { values, frames, dimensions });
  for (const [name, { length }] of Object.entries({ mean, deviation })) {
    if (length === dimensions) continue;
    throw new RangeError(
      `${name} has ${length} entries: the features have ${dimensions} dimensions`,
    );
  }
  for (let d = 0; d < dimensions; d++) {
    checkNumber(`mean[${d}]`, mean[d]!, 'finite');
    checkNumber(`deviation[${d}]`, deviation[d]!, 'positive');
  }
  return values.map((x, at) => (x - mean[at % dimensions]!) / deviation[at % dimensions]!);
}

function averageOverFrames(
  pieces: readonly Frames[],
  frames: number,
  dimensions: number,
  term: (value: number, dimension: number) => number,
): Float64Array {
  const average = new Float64Array(dimensions);
  for (const { values } of pieces) {
    for (let at = 0; at < values.length; at++) {
      const dimension = at % dimensions;
      average[dimension]! += term(values[at]!, dimension) / frames;
    }
  }
  return average;
}

function commonDimensions(pieces: readonly Frames[]): number {
  const [first] = pieces;
  if (!first) throw new RangeError('standardising needs at least one piece to fit on');
  pieces.forEach((one, piece) => {
    const { dimensions } = one;
    checkFrames(`piece ${piece}`, one);
    if (dimensions !== first.dimensions) {
      throw new RangeError(
        `piece ${piece} has ${dimensions} dimensions, the first piece ${first.dimensions}`,
      );
    }
  });
  return first.dimensions;
}

/** @throws RangeError for features that have not the sizes that they say, or are not finite, naming them */
function checkFrames(owner: string, { values, frames, dimensions }: Frames): void {
  checkNumber(`dimensions of ${owner}`, dimensions, 'count');
  checkNumber(`frames of ${owner}`, frames, 'notNegative');
  const size = frames * dimensions;
  if (values.length !== size) {
    const sizes = `${frames} frames of ${dimensions} dimensions`;
    throw new RangeError(`${owner} has ${values.length} values: ${sizes} need ${size}`);
  }
  // One NaN would make a whole dimension of all pieces NaN.
  const wrong = values.findIndex((value) => !Number.isFinite(value));
  if (wrong < 0) return;
  const place = `frame ${Math.floor(wrong / dimensions)}, dimension ${wrong % dimensions}`;
  checkNumber(`${place} of ${owner}`, values[wrong]!, 'finite');
}
