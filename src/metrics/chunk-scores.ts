import { checkCount, checkList } from '../value-checks.js';
import { chunksOfTags, type Chunk } from './chunks.js';

/** Scores of chunks in per cent. */
export interface Scores {
  /** Share of the predicted chunks that are right; 0 when none is predicted. */
  precision: number;
  /** Share of the gold chunks that are found; 0 when there are none. */
  recall: number;
  /** Harmonic mean of both; 0 when both are 0. */
  f1: number;
}

/** The scores of all chunks, of tags, and of each type. */
export interface ChunkScores extends Scores {
  /** Share of tokens with the right tag, in per cent. */
  accuracy: number;
  /** For each type of chunk that occurs in gold or predicted tags, in alphabetical order. */
  perType: Record<string, Scores>;
}

/**
 * Precision, recall and F1 of chunks (a chunk counts when its type and both its ends are right),
 * and the accuracy of tags: what the scorer of the CoNLL shared tasks prints, not rounded.
 *
 * Tags are 'O' or a letter of IOB1, IOB2, IOBES, BILOU, BMES or BMEWO, '-' and a type; sequences
 * that are not well-formed are read as by `chunksOfTags`.
 *
 * @param gold tags of each token of each sentence
 * @param predicted the same
 * @throws RangeError when the sentences, or the tokens of one, are not as many in both, or for a
 *   tag of another scheme, with its place; TypeError for what is no list
 *
 * Source: Tjong Kim Sang & De Meulder, CoNLL-2003 shared task.
 *
 * @example
 * ```ts
 * import { chunkScores } from 'didyprog/chunk-scores';
 *
 * const { f1 } = chunkScores([['B-PER', 'I-PER', 'O']], [['B-PER', 'I-PER', 'O']]);
 * console.log(f1); // 100
 * ```
 */
export function chunkScores(
  gold: readonly (readonly string[])[],
  predicted: readonly (readonly string[])[],
): ChunkScores {
  checkList('gold', gold, 'a list of tags by sentence');
  checkList('predicted', predicted, 'a list of tags by sentence');
  if (gold.length !== predicted.length) {
    throw new RangeError(
      `${gold.length} gold and ${predicted.length} predicted sentences: there must be as many`,
    );
  }
  const byType = new Map<string, Counts>();
  let tokens = 0;
  let rightTags = 0;
  for (const [sentence, goldTags] of gold.entries()) {
    const predictedTags = predicted[sentence]!;
    checkList(`gold[${sentence}]`, goldTags, 'a list of tags');
    checkList(`predicted[${sentence}]`, predictedTags, 'a list of tags');
    checkAsMany(`sentence ${sentence}`, goldTags, predictedTags);
    tokens += goldTags.length;
    goldTags.forEach((tag, token) => {
      if (tag === predictedTags[token]) rightTags++;
    });
    const found = chunksOfTags(predictedTags, `predicted[${sentence}]`);
    const expected = chunksOfTags(goldTags, `gold[${sentence}]`);
    const places = new Set(expected.map(placeOf));
    for (const { type } of expected) countsOf(byType, type).gold++;
    for (const chunk of found) {
      const counts = countsOf(byType, chunk.type);
      counts.found++;
      if (places.has(placeOf(chunk))) counts.correct++;
    }
  }
  const types = [...byType.keys()].sort();
  const total: Counts = { gold: 0, found: 0, correct: 0 };
  for (const counts of byType.values()) {
    total.gold += counts.gold;
    total.found += counts.found;
    total.correct += counts.correct;
  }
  return {
    accuracy: percentage(rightTags, tokens),
    ...scoresOf(total),
    perType: Object.fromEntries(types.map((type) => [type, scoresOf(byType.get(type)!)])),
  };
}

/** @throws RangeError for a sentence with other numbers of gold and of predicted tags */
function checkAsMany(
  sentence: string,
  gold: readonly string[],
  predicted: readonly string[],
): void {
  if (gold.length === predicted.length) return;
  throw new RangeError(
    `${sentence} has ${gold.length} gold and ${predicted.length} predicted tags: there must be as many`,
  );
}

interface Counts {
  gold: number;
  found: number;
  correct: number;
}

/**
 * What a sentence adds to the sums that F1 is made of: gold, found and correct chunks.
 * @throws RangeError as `chunkScores`
 *
 * O(tokens).
 *
 * @example
 * ```ts
 * import { chunkCounts } from 'didyprog/chunk-scores';
 *
 * console.log(chunkCounts(['B-PER', 'O'], ['B-PER', 'B-LOC']).join()); // 1,2,1
 * ```
 */
export function chunkCounts(gold: readonly string[], predicted: readonly string[]): number[] {
  checkList('gold', gold, 'a list of tags');
  checkList('predicted', predicted, 'a list of tags');
  checkAsMany('the sentence', gold, predicted);
  const expected = chunksOfTags(gold, 'gold');
  const found = chunksOfTags(predicted, 'predicted');
  const places = new Set(expected.map(placeOf));
  const correct = found.filter((chunk) => places.has(placeOf(chunk)));
  return [expected.length, found.length, correct.length];
}

/**
 * F1 in per cent of summed `chunkCounts`.
 *
 * @throws TypeError for what is no list, RangeError for other than three numbers of 0 or more
 *
 * @example
 * ```ts
 * import { f1OfCounts } from 'didyprog/chunk-scores';
 *
 * console.log(f1OfCounts([1, 2, 1]).toFixed(1)); // 66.7
 * ```
 */
export function f1OfCounts(counts: readonly number[]): number {
  checkCount('counts', counts, 3, 'gold, found and correct chunks');
  const [gold, found, correct] = counts;
  return scoresOf({ gold: gold!, found: found!, correct: correct! }).f1;
}

/** Two chunks are the same when this is. */
function placeOf({ type, first, last }: Chunk): string {
  return `${first} ${last} ${type}`;
}

function countsOf(byType: Map<string, Counts>, type: string): Counts {
  let counts = byType.get(type);
  if (!counts) {
    counts = { gold: 0, found: 0, correct: 0 };
    byType.set(type, counts);
  }
  return counts;
}

function scoresOf({ gold, found, correct }: Counts): Scores {
  const precision = percentage(correct, found);
  const recall = percentage(correct, gold);
  const sum = precision + recall;
  return { precision, recall, f1: sum > 0 ? (2 * precision * recall) / sum : 0 };
}

function percentage(part: number, whole: number): number {
  return whole > 0 ? (100 * part) / whole : 0;
}
