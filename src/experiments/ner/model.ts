import * as tf from '@tensorflow/tfjs';
import type { SeededRandom } from '../../random.js';
import type { WordVectors } from '../../data/readers/word-vectors.js';
import { Dropout } from '../../layers/dropout.js';
import { gatherRows, scatterRows } from '../../layers/embedding.js';
import { linear } from '../../layers/linear.js';
import { bidirectionalLstm, initialLstmWeights, type LstmWeights } from '../../layers/lstm.js';
import type { Gradient } from '../../layers/optimiser.js';
import { lossAndGradients, type ShapedArray } from '../../layers/tape.js';
import type { Batch } from './batches.js';
import type { NerModelConfig } from './config.js';
import { vectorKeys, type Lexicon } from './lexicon.js';
import { chainLoss, masked, squash, tokenFeatures } from './operations.js';
import type { LossConfig, TagPotentials } from './objective.js';

type Tensors = Record<string, tf.Tensor>;

/** The sizes of a model's vocabularies. */
export interface VocabularySizes {
  words: number;
  characters: number;
  tags: number;
}

/**
 * The tagger of Lample et al. 2016: the characters of a word through a bidirectional LSTM, its last
 * states beside the word's embedding, dropout, a bidirectional LSTM over words, a tanh layer, and
 * the potentials of a chain: unary scores, and a transition matrix with start and end scores.
 *
 * Parameters are named arrays; embedding tables are gathered outside the tape and get gradients of
 * the rows a batch touches.
 */
export class NerModel {
  readonly parameters: Record<string, Float32Array> = {};
  readonly config: NerModelConfig;
  readonly sizes: VocabularySizes;
  readonly #shapes: Record<string, number[]> = {};

