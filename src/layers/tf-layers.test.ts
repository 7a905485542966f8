import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../../test/path-enumeration.js';
import { tsallis } from '../dp/omega/index.js';
import { Crf } from './crf-layer.js';
import { embedding } from './embedding.js';
import { StructuredAttention } from './structured-attention-layer.js';

beforeAll(() => tf.setBackend('cpu'));
afterAll(() => tf.disposeVariables());

/** Sentences of a language in which tag 1 always follows tag 0, and words say only whether it is 2. */
function corpus(sentences: number, positions: number) {
  const random = seededRandom(23);
  const features: number[][][] = [];
  const tags: number[][] = [];
  for (let item = 0; item < sentences; item++) {
    const row: number[] = [];
    while (row.length < positions) row.push(...(random() < 0.5 ? [2] : [0, 1]));
    const length = item % 3 === 0 ? positions - 1 : positions;
    tags.push(row.slice(0, positions).map((tag, at) => (at < length ? tag : -1)));
    features.push(row.slice(0, positions).map((tag) => (tag === 2 ? [1, 0] : [0, 1])));
  }
  const numbers = tf.tensor2d(tags, [sentences, positions], 'int32');
  return { features: tf.tensor3d(features), tags: tf.oneHot(numbers, 3), rows: tags };
}

