import { initialLstmWeights } from '../../layers/index.js';
import { SeededRandom } from '../../random.js';
import type { ModelConfig } from './config.js';

export interface VocabularySizes {
  source: number;
  target: number;
}

/** Every parameter's shape, by name; `/` parts a layer from its arrays. */
export function parameterShapes(config: ModelConfig, sizes: VocabularySizes) {
  const { embedding, encoder, decoder } = config;
  const states = 2 * encoder;
  const lstm = (inputs: number, units: number) => ({
    kernel: [inputs, 4 * units],
    recurrentKernel: [units, 4 * units],
    bias: [4 * units],
  });
  return {
    ...named('forward', lstm(embedding, encoder)),
    ...named('backward', lstm(embedding, encoder)),
    'initial/kernel': [states, 2 * decoder],
    'initial/bias': [2 * decoder],
    ...named('decoder', lstm(decoderInputs(config), decoder)),
    'attention/kernel': [decoder, states],
    'attention/transition': [2, 2],
    'readout/kernel': [decoder + states, decoder],
    'readout/bias': [decoder],
    'output/kernel': [decoder, sizes.target],
    'output/bias': [sizes.target],
  } as Record<ParameterName, number[]>;
}

/** How many numbers every parameter has, the tables of word vectors included. */
export function parameterLengths(
  config: ModelConfig,
  sizes: VocabularySizes,
): Record<ParameterName | TableName, number> {
  const shapes = {
    ...parameterShapes(config, sizes),
    sourceEmbedding: [sizes.source, config.embedding],
    targetEmbedding: [sizes.target, config.embedding],
  };
  return Object.fromEntries(
    Object.entries(shapes).map(([name, shape]) => [name, shape.reduce((a, b) => a * b, 1)]),
  ) as Record<ParameterName | TableName, number>;
}

type LstmPart = 'kernel' | 'recurrentKernel' | 'bias';
type Lstm = 'forward' | 'backward' | 'decoder';

/** The parameters that a training step sees whole. */
export type ParameterName =
  | `${Lstm}/${LstmPart}`
  | `${'initial' | 'readout' | 'output'}/${'kernel' | 'bias'}`
  | 'attention/kernel'
  | 'attention/transition';

/** The tables of word vectors, of which a step sees some rows. */
export type TableName = 'sourceEmbedding' | 'targetEmbedding';

export type ModelParameters = Record<ParameterName | TableName, Float32Array>;

/** Parameters to begin with, the same from the same seed. */
export function initialParameters(
  config: ModelConfig,
  sizes: VocabularySizes,
  seed: number,
): ModelParameters {
  const random = new SeededRandom(seed);
  const { embedding, encoder, decoder } = config;
  const shapes = parameterShapes(config, sizes);
  const parameters = Object.fromEntries(
    Object.entries(shapes).map(([name, shape]) => [name, initialArray(shape, random)]),
  ) as ModelParameters;
  const lstm = (name: Lstm, inputs: number, units: number) => {
    const weights = initialLstmWeights(inputs, units, () => random.uniform());
    for (const part of ['kernel', 'recurrentKernel', 'bias'] as const) {
      parameters[`${name}/${part}`] = weights[part];
    }
  };
  lstm('forward', embedding, encoder);
  lstm('backward', embedding, encoder);
  lstm('decoder', decoderInputs(config), decoder);
  parameters['attention/transition'].fill(0);
  for (const side of ['source', 'target'] as const) {
    const table = new Float32Array(sizes[side] * embedding);
    // Of unit variance: with smaller vectors the encoder says little and attention learns late.
    parameters[`${side}Embedding`] = table.map(() => random.normal());
  }
  return parameters;
}

/** What the decoder reads at a word: its vector, and with input feeding the readout before it. */
const decoderInputs = ({ embedding, decoder, inputFeeding }: ModelConfig) =>
  embedding + (inputFeeding ? decoder : 0);

/** Uniform by Glorot & Bengio 2010 for a matrix, zeros for a bias. */
function initialArray(shape: readonly number[], random: SeededRandom): Float32Array {
  const array = new Float32Array(shape.reduce((a, b) => a * b, 1));
  if (shape.length < 2) return array;
  const bound = Math.sqrt(6 / (shape[0]! + shape[1]!));
  return array.map(() => random.between(-bound, bound));
}

function named(layer: string, arrays: Record<string, number[]>): Record<string, number[]> {
  return Object.fromEntries(
    Object.entries(arrays).map(([part, shape]) => [`${layer}/${part}`, shape]),
  );
}
