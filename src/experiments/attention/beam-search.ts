import * as tf from '@tensorflow/tfjs';
import { special } from '../../data/text/parallel-vocabulary.js';
import type { DecodingConfig } from './config.js';
import type { TranslationModel } from './model.js';
import {
  startState,
  step,
  type DecoderState,
  type EncodedSources,
  type ParameterTensors,
} from './network.js';

/** A translation as word indices, with the attention that wrote it. */
export interface Hypothesis {
  words: Int32Array;
  /** For each word, and last for the end of the sentence, the weights of the source's positions. */
  weights: Float32Array[];
  logProbability: number;
}

/** A hypothesis while it grows: its last word and the one before it. */
interface Partial {
  before: Partial | undefined;
  word: number;
  length: number;
  logProbability: number;
  weights: Float32Array | undefined;
}

/** The search for one sentence. */
interface Search {
  sentence: number;
  source: Int32Array;
  growing: Partial[];
  finished: Partial[];
  limit: number;
}

/**
 * Translates sentences by beam search; a beam of 1 is greedy. All hypotheses of all sentences go
 * through the decoder as one batch. An empty sentence has an empty translation.
 *
 * @param parameters of `model.tensors()`
 * @param onWord told after each word of each sentence what is the best translation so far
 */
export function beamSearch(
  model: TranslationModel,
  parameters: ParameterTensors,
  sentences: readonly Int32Array[],
  config: DecodingConfig,
  onWord?: (sentence: number, soFar: Hypothesis) => void,
): Hypothesis[] {
  const found = sentences.map((): Hypothesis => ({
    words: new Int32Array(0),
    weights: [],
    logProbability: 0,
  }));
  let searches = sentences
    .map((source, sentence) => newSearch(source, sentence, config))
    .filter(({ source }) => source.length > 0);
  if (searches.length === 0) return found;
  let sources = tf.tidy(() =>
    model.read(
      searches.map(({ source }) => source),
      parameters,
    ),
  );
  let state = tf.tidy(() => repeatRows(startState(model.config, parameters, sources), config.beam));
  while (searches.length > 0) {
    const next = advance(model, parameters, sources, state, searches, config);
    if (onWord) for (const search of searches) onWord(search.sentence, bestOf(search, config));
    const going = searches.flatMap((search, at) => (isDone(search, config) ? [] : [at]));
    for (const search of searches) {
      if (isDone(search, config)) found[search.sentence] = bestOf(search, config);
    }
    const rows = going.flatMap((at) => next.parents[at]!);
    const before = [state, next.state];
    state = tf.tidy(() => pickRows(next.state, rows));
    tf.dispose(before);
    if (going.length < searches.length) {
      const whole = sources;
      const narrowed = () => tf.gather(whole.states, Int32Array.from(going));
      sources = {
        states: tf.tidy(narrowed),
        lengths: Int32Array.from(going, (at) => whole.lengths[at]!),
      };
      whole.states.dispose();
      searches = going.map((at) => searches[at]!);
    }
  }
  tf.dispose([sources.states, state]);
  return found;
}

function newSearch(source: Int32Array, sentence: number, config: DecodingConfig): Search {
  const start = { before: undefined, word: special.begin, length: 0, weights: undefined };
  return {
    sentence,
    source,
    // All rows of a beam begin the same: only the first counts.
    growing: Array.from({ length: config.beam }, (_, at) => ({
      ...start,
      logProbability: at === 0 ? 0 : -Infinity,
    })),
    finished: [],
    limit: Math.min(config.maximumLength, 2 * source.length + 10),
  };
}