  /** A model with random parameters. */
  constructor(config: NerModelConfig, sizes: VocabularySizes, random: SeededRandom) {
    this.config = config;
    this.sizes = sizes;
    const { wordSize, characterSize, characterUnits, units, hiddenUnits } = config;
    this.#add('words', [sizes.words, wordSize], uniform(random, Math.sqrt(3 / wordSize)));
    this.#add(
      'characters',
      [sizes.characters, characterSize],
      uniform(random, Math.sqrt(3 / characterSize)),
    );
    this.#addLstm('characterForward', characterSize, characterUnits, random);
    this.#addLstm('characterBackward', characterSize, characterUnits, random);
    const inputs = wordSize + 2 * characterUnits;
    this.#addLstm('wordForward', inputs, units, random);
    this.#addLstm('wordBackward', inputs, units, random);
    this.#addLinear('hidden', 2 * units, hiddenUnits, random);
    this.#addLinear('scores', hiddenUnits, sizes.tags, random);
    this.#add('transition', [sizes.tags, sizes.tags], uniform(random, 0.1));
    this.#add('start', [sizes.tags], uniform(random, 0.1));
    this.#add('end', [sizes.tags], uniform(random, 0.1));
  }

  /** Puts pretrained vectors into the word embeddings. Returns how many words have one. */
  usePretrained(lexicon: Lexicon, { dimension, vectors }: WordVectors): number {
    if (dimension !== this.config.wordSize) {
      throw new RangeError(
        `vectors of ${dimension}: the model's words have ${this.config.wordSize}`,
      );
    }
    let found = 0;
    lexicon.words.entries.forEach((word, row) => {
      const key = vectorKeys(word, this.config).find((candidate) => vectors.has(candidate));
      if (key === undefined) return;
      this.parameters['words']!.set(vectors.get(key)!, row * dimension);
      found++;
    });
    return found;
  }

  /**
   * Replaces all parameters.
   * @throws RangeError when they are of another model
   */
  setParameters(arrays: Readonly<Record<string, ArrayLike<number>>>): void {
    for (const [name, own] of Object.entries(this.parameters)) {
      const array = arrays[name];
      if (array?.length !== own.length) {
        throw new RangeError(
          `the saved ${name} has ${array?.length ?? 'no'} numbers: this model has ${own.length}`,
        );
      }
    }
    for (const [name, own] of Object.entries(this.parameters)) own.set(arrays[name]!);
  }

  /**
   * The loss summed over a batch, and the gradients of all parameters; dropout draws from `random`.
   */
  lossAndGradients(
    batch: Batch,
    loss: LossConfig,
    random: SeededRandom,
  ): { loss: number; gradients: Record<string, Gradient> } {
    const { wordSize, characterSize } = this.config;
    const { gradients, ...result } = lossAndGradients(this.#inputs(batch), (tensors) => {
      const { dropout, contextDropout, characterUnits, units } = this.config;
      const masks = {
        inputs: dropoutMask(batch, wordSize + 2 * characterUnits, dropout, random),
        context: dropoutMask(batch, 2 * units, contextDropout, random),
      };
      const { unary, ...chain } = this.#potentials(tensors, batch, masks);
      return chainLoss(unary, chain, batch, loss);
    });
    const { words, characters, ...dense } = gradients;
    return {
      ...result,
      gradients: {
        ...dense,
        words: scatterRows(words!, wordSize, batch.words),
        characters: scatterRows(characters!, characterSize, batch.characters),
      },
    };
  }

  /** The potentials of a batch, without dropout and without gradients. */
  potentials(batch: Batch): TagPotentials<Float32Array> {
    const unary = tf.tidy(() => {
      const tensors = Object.fromEntries(
        Object.entries(this.#inputs(batch)).map(([name, { values, shape }]) => [
          name,
          tf.tensor(values, shape),
        ]),
      );
      return this.#potentials(tensors, batch).unary;
    });
    const { transition, start, end } = this.parameters;
    const values = unary.dataSync<'float32'>();
    unary.dispose();
    return { unary: values, transition: transition!, start: start!, end: end! };
  }

  /** What a batch is computed from: rows of the tables, and the other parameters whole. */
  #inputs({ batch, positions, words, spellings, longest, characters }: Batch) {
    const { wordSize, characterSize } = this.config;
    const inputs: Record<string, ShapedArray> = {};
    for (const [name, values] of Object.entries(this.parameters)) {
      inputs[name] = { values, shape: this.#shapes[name]! };
    }
    inputs['words'] = {
      values: gatherRows(this.parameters['words']!, wordSize, words),
      shape: [batch, positions, wordSize],
    };
    inputs['characters'] = {
      values: gatherRows(this.parameters['characters']!, characterSize, characters),
      shape: [spellings, longest, characterSize],
    };
    return inputs;
  }

  #potentials(tensors: Tensors, batch: Batch, masks: Masks = {}) {
    const spelled = bidirectionalLstm(
      tensors['characters'] as tf.Tensor3D,
      lstmWeights(tensors, 'characterForward'),
      lstmWeights(tensors, 'characterBackward'),
      { lengths: batch.spellingLengths, returns: 'last' },
    ) as tf.Tensor2D;
    const features = tokenFeatures(tensors['words'] as tf.Tensor3D, spelled, batch, masks.inputs);
    const context = bidirectionalLstm(
      features,
      lstmWeights(tensors, 'wordForward'),
      lstmWeights(tensors, 'wordBackward'),
      { lengths: batch.lengths },
    );
    const hidden = squash(linearLayer(tensors, 'hidden', masked(context, masks.context)));
    const unary = linearLayer(tensors, 'scores', hidden) as tf.Tensor3D;
    const { transition, start, end } = tensors;
    return {
      unary,
      transition: transition as tf.Tensor2D,
      start: start as tf.Tensor1D,
      end: end as tf.Tensor1D,
    };
  }

  #add(name: string, shape: number[], draw: () => number): void {
    this.#shapes[name] = shape;
    const size = shape.reduce((product, side) => product * side, 1);
    this.parameters[name] = Float32Array.from({ length: size }, draw);
  }

  #addLinear(name: string, inputs: number, outputs: number, random: SeededRandom): void {
    const range = Math.sqrt(6 / (inputs + outputs));
    this.#add(`${name}.weights`, [inputs, outputs], uniform(random, range));
    this.#add(`${name}.bias`, [outputs], () => 0);
  }

  #addLstm(name: string, inputs: number, units: number, random: SeededRandom): void {
    const weights = initialLstmWeights(inputs, units, () => random.uniform());
    this.#shapes[`${name}.kernel`] = [inputs, 4 * units];
    this.#shapes[`${name}.recurrentKernel`] = [units, 4 * units];
    this.#shapes[`${name}.bias`] = [4 * units];
    for (const [part, values] of Object.entries(weights)) {
      this.parameters[`${name}.${part}`] = values as Float32Array;
    }
  }
}

/** What training multiplies by: 1/(1 − rate) for what is kept, 0 for what is dropped. */
interface Masks {
  inputs?: Float32Array | undefined;
  context?: Float32Array | undefined;
}

/** A mask of [batch, positions, size]; undefined, and no number drawn, at a rate of 0. */
function dropoutMask(
  { batch, positions }: Batch,
  size: number,
  rate: number,
  random: SeededRandom,
): Float32Array | undefined {
  return rate === 0 ? undefined : new Dropout(rate, random).mask(batch * positions * size);
}

const uniform = (random: SeededRandom, range: number) => () => random.between(-range, range);

function lstmWeights(tensors: Tensors, name: string): LstmWeights {
  return {
    kernel: tensors[`${name}.kernel`] as tf.Tensor2D,
    recurrentKernel: tensors[`${name}.recurrentKernel`] as tf.Tensor2D,
    bias: tensors[`${name}.bias`] as tf.Tensor1D,
  };
}

function linearLayer(tensors: Tensors, name: string, x: tf.Tensor): tf.Tensor {
  return linear(
    x,
    tensors[`${name}.weights`] as tf.Tensor2D,
    tensors[`${name}.bias`] as tf.Tensor1D,
  );
}
