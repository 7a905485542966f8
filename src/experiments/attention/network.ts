import * as tf from '@tensorflow/tfjs';
import {
  attention,
  bidirectionalLstm,
  linear,
  linearSoftmaxCrossEntropy,
  lstm,
  lstmStep,
  packRows,
  type LstmWeights,
} from '../../layers/index.js';
import type { ModelConfig } from './config.js';
import type { ParameterName } from './parameters.js';

/** The parameters that are not tables, as tensors. */
export type ParameterTensors = Record<ParameterName, tf.Tensor>;

/** What a decoder attends to: the encoder's states of a batch of sentences. */
export type EncodedSources = {
  /** [batch, time, 2·encoder], 0 past a sentence's length. */
  states: tf.Tensor3D;
  lengths: Int32Array;
};

/** The decoder's memory between words, [rows, decoder] each. */
export type DecoderState = {
  hidden: tf.Tensor2D;
  cell: tf.Tensor2D;
  /** With input feeding: the readout of the word before, zeros before the first. */
  readout?: tf.Tensor2D;
};

/** Reads word vectors [batch, time, embedding] in both directions. */
export function encode(
  tensors: ParameterTensors,
  words: tf.Tensor3D,
  lengths: Int32Array,
): EncodedSources {
  const [forward, backward] = [lstmWeights(tensors, 'forward'), lstmWeights(tensors, 'backward')];
  const states = bidirectionalLstm(words, forward, backward, { lengths }) as tf.Tensor3D;
  return { states, lengths };
}

/** The decoder before its first word: tanh(W·mean of the encoder's states). */
export function startState(
  { inputFeeding }: ModelConfig,
  tensors: ParameterTensors,
  { states, lengths }: EncodedSources,
): DecoderState {
  const counts = tf.tensor2d(Float32Array.from(lengths), [lengths.length, 1]);
  const mean = states.sum<tf.Tensor2D>(1).div<tf.Tensor2D>(counts);
  const both = layer(tensors, 'initial', mean).tanh();
  const [hidden, cell] = tf.split(both, 2, 1) as [tf.Tensor2D, tf.Tensor2D];
  return { hidden, cell, ...(inputFeeding && { readout: tf.zerosLike(hidden) }) };
}

/** Target words that the decoder is given. */
export type GivenWords = {
  /** The vectors of what it reads [batch, target time, embedding]. */
  words: tf.Tensor3D;
  lengths: Int32Array;
  /** Dropout of the readouts, [Σ lengths, decoder]; default none. */
  mask?: Float32Array;
};

/**
 * Readouts of target words when the words before them are given, behind each other
 * [words, decoder], and the attention weights [batch, target time, source time].
 */
export function teacherForced(
  config: ModelConfig,
  tensors: ParameterTensors,
  sources: EncodedSources,
  target: GivenWords,
): { readout: tf.Tensor2D; weights: Float32Array } {
  if (config.inputFeeding) return fedWordByWord(config, tensors, sources, target);
  const hidden = lstm(target.words, lstmWeights(tensors, 'decoder'), {
    lengths: target.lengths,
    initial: startState(config, tensors, sources),
  }) as tf.Tensor3D;
  const { context, weights } = attend(config, tensors, hidden, sources, target.lengths);
  const whole = readout(tensors, packRows([hidden, context], target.lengths));
  const { mask } = target;
  return { readout: mask ? whole.mul(tf.tensor2d(mask, whole.shape)) : whole, weights };
}

/**
 * The same with input feeding: each word's readout is needed by the next, so the words of a batch go
 * through the decoder one position after the other. What is fed is what the output layer reads, after
 * dropout. A sentence that is over runs along on zeros, and neither loss nor gradient is taken of it.
 */
function fedWordByWord(
  config: ModelConfig,
  tensors: ParameterTensors,
  sources: EncodedSources,
  { words, lengths, mask }: GivenWords,
): { readout: tf.Tensor2D; weights: Float32Array } {
  const [batch, time] = words.shape;
  const sourceTime = sources.states.shape[1];
  const weights = new Float32Array(batch * time * sourceTime);
  const readouts: tf.Tensor2D[] = [];
  let state = startState(config, tensors, sources);
  for (const [t, vectors] of (tf.unstack(words, 1) as tf.Tensor2D[]).entries()) {
    const going = Int32Array.from(lengths, (length) => Number(length > t));
    const next = decode(config, tensors, sources, state, vectors, going);
    for (let item = 0; item < batch; item++) {
      const row = next.weights.subarray(item * sourceTime, (item + 1) * sourceTime);
      weights.set(row, (item * time + t) * sourceTime);
    }
    const dropped = mask
      ? next.readout.mul<tf.Tensor2D>(maskAt(mask, lengths, t, config.decoder))
      : next.readout;
    readouts.push(dropped);
    state = { ...next.state, readout: dropped };
  }
  return { readout: packRows([tf.stack(readouts, 1) as tf.Tensor3D], lengths), weights };
}

