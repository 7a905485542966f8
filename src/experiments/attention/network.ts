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

/** The decoder's memory between words. */
export type DecoderState = {
  /** [rows, decoder] */
  hidden: tf.Tensor2D;
  cell: tf.Tensor2D;
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
  tensors: ParameterTensors,
  { states, lengths }: EncodedSources,
): DecoderState {
  const counts = tf.tensor2d(Float32Array.from(lengths), [lengths.length, 1]);
  const mean = states.sum<tf.Tensor2D>(1).div<tf.Tensor2D>(counts);
  const both = layer(tensors, 'initial', mean).tanh();
  const [hidden, cell] = tf.split(both, 2, 1) as [tf.Tensor2D, tf.Tensor2D];
  return { hidden, cell };
}

/**
 * Readouts of target words when the words before them are given, behind each other
 * [words, decoder], and the attention weights [batch, target time, source time].
 */
export function teacherForced(
  config: ModelConfig,
  tensors: ParameterTensors,
  sources: EncodedSources,
  target: { words: tf.Tensor3D; lengths: Int32Array },
): { readout: tf.Tensor2D; weights: Float32Array } {
  const hidden = lstm(target.words, lstmWeights(tensors, 'decoder'), {
    lengths: target.lengths,
    initial: startState(tensors, sources),
  }) as tf.Tensor3D;
  const { context, weights } = attend(config, tensors, hidden, sources, target.lengths);
  return { readout: readout(tensors, packRows([hidden, context], target.lengths)), weights };
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
  const next = lstmStep(words, state, lstmWeights(tensors, 'decoder'));
  const [batch] = sources.states.shape;
  const [rows, units] = next.hidden.shape;
  const beams = rows / batch;
  const hidden = next.hidden.reshape<tf.Tensor3D>([batch, beams, units]);
  const { context, weights } = attend(config, tensors, hidden, sources);
  const both = tf.concat([next.hidden, context.reshape([rows, -1])], 1) as tf.Tensor2D;
  return { state: next, logits: logits(tensors, readout(tensors, both)), weights };
}

/** The mean cross-entropy of the words that readouts [words, decoder] should give. */
export function wordLoss(
  tensors: ParameterTensors,
  readouts: tf.Tensor2D,
  words: Int32Array,
): tf.Scalar {
  const kernel = tensors['output/kernel'] as tf.Tensor2D;
  return linearSoftmaxCrossEntropy(readouts, kernel, tensors['output/bias'] as tf.Tensor1D, words);
}

/** Scores of all words [rows, vocabulary]. */
function logits(tensors: ParameterTensors, readouts: tf.Tensor2D): tf.Tensor2D {
  return layer(tensors, 'output', readouts);
}

function attend(
  { attention: kind, gamma }: ModelConfig,
  tensors: ParameterTensors,
  hidden: tf.Tensor3D,
  { states, lengths }: EncodedSources,
  queryLengths?: Int32Array,
) {
  const queries = linear(hidden, tensors['attention/kernel'] as tf.Tensor2D) as tf.Tensor3D;
  return attention(queries, states, {
    ...{ kind, gamma, stateLengths: lengths },
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
