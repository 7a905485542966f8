import type { SeededRandom } from '../../random.js';
import type { WordVectors } from '../../data/readers/text/word-vectors.js';
import { linearBackward, linearForward } from '../../kernels/linear.js';
import {
  lstmBackward,
  lstmForward,
  type LstmDirection,
  type LstmGradients,
  type LstmShape,
  type LstmTape,
} from '../../kernels/lstm.js';
import { applyMask, Dropout } from '../../layers/dropout.js';
import { gatherRows, scatterRows } from '../../layers/embedding.js';
import { initialLstmWeights } from '../../layers/lstm.js';
import type { Gradient } from '../../layers/optimiser.js';
import type { Batch } from './batches.js';
import type { NerModelConfig } from './config.js';
import { vectorKeys, type Lexicon } from './lexicon.js';
import { tagLoss, type LossConfig, type TagPotentials } from './objective.js';
import { squash, squashGradient, tokenFeatureGradients, tokenFeatures } from './operations.js';

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
 * Parameters are named arrays, and the layers run one after the other on the kernels: as tensors the
 * arrays of a step would be copied to the engine and back, a fifth of its time. Embedding tables get
 * gradients of the rows that a batch touches.
 */
export class NerModel {
  readonly parameters: Record<string, Float32Array> = {};
  readonly config: NerModelConfig;
  readonly sizes: VocabularySizes;

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
    const { wordSize, characterSize, characterUnits, units } = this.config;
    const { dropout, contextDropout } = this.config;
    const masks = {
      inputs: dropoutMask(batch, wordSize + 2 * characterUnits, dropout, random),
      context: dropoutMask(batch, 2 * units, contextDropout, random),
    };
    const layers = this.#forward(batch, masks, { keep: true });
    const { transition, start, end } = this.parameters;
    const potentials = {
      unary: layers.unary,
      ...{ transition: transition!, start: start!, end: end! },
    };
    const { loss: value, gradient } = tagLoss(potentials, batch, loss);
    const { words, characters, ...dense } = this.#backward(batch, masks, layers, gradient.unary);
    return {
      // The precision of all else that is computed here.
      loss: Math.fround(value),
      gradients: {
        ...dense,
        ...{ transition: gradient.transition, start: gradient.start, end: gradient.end },
        words: scatterRows(words, wordSize, batch.words),
        characters: scatterRows(characters, characterSize, batch.characters),
      },
    };
  }

  /** The potentials of a batch, without dropout and without gradients. */
  potentials(batch: Batch): TagPotentials<Float32Array> {
    const { transition, start, end } = this.parameters;
    const { unary } = this.#forward(batch, {}, { keep: false });
    return { unary, transition: transition!, start: start!, end: end! };
  }

  /** What each layer gives, and, to `keep`, what the LSTMs need for their gradients. */
  #forward(batch: Batch, masks: Masks, { keep }: { keep: boolean }): Layers {
    const { wordSize, characterSize } = this.config;
    const words = gatherRows(this.parameters['words']!, wordSize, batch.words);
    const characters = gatherRows(this.parameters['characters']!, characterSize, batch.characters);
    const shapes = this.#shapesOf(batch);
    const spelling = lstmForward(shapes.spelling, characters, this.#directions('character'), {
      keep,
    });
    const features = tokenFeatures(words, spelling.y, batch, masks.inputs);
    const sentence = lstmForward(shapes.sentence, features, this.#directions('word'), { keep });
    const context = sentence.y;
    if (masks.context) applyMask(context, masks.context);
    const hidden = squash(linearForward(shapes.hidden, this.#linear('hidden', context)));
    const unary = linearForward(shapes.scores, this.#linear('scores', hidden));
    const tapes = { spelling: spelling.tape, sentence: sentence.tape };
    return { characters, features, context, hidden, unary, tapes };
  }

  /** The gradients of the layers' parameters and of the rows of both tables. */
  #backward(batch: Batch, masks: Masks, layers: Layers, byUnary: Float32Array) {
    const shapes = this.#shapesOf(batch);
    const { hidden, context, features, characters, tapes } = layers;
    const scores = linearBackward(shapes.scores, this.#linear('scores', hidden), byUnary);
    const byHidden = squashGradient(scores.x, hidden);
    const layer = linearBackward(shapes.hidden, this.#linear('hidden', context), byHidden);
    if (masks.context) applyMask(layer.x, masks.context);
    const wordWeights = this.#directions('word');
    const sentence = lstmBackward(shapes.sentence, features, wordWeights, tapes.sentence, layer.x);
    const tokens = tokenFeatureGradients(sentence.x, batch, this.config, masks.inputs);
    const characterWeights = this.#directions('character');
    const spelling = lstmBackward(
      shapes.spelling,
      characters,
      characterWeights,
      tapes.spelling,
      tokens.spelled,
    );
    return {
      ...namedGradients('character', spelling.directions),
      ...namedGradients('word', sentence.directions),
      ...{ 'hidden.weights': layer.weights, 'hidden.bias': layer.bias },
      ...{ 'scores.weights': scores.weights, 'scores.bias': scores.bias },
      words: tokens.words,
      characters: spelling.x,
    };
  }

  #shapesOf({ batch, positions, lengths, spellings, longest, spellingLengths }: Batch) {
    const { wordSize, characterSize, characterUnits, units, hiddenUnits } = this.config;
    const rows = batch * positions;
    const spelling: LstmShape = {
      ...{ batch: spellings, time: longest, lengths: spellingLengths, returns: 'last' },
      ...{ inputs: characterSize, units: characterUnits },
    };
    const sentence: LstmShape = {
      ...{ batch, time: positions, lengths, returns: 'sequence' },
      ...{ inputs: wordSize + 2 * characterUnits, units },
    };
    return {
      ...{ spelling, sentence },
      hidden: { rows, inputs: 2 * units, outputs: hiddenUnits },
      scores: { rows, inputs: hiddenUnits, outputs: this.sizes.tags },
    };
  }

  #directions(name: LstmName): LstmDirection[] {
    return directionNames.map((direction, at) => {
      const weights = (part: string) => this.parameters[`${name}${direction}.${part}`]!;
      return {
        reverse: at === 1,
        ...{ kernel: weights('kernel'), recurrentKernel: weights('recurrentKernel') },
        bias: weights('bias'),
      };
    });
  }

  #linear(name: string, x: Float32Array) {
    const { [`${name}.weights`]: weights, [`${name}.bias`]: bias } = this.parameters;
    return { x, weights: weights!, bias: bias! };
  }

  #add(name: string, shape: number[], draw: () => number): void {
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
    for (const [part, values] of Object.entries(weights)) {
      this.parameters[`${name}.${part}`] = values as Float32Array;
    }
  }
}

interface Layers {
  /** [spellings, longest, characterSize], the rows of the table. */
  characters: Float32Array;
  /** [batch, positions, …], what the word layer reads, what it gives, and the tanh layer. */
  features: Float32Array;
  context: Float32Array;
  hidden: Float32Array;
  /** [batch, positions, tags] */
  unary: Float32Array;
  tapes: { spelling: LstmTape; sentence: LstmTape };
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

type LstmName = 'character' | 'word';
const directionNames = ['Forward', 'Backward'] as const;

/** The gradients of both directions by the names of their parameters. */
function namedGradients(name: LstmName, directions: readonly LstmGradients[]) {
  const gradients: Record<string, Float32Array> = {};
  directionNames.forEach((direction, at) => {
    const { kernel, recurrentKernel, bias } = directions[at]!;
    const own = { kernel, recurrentKernel, bias };
    for (const [part, values] of Object.entries(own))
      gradients[`${name}${direction}.${part}`] = values;
  });
  return gradients;
}