/** One word more for every growing hypothesis; the new ones' rows in the decoder's new state. */
function advance(
  model: TranslationModel,
  parameters: ParameterTensors,
  sources: EncodedSources,
  state: DecoderState,
  searches: readonly Search[],
  { beam }: DecodingConfig,
): { state: DecoderState; parents: number[][] } {
  const words = Int32Array.from(searches.flatMap(({ growing }) => growing.map(({ word }) => word)));
  let weights = new Float32Array(0) as Float32Array;
  const { logits, ...next } = tf.tidy(() => {
    const vectors = model.wordVectors('targetEmbedding', words, 1);
    const flat = vectors.reshape<tf.Tensor2D>([words.length, -1]);
    const result = step(model.config, parameters, sources, state, flat);
    weights = result.weights;
    return { logits: result.logits, ...result.state };
  });
  const scores = logits.dataSync<'float32'>();
  const vocabulary = logits.shape[1];
  const time = sources.states.shape[1];
  logits.dispose();
  const parents = searches.map((search, at) => {
    const candidates = search.growing.flatMap((partial, row) => {
      if (partial.logProbability === -Infinity) return [];
      const first = (at * beam + row) * vocabulary;
      const best = bestWords(scores.subarray(first, first + vocabulary), beam + 1);
      return best.map(({ word, logProbability }) => ({
        ...{ partial, row, word },
        logProbability: partial.logProbability + logProbability,
      }));
    });
    candidates.sort((a, b) => b.logProbability - a.logProbability);
    const growing: Partial[] = [];
    const rows: number[] = [];
    candidates.forEach(({ partial, row, word, logProbability }, rank) => {
      const isEnd = word === special.end;
      if (isEnd ? rank >= beam : growing.length === beam) return;
      const first = (at * beam + row) * time;
      const grown: Partial = {
        ...{ before: partial, word, logProbability },
        length: partial.length + 1,
        weights: weights.slice(first, first + search.source.length),
      };
      if (isEnd) {
        search.finished.push(grown);
      } else {
        growing.push(grown);
        rows.push(at * beam + row);
      }
    });
    // A vocabulary smaller than the beam leaves rows that nothing grows from.
    while (growing.length < beam) {
      growing.push({ ...search.growing[0]!, logProbability: -Infinity });
      rows.push(at * beam);
    }
    search.growing = growing;
    return rows;
  });
  return { state: next, parents };
}

/** The `count` best words of a row of scores, with their log-probabilities. */
function bestWords(scores: Float32Array, count: number) {
  const words: number[] = [];
  const kept = Math.min(count, scores.length - 1);
  let threshold = -Infinity;
  for (let word = 0; word < scores.length; word++) {
    const score = scores[word]!;
    // No sentence goes on with the mark of its beginning.
    if (word === special.begin) continue;
    if (words.length === kept && !(score > threshold)) continue;
    let place = words.length;
    while (place > 0 && scores[words[place - 1]!]! < score) place--;
    words.splice(place, 0, word);
    if (words.length > kept) words.pop();
    if (words.length === kept) threshold = scores[words[kept - 1]!]!;
  }
  const largest = scores[words[0]!]!;
  let sum = 0;
  for (let word = 0; word < scores.length; word++) {
    const below = scores[word]! - largest;
    // e^−20 of 10,000 words together would not change the sixth digit.
    if (below > -20) sum += Math.exp(below);
  }
  const logPartition = largest + Math.log(sum);
  return words.map((word) => ({ word, logProbability: scores[word]! - logPartition }));
}

/** Whether nothing better can be hoped for: as many are finished as the beam is wide. */
function isDone({ finished, growing, limit }: Search, { beam }: DecodingConfig): boolean {
  return finished.length >= beam || growing[0]!.length >= limit;
}

function bestOf({ finished, growing }: Search, { lengthPenalty }: DecodingConfig): Hypothesis {
  const score = ({ logProbability, length }: Partial) => logProbability / length ** lengthPenalty;
  const best = (finished.length > 0 ? finished : growing).reduce((a, b) =>
    score(b) > score(a) ? b : a,
  );
  const words: number[] = [];
  const weights: Float32Array[] = [];
  for (let part: Partial | undefined = best; part?.before; part = part.before) {
    if (part.word !== special.end) words.unshift(part.word);
    weights.unshift(part.weights!);
  }
  return { words: Int32Array.from(words), weights, logProbability: best.logProbability };
}

function repeatRows(state: DecoderState, times: number): DecoderState {
  const rows = Int32Array.from({ length: state.hidden.shape[0] * times }, (_, row) =>
    Math.floor(row / times),
  );
  return pickRows(state, rows);
}

function pickRows(state: DecoderState, rows: ArrayLike<number>): DecoderState {
  const indices = tf.tensor1d(Int32Array.from(rows), 'int32');
  const { hidden, cell, readout } = state;
  return {
    ...{ hidden: tf.gather(hidden, indices), cell: tf.gather(cell, indices) },
    ...(readout && { readout: tf.gather(readout, indices) }),
  };
}
