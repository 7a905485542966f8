import * as tf from '@tensorflow/tfjs';
import type { EncodedPair } from '../../data/text/encoded-pairs.js';
import {
  sideBySide,
  translationBatch,
  type TranslationBatch,
} from '../../data/text/parallel-batches.js';
import { special } from '../../data/text/parallel-vocabulary.js';
import type { SeededRandom } from '../../random.js';
import { gatherRows, lossAndGradients, scatterTable } from '../../layers/index.js';
import type { ModelConfig } from './config.js';
import { applyMask, Dropout } from '../../layers/dropout.js';
import {
  encode,
  teacherForced,
  wordLoss,
  type EncodedSources,
  type ParameterTensors,
} from './network.js';
import {
  parameterShapes,
  type ModelParameters,
  type ParameterName,
  type TableName,
  type VocabularySizes,
} from './parameters.js';

/**
 * A translation model: its parameters as plain arrays, and what is computed with them. A
 * bidirectional LSTM reads the source; an LSTM writes the target and attends to the encoder's
 * states by a bilinear score; readout = tanh(W·[decoder state; context]) and word = softmax(V·readout).
 * With input feeding the decoder reads [word vector; readout of the word before].
 *
 * Source: Luong et al. 2015 for decoder and score; Kim et al. 2017 for structured attention.
 */
export class TranslationModel {
  readonly config: ModelConfig;
  readonly parameters: ModelParameters;
  readonly #shapes: Record<ParameterName, number[]>;
  /** Where the gradients of tables are written, at every step anew. */
  readonly #tableGradients = new Map<TableName, Float32Array>();

  constructor(config: ModelConfig, sizes: VocabularySizes, parameters: ModelParameters) {
    this.config = config;
    this.parameters = parameters;
    this.#shapes = parameterShapes(config, sizes);
  }

  /**
   * One training step's loss and gradients, with dropout on word vectors and readouts.
   * @param labelSmoothing the share of each target word that the loss spreads over all words
   * @returns the cross-entropy summed over the words, and the gradients of its mean
   */
  gradients(
    batch: TranslationBatch,
    random: SeededRandom,
    labelSmoothing?: number,
  ): { loss: number; words: number; gradients: Record<string, Float32Array> } {
    const words = batch.output.length;
    const dropout = new Dropout(this.config.dropout, random);
    const source = this.#lookUp('sourceEmbedding', batch.source, batch.sourceTime, dropout);
    const target = this.#lookUp('targetEmbedding', batch.input, batch.targetTime, dropout);
    const mask = dropout.mask(words * this.config.decoder);
    const { loss, gradients } = lossAndGradients(
      { source, target, ...this.#arrays() },
      (tensors) => {
        const sources = encode(tensors, tensors.source as tf.Tensor3D, batch.sourceLengths);
        const { readout } = teacherForced(this.config, tensors, sources, {
          words: tensors.target as tf.Tensor3D,
          lengths: batch.targetLengths,
          mask,
        });
        return wordLoss(tensors, readout, batch.output, labelSmoothing);
      },
    );
    const { source: sourceGradient, target: targetGradient, ...whole } = gradients;
    return {
      loss: loss * words,
      words,
      gradients: {
        ...whole,
        sourceEmbedding: source.scatter(sourceGradient),
        targetEmbedding: target.scatter(targetGradient),
      },
    };
  }

  /** The cross-entropy of a batch summed over its words, without dropout. */
  loss(batch: TranslationBatch): number {
    const value = tf.tidy(() => {
      const tensors = this.tensors();
      const { readout } = this.#forced(batch, tensors);
      return wordLoss(tensors, readout, batch.output);
    });
    const [loss] = value.dataSync();
    value.dispose();
    return loss! * batch.output.length;
  }

  /**
   * The attention weights while the decoder is given a translation: for each pair a row of
   * positions for each word and, last, for the end of the sentence.
   */
  weightsOf(pairs: readonly EncodedPair[]): Float32Array[][] {
    const batch = translationBatch(pairs, special);
    tf.engine().startScope();
    const { weights } = this.#forced(batch, this.tensors());
    tf.engine().endScope();
    return pairs.map((pair, item) =>
      Array.from({ length: pair.target.length + 1 }, (_, word) => {
        const first = (item * batch.targetTime + word) * batch.sourceTime;
        return weights.slice(first, first + pair.source.length);
      }),
    );
  }

  /** The parameters that are not tables as tensors; the caller disposes of them. */
  tensors(): ParameterTensors {
    const entries = Object.entries(this.#arrays()).map(([name, { values, shape }]) => [
      name,
      tf.tensor(values, shape),
    ]);
    return Object.fromEntries(entries) as ParameterTensors;
  }

  /** Reads source sentences; none may be empty. */
  read(sentences: readonly Int32Array[], tensors: ParameterTensors): EncodedSources {
    const { values, lengths, time } = sideBySide(sentences);
    return encode(tensors, this.wordVectors('sourceEmbedding', values, time), lengths);
  }

  /** Word vectors [words / time, time, embedding]; zeros for a negative index. */
  wordVectors(table: TableName, words: Int32Array, time: number): tf.Tensor3D {
    const { embedding } = this.config;
    const values = gatherRows(this.parameters[table], embedding, words);
    return tf.tensor3d(values, [words.length / time, time, embedding]);
  }

  #forced(batch: TranslationBatch, tensors: ParameterTensors) {
    const source = this.wordVectors('sourceEmbedding', batch.source, batch.sourceTime);
    return teacherForced(this.config, tensors, encode(tensors, source, batch.sourceLengths), {
      words: this.wordVectors('targetEmbedding', batch.input, batch.targetTime),
      lengths: batch.targetLengths,
    });
  }

  /** Word vectors with dropout, looked up outside the tape, and the way back to their table. */
  #lookUp(table: TableName, words: Int32Array, time: number, dropout: Dropout) {
    const { embedding } = this.config;
    const values = gatherRows(this.parameters[table], embedding, words);
    const mask = dropout.mask(values.length);
    applyMask(values, mask);
    const tableGradient =
      this.#tableGradients.get(table) ?? new Float32Array(this.parameters[table].length);
    this.#tableGradients.set(table, tableGradient);
    return {
      values,
      shape: [words.length / time, time, embedding],
      scatter(gradient: Float32Array) {
        applyMask(gradient, mask);
        // Whole tables, since the momentum of Adam moves rare words long after their gradient.
        return scatterTable(gradient, embedding, words, tableGradient);
      },
    };
  }

  /** The parameters that are not tables, with their shapes. */
  #arrays() {
    const entries = Object.entries(this.#shapes).map(([name, shape]) => [
      name,
      { values: this.parameters[name as ParameterName], shape },
    ]);
    return Object.fromEntries(entries) as Record<
      ParameterName,
      { values: Float32Array; shape: number[] }
    >;
  }
}