describe('Crf', () => {
  it('trains by model.fit, learns what follows what, saves and loads', async () => {
    const { features, tags, rows } = corpus(30, 6);
    const crf = new Crf();
    const dense = tf.layers.dense({ units: 3, inputShape: [6, 2], kernelInitializer: 'zeros' });
    const model = tf.sequential({ layers: [dense, crf] });
    model.compile({ optimizer: tf.train.adam(0.1), loss: crf.loss });
    const { history } = await model.fit(features, tags, { epochs: 30, verbose: 0, shuffle: false });
    expect(history['loss']!.at(-1) as number).toBeLessThan((history['loss']![0] as number) / 10);
    const lengths = rows.map((row) => row.filter((tag) => tag >= 0).length);
    const best = rows.map((row) => row.filter((tag) => tag >= 0));
    // Words of 0 and 1 look the same: only the moves tell them apart.
    expect(crf.decode(model.predict(features), lengths)).toEqual(best);

    let saved: tf.io.ModelArtifacts | undefined;
    await model.save(
      tf.io.withSaveHandler((artifacts) => {
        saved = artifacts;
        const modelArtifactsInfo = { dateSaved: new Date(), modelTopologyType: 'JSON' as const };
        return Promise.resolve({ modelArtifactsInfo });
      }),
    );
    const topology = JSON.parse(JSON.stringify(saved!.modelTopology)) as object;
    const loaded = await tf.loadLayersModel(
      tf.io.fromMemory({ ...saved!, modelTopology: topology }),
    );
    const last = loaded.layers.at(-1) as Crf;
    expect(last).toBeInstanceOf(Crf);
    expect(last.getConfig()).toMatchObject({ omega: 'negentropy', gamma: 1 });
    expect(last.decode(loaded.predict(features), lengths)).toEqual(best);
  });

  it('leaks no tensor in training', async () => {
    const { features, tags } = corpus(6, 4);
    const crf = new Crf({ omega: 'l2' });
    const model = tf.sequential({
      layers: [tf.layers.dense({ units: 3, inputShape: [4, 2] }), crf],
    });
    model.compile({ optimizer: tf.train.sgd(0.1), loss: crf.loss });
    await model.fit(features, tags, { epochs: 2, verbose: 0 });
    const before = tf.memory().numTensors;
    await model.fit(features, tags, { epochs: 20, verbose: 0 });
    expect(tf.memory().numTensors).toBe(before);
  });

  it('says what is wrong with tags, shapes and Ω', () => {
    const crf = new Crf();
    expect(() => crf.build([null, 4])).toThrow(/input shape \[any, 4\]/);
    expect(() => crf.decode(tf.zeros([1, 2, 3]))).toThrow(/no weights yet/);
    crf.build([null, 3, 2]);
    const scores = tf.zeros([2, 3, 2]);
    const whole = tf.tensor3d(
      [
        [
          [0, 1],
          [2, 1],
          [1, 1],
        ],
      ],
      undefined,
      'int32',
    );
    expect(crf.decode(whole)).toEqual([[1, 0, 0]]);
    expect(() => crf.loss(tf.zeros([2, 2]), scores)).toThrow(
      'tags has shape [2, 2]: it must be [2, 3, 2] or [2, 3] or [2, 3, 1]',
    );
    // As many in another order.
    expect(() => crf.loss(tf.zeros([3, 2]), scores)).toThrow('tags has shape [3, 2]');
    expect(() => crf.loss(tf.zeros([6]), scores)).toThrow('tags has shape [6]');
    expect(() => crf.loss(tf.zeros([3, 2, 2]), scores)).toThrow('tags has shape [3, 2, 2]');
    expect(() => crf.loss([[0, 0, 0]] as never, scores)).toThrow('it must be a tensor');
    for (const wrong of [tf.zeros([2, 3]), tf.zeros([1, 2, 4])]) {
      expect(() => crf.decode(wrong)).toThrow('it must be [batch, positions, 2]');
      expect(() => crf.loss(tf.zeros([2, 3]), wrong)).toThrow('scores has shape');
    }
    expect(() => crf.decode([[[0, 0]]] as never)).toThrow('scores is [[0,0]]: it must be a tensor');
    expect(() =>
      crf.loss(
        tf.tensor2d([
          [0, -1, 1],
          [0, 0, 0],
        ]),
        scores,
      ),
    ).toThrow(/tags\[0\]\[2\] is 1 behind the item's end/);
    expect(() =>
      crf.loss(
        tf.tensor2d([
          [0, 0, 0],
          [-1, -1, -1],
        ]),
        scores,
      ),
    ).toThrow(/tags\[1\] has no tag/);
    expect(() => new Crf({ omega: 'l1' as 'l2' })).toThrow(/omega is/);
    expect(() => new Crf({ omega: tsallis(1.7) as never })).toThrow(
      'omega is an object, which is not saved with a model: it must be',
    );
    expect(() => new Crf(null as never)).toThrow('Crf takes an object of options: it got null');
    expect(() => new Crf({ gama: 3 } as never)).toThrow(
      "Crf has no option 'gama': did you mean 'gamma'?",
    );
    const keys = {
      name: 'tags',
      trainable: false,
      dtype: 'float32',
      batchInputShape: [null, 3, 2],
    };
    expect(new Crf(keys as never).getConfig()).toMatchObject(keys);
  });

  it('says which tag is no integer, and which vector is not one-hot', () => {
    const crf = new Crf();
    crf.build([null, 2, 2]);
    const loss = (tags: tf.Tensor) => () => crf.loss(tags, tf.zeros([1, 2, 2]));
    expect(loss(tf.tensor2d([[1, NaN]]))).toThrow('tags[0][1] is NaN: states are numbered 0 to 1');
    expect(loss(tf.tensor2d([[0.5, 1.25]]))).toThrow('tags[0][0] is 0.5');
    expect(loss(tf.tensor2d([[1, 2]]))).toThrow('tags[0][1] is 2');
    expect(loss(tf.tensor3d([0, 1, NaN, NaN], [1, 2, 2]))).toThrow(
      "tags[0][1] is [NaN, NaN]: it must be one-hot, or all zeros past the item's end",
    );
    expect(loss(tf.tensor3d([0.5, 0.5, 0, 1], [1, 2, 2]))).toThrow('tags[0][0] is [0.5, 0.5]');
    for (const wrong of [
      [0.6, 0.6],
      [1, 1],
      [0, 5],
      [0.9, 0.1],
      [-1, 1],
    ]) {
      expect(loss(tf.tensor3d([0, 1, ...wrong], [1, 2, 2]))).toThrow('tags[0][1] is [');
    }
    for (const type of ['float32', 'int32', 'bool'] as const) {
      const tags = tf.tensor3d([0, 1, 0, 0], [1, 2, 2], type);
      expect(loss(tags)().dataSync()[0]).toBeCloseTo(Math.LN2, 5);
    }
    for (const shape of [
      [1, 2],
      [1, 2, 1],
    ]) {
      expect(loss(tf.tensor([1, -1], shape, 'int32'))().dataSync()[0]).toBeCloseTo(Math.LN2, 5);
    }
  });
});

describe('StructuredAttention', () => {
  it('says what is wrong with its configuration', () => {
    expect(() => new StructuredAttention({ kind: 'crf' as 'softmax' })).toThrow(
      `kind is "crf": it must be 'softmax', 'crf-negentropy', 'crf-l2' or 'crf-entmax15'`,
    );
    expect(() => new StructuredAttention({ gamma: NaN })).toThrow('gamma is NaN');
    expect(() => new StructuredAttention({ seed: 'a' as never })).toThrow('seed is "a"');
    expect(() => new StructuredAttention(null as never)).toThrow('it got null');
    expect(() => new StructuredAttention({ kinds: 'crf-l2' } as never)).toThrow(
      "StructuredAttention has no option 'kinds': did you mean 'kind'?",
    );
    const one = tf.ones([1, 2, 3]);
    for (const inputs of [one, [one], [one, one, one]]) {
      expect(() => new StructuredAttention().apply(inputs)).toThrow('takes two inputs');
    }
  });

  it.each(['softmax', 'crf-negentropy', 'crf-l2'] as const)(
    'learns by model.fit to look where a mark is: %s',
    async (kind) => {
      // Each item has one position with a mark, and a value there that is wanted.
      const random = seededRandom(5);
      const states: number[][][] = [];
      const wanted: number[][][] = [];
      for (let item = 0; item < 40; item++) {
        const place = Math.floor(random() * 5);
        const values = Array.from({ length: 5 }, () => random() * 2 - 1);
        states.push(values.map((value, at) => [at === place ? 1 : 0, value]));
        wanted.push([[1, values[place]!]]);
      }
      const queries = tf.input({ shape: [1, 1] });
      const memory = tf.input({ shape: [5, 2] });
      const layer = new StructuredAttention({ kind });
      const output = layer.apply([queries, memory]) as tf.SymbolicTensor;
      expect(output.shape).toEqual([null, 1, 2]);
      const model = tf.model({ inputs: [queries, memory], outputs: output });
      model.compile({ optimizer: tf.train.adam(0.2), loss: 'meanSquaredError' });
      const x = [tf.ones([40, 1, 1]), tf.tensor3d(states)];
      const { history } = await model.fit(x, tf.tensor3d(wanted), { epochs: 40, verbose: 0 });
      const losses = history['loss'] as number[];
      expect(losses.at(-1)).toBeLessThan(losses[0]! / 4);
      const gamma = { softmax: 1, 'crf-negentropy': 1, 'crf-l2': 4 }[kind];
      expect(layer.getConfig()).toMatchObject({ kind, gamma });
    },
  );

  it.each(['crf-negentropy', 'crf-l2', 'crf-entmax15'] as const)(
    'learns from its default weights which of many positions count, where marks are noisy: %s',
    async (kind) => {
      const random = seededRandom(31);
      const [count, positions] = [100, 12];
      const states: number[][][] = [];
      const sums: number[] = [];
      for (let item = 0; item < count; item++) {
        const begin = Math.floor(random() * 6);
        const end = begin + 3 + Math.floor(random() * 3);
        const values = Array.from({ length: positions }, () => random() * 2 - 1);
        const mark = (at: number) => (at >= begin && at < end ? 1 : -1) + 2 * random() - 1;
        states.push(values.map((value, at) => [mark(at), value]));
        sums.push(values.slice(begin, end).reduce((a, b) => a + b, 0));
      }
      for (const seed of [1, 2]) {
        const queries = tf.input({ shape: [1, 1] });
        const memory = tf.input({ shape: [positions, 2] });
        const context = new StructuredAttention({ kind, seed }).apply([queries, memory]);
        const flat = tf.layers.flatten().apply(context) as tf.SymbolicTensor;
        const sum = tf.layers.dense({ units: 1, kernelInitializer: 'ones' }).apply(flat);
        const model = tf.model({ inputs: [queries, memory], outputs: sum as tf.SymbolicTensor });
        model.compile({ optimizer: tf.train.adam(0.2), loss: 'meanSquaredError' });
        const x = [tf.ones([count, 1, 1]), tf.tensor3d(states)];
        const y = tf.tensor2d(sums, [count, 1]);
        const fit = { epochs: 15, batchSize: 25, shuffle: false, verbose: 0 } as const;
        const { history } = await model.fit(x, y, fit);
        // A chain that attends to nothing is left with the variance.
        const variance = tf.moments(y).variance.dataSync()[0]!;
        expect(history['loss']!.at(-1) as number).toBeLessThan(variance / 2);
      }
    },
  );
});

describe('embedding', () => {
  it('gathers rows, and adds their gradients up where a row is taken twice', () => {
    const table = tf.tensor2d([1, 2, 3, 4, 5, 6], [3, 2]);
    const indices = tf.tensor2d([2, 0, 2, -1], [2, 2], 'int32');
    expect(embedding(table, indices).arraySync()).toEqual([
      [
        [5, 6],
        [1, 2],
      ],
      [
        [5, 6],
        [0, 0],
      ],
    ]);
    const weights = tf.tensor3d([1, 10, 2, 20, 4, 40, 8, 80], [2, 2, 2]);
    const slope = tf.grad((t) =>
      embedding(t as tf.Tensor2D, indices)
        .mul(weights)
        .sum(),
    )(table);
    expect(slope.arraySync()).toEqual([
      [2, 20],
      [0, 0],
      [5, 50],
    ]);
    for (const wrong of [
      [0, [3]],
      [0, 0.5],
      [0, NaN],
      [0, undefined],
      [0, '1'],
    ]) {
      expect(() => embedding(table, wrong as number[])).toThrow(TypeError);
      expect(() => embedding(table, wrong as number[])).toThrow(
        /indices\[1\] is .*: it must be the number of a row, or negative for zeros/,
      );
    }
    expect(() => embedding(table, tf.tensor1d([1.5]))).toThrow('indices[0] is 1.5');
    expect(() => embedding(table, 3 as never)).toThrow(
      'indices is 3: it must be a tensor or a list',
    );
    expect(() => embedding(table, [3])).toThrow(/indices\[0\] is 3: the table has 3 rows/);
  });
});
