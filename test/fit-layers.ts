import type * as TensorFlow from '@tensorflow/tfjs';
import type * as Layers from '../src/layers/index.js';

/** What came of training one of the layers. */
export interface Fitted {
  name: string;
  first: number;
  last: number;
  /** How many tensors there are more after `steps` steps than after the first ones. */
  leaked: number;
}

/**
 * Trains a model with each of the tf.layers classes by `model.fit`. Runs in Node and in a page, and so uses
 * only what it is given.
 */
export async function fitLayers(
  tf: typeof TensorFlow,
  { Crf, StructuredAttention }: Pick<typeof Layers, 'Crf' | 'StructuredAttention'>,
  steps: number,
): Promise<Fitted[]> {
  const [items, positions] = [8, 4];
  const found: Fitted[] = [];
  async function train(
    name: string,
    model: TensorFlow.LayersModel,
    x: TensorFlow.Tensor[],
    y: TensorFlow.Tensor,
  ) {
    const fit = async (epochs: number) => {
      const options = { epochs, batchSize: items, shuffle: false, verbose: 0 } as const;
      const { history } = await model.fit(x.length === 1 ? x[0]! : x, y, options);
      return history['loss'] as number[];
    };
    const [first] = await fit(2);
    const before = tf.memory().numTensors;
    const losses = await fit(steps);
    const leaked = tf.memory().numTensors - before;
    found.push({ name, first: first!, last: losses.at(-1)!, leaked });
  }

  // Tags whose words tell them but for one, which follows tag 0 always.
  const tags = Array.from({ length: items }, (_, item) =>
    Array.from({ length: positions }, (_, at) => (item + at) % 3),
  );
  const words = tags.map((row) => row.map((tag) => [Number(tag === 0), Number(tag > 0)]));
  const crf = new Crf();
  const dense = tf.layers.dense({
    units: 3,
    inputShape: [positions, 2],
    kernelInitializer: 'zeros',
  });
  const tagger = tf.sequential({ layers: [dense, crf] });
  tagger.compile({ optimizer: tf.train.adam(0.1), loss: crf.loss });
  await train(
    'Crf',
    tagger,
    [tf.tensor3d(words)],
    tf.oneHot(tf.tensor2d(tags, [items, positions], 'int32'), 3),
  );

  // Which position has a mark, and the value that stands there.
  const states = tags.map((row, item) =>
    row.map((_, at) => [Number(at === item % positions), Math.sin(7 * item + at)]),
  );
  const wanted = states.map((row, item) => [row[item % positions]!]);
  const [query, memory] = [tf.input({ shape: [1, 1] }), tf.input({ shape: [positions, 2] })];
  const context = new StructuredAttention({ seed: 1 }).apply([query, memory]);
  const reader = tf.model({
    inputs: [query, memory],
    outputs: context as TensorFlow.SymbolicTensor,
  });
  reader.compile({ optimizer: tf.train.adam(0.1), loss: 'meanSquaredError' });
  await train(
    'StructuredAttention',
    reader,
    [tf.ones([items, 1, 1]), tf.tensor3d(states)],
    tf.tensor3d(wanted),
  );
  return found;
}