/** The rows of a packed mask that belong to position t, [batch, units]; zeros past a length. */
function maskAt(mask: Float32Array, lengths: Int32Array, t: number, units: number): tf.Tensor2D {
  const rows = new Float32Array(lengths.length * units);
  let first = 0;
  lengths.forEach((length, item) => {
    const row = first + t;
    if (t < length) rows.set(mask.subarray(row * units, (row + 1) * units), item * units);
    first += length;
  });
  return tf.tensor2d(rows, [lengths.length, units]);
}

/**
 * One word further, for `beams` rows a sentence.
 * @param words the vectors of the last words [batch · beams, embedding]
 */
export function step(
  config: ModelConfig,
  tensors: ParameterTensors,
  sources: EncodedSources,
  state: DecoderState,
  words: tf.Tensor2D,
): { state: DecoderState; logits: tf.Tensor2D; weights: Float32Array } {
  const next = decode(config, tensors, sources, state, words);
  return {
    state: { ...next.state, ...(config.inputFeeding && { readout: next.readout }) },
    logits: layer(tensors, 'output', next.readout),
    weights: next.weights,
  };
}

/** The decoder's state, readout and attention weights after the next words. */
function decode(
  config: ModelConfig,
  tensors: ParameterTensors,
  sources: EncodedSources,
  { readout: fed, ...before }: DecoderState,
  words: tf.Tensor2D,
  queryLengths?: Int32Array,
) {
  const input = fed ? tf.concat2d([words, fed], 1) : words;
  const state = lstmStep(input, before, lstmWeights(tensors, 'decoder'));
  const [batch] = sources.states.shape;
  const [rows, units] = state.hidden.shape;
  const hidden = state.hidden.reshape<tf.Tensor3D>([batch, rows / batch, units]);
  const { context, weights } = attend(config, tensors, hidden, sources, queryLengths);
  const both = tf.concat2d([state.hidden, context.reshape([rows, -1])], 1);
  return { state, readout: readout(tensors, both), weights };
}

/**
 * The mean cross-entropy of the words that readouts [words, decoder] should give, with a share of each
 * spread over the vocabulary.
 */
export function wordLoss(
  tensors: ParameterTensors,
  readouts: tf.Tensor2D,
  words: Int32Array,
  labelSmoothing = 0,
): tf.Scalar {
  const kernel = tensors['output/kernel'] as tf.Tensor2D;
  const bias = tensors['output/bias'] as tf.Tensor1D;
  const options = { labelSmoothing };
  return linearSoftmaxCrossEntropy(readouts, kernel, bias, words, undefined, options);
}

function attend(
  { attention: kind, gamma, potentials }: ModelConfig,
  tensors: ParameterTensors,
  hidden: tf.Tensor3D,
  { states, lengths }: EncodedSources,
  queryLengths?: Int32Array,
) {
  const kernel = tensors['attention/kernel'] as tf.Tensor2D;
  // Over √depth, as Vaswani et al. 2017 scale inner products: a step of Adam moves every entry of
  // the kernel, so unscaled scores soon lie a hundred apart and weights without gradients.
  const scale = 1 / Math.sqrt(states.shape[2]);
  const queries = linear(hidden, kernel).mul<tf.Tensor3D>(scale);
  return attention(queries, states, {
    ...{ kind, stateLengths: lengths },
    // The config says that a softmax reads neither.
    ...(kind !== 'softmax' && { gamma, ...(potentials && { potentials }) }),
    ...(queryLengths && { queryLengths }),
    transition: tensors['attention/transition'] as tf.Tensor2D,
  });
}

function readout(tensors: ParameterTensors, stateAndContext: tf.Tensor2D): tf.Tensor2D {
  return layer(tensors, 'readout', stateAndContext).tanh();
}

function layer(
  tensors: ParameterTensors,
  name: 'initial' | 'readout' | 'output',
  input: tf.Tensor2D,
): tf.Tensor2D {
  const kernel = tensors[`${name}/kernel`] as tf.Tensor2D;
  return linear(input, kernel, tensors[`${name}/bias`] as tf.Tensor1D) as tf.Tensor2D;
}

function lstmWeights(
  tensors: ParameterTensors,
  name: 'forward' | 'backward' | 'decoder',
): LstmWeights {
  return {
    kernel: tensors[`${name}/kernel`] as tf.Tensor2D,
    recurrentKernel: tensors[`${name}/recurrentKernel`] as tf.Tensor2D,
    bias: tensors[`${name}/bias`] as tf.Tensor1D,
  };
}
