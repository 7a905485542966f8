import type { EncodedPair } from '../../data/text/encoded-pairs.js';
import { batchesOf } from '../../data/text/parallel-batches.js';
import type { TranslationModel } from './model.js';
import type { AttentionStatistics } from './result.js';

const together = 128;

/** Statistics of the attention weights while the decoder is given the pairs' translations. */
export function attentionStatistics(
  model: TranslationModel,
  pairs: readonly EncodedPair[],
): AttentionStatistics {
  const full = pairs.filter(({ source }) => source.length > 0);
  const sums = { rows: 0, weights: 0, zeros: 0, blocks: 0, visibleBlocks: 0, mass: 0 };
  for (const part of batchesOf(
    Int32Array.from(full, (_, at) => at),
    together,
  )) {
    for (const row of model.weightsOf(Array.from(part, (at) => full[at]!)).flat()) {
      sums.rows++;
      sums.weights += row.length;
      sums.zeros += row.filter((weight) => weight === 0).length;
      sums.blocks += countBlocks(row, 0);
      sums.visibleBlocks += countBlocks(row, 0.1);
      sums.mass += row.reduce((sum, weight) => sum + weight, 0);
    }
  }
  const { rows, weights } = sums;
  return {
    rows,
    zeros: sums.zeros / weights,
    blocks: sums.blocks / rows,
    visibleBlocks: sums.visibleBlocks / rows,
    mass: sums.mass / rows,
  };
}

/** Runs of neighbours above a threshold. */
export function countBlocks(row: ArrayLike<number>, threshold: number): number {
  let blocks = 0;
  let inside = false;
  for (let at = 0; at < row.length; at++) {
    const above = row[at]! > threshold;
    if (above && !inside) blocks++;
    inside = above;
  }
  return blocks;
}
