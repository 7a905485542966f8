import { applyMask } from '../../layers/dropout.js';
import type { Batch } from './batches.js';
import type { NerModelConfig } from './config.js';

/**
 * What the word layer sees of each token: its embedding, then the features of its spelling, times
 * the dropout mask; zeros at padding.
 *
 * @param words [batch, positions, wordSize]
 * @param spelled [spellings, size]
 * @param mask [batch, positions, wordSize + size]; none without dropout
 */
export function tokenFeatures(
  words: Float32Array,
  spelled: Float32Array,
  { batch, positions, spellings, spellingOf }: Batch,
  mask: Float32Array | undefined,
): Float32Array {
  const tokens = batch * positions;
  const [wordSize, spellingSize] = [words.length / tokens, spelled.length / spellings];
  const width = wordSize + spellingSize;
  const features = new Float32Array(tokens * width);
  for (let token = 0; token < tokens; token++) {
    const spelling = spellingOf[token]!;
    if (spelling < 0) continue;
    const to = token * width;
    features.set(words.subarray(token * wordSize, (token + 1) * wordSize), to);
    const from = spelling * spellingSize;
    features.set(spelled.subarray(from, from + spellingSize), to + wordSize);
  }
  if (mask) applyMask(features, mask);
  return features;
}

/** The gradients of `words` and `spelled` from that of the features, which is used up. */
export function tokenFeatureGradients(
  slope: Float32Array,
  { batch, positions, spellings, spellingOf }: Batch,
  { wordSize, characterUnits }: NerModelConfig,
  mask: Float32Array | undefined,
): { words: Float32Array; spelled: Float32Array } {
  if (mask) applyMask(slope, mask);
  const spellingSize = 2 * characterUnits;
  const words = new Float32Array(batch * positions * wordSize);
  const spelled = new Float32Array(spellings * spellingSize);
  for (let token = 0; token < spellingOf.length; token++) {
    const spelling = spellingOf[token]!;
    if (spelling < 0) continue;
    const from = token * (wordSize + spellingSize);
    words.set(slope.subarray(from, from + wordSize), token * wordSize);
    const to = spelling * spellingSize;
    for (let k = 0; k < spellingSize; k++) {
      spelled[to + k] = spelled[to + k]! + slope[from + wordSize + k]!;
    }
  }
  return { words, spelled };
}

/** tanh, in place. */
export function squash(x: Float32Array): Float32Array {
  for (let at = 0; at < x.length; at++) x[at] = Math.tanh(x[at]!);
  return x;
}

/** The gradient before tanh from that behind it, in its place, and from tanh's value. */
export function squashGradient(slope: Float32Array, y: Float32Array): Float32Array {
  for (let at = 0; at < slope.length; at++) slope[at]! *= 1 - y[at]! * y[at]!;
  return slope;
}
