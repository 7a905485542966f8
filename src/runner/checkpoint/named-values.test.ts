import { expect, it } from 'vitest';
import { z } from 'zod';
import { foldSettings } from '../../experiments/align/choices.js';
import { alignSchema } from '../../experiments/align/config.js';
import { Vocabulary } from '../../data/text/vocabulary.js';
import { Optimiser } from '../../layers/optimiser.js';
import { chunkScores } from '../../metrics/chunk-scores.js';
import { merge, validateConfig, type ConfigValue } from '../config/config.js';
import { namedValues, namedValuesSchema } from './named-values.js';
import { setKey } from '../config/settings.js';
import { expandGrid } from '../sweep/grid.js';

/** Names that every plain object has already, or that change it. */
const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf'];
const json = (value: unknown) => JSON.parse(JSON.stringify(value)) as unknown;

it('values by name hold these names and no others', () => {
  const values = namedValues(names.map((name, n) => [name, n]));
  expect(Object.entries(values)).toEqual(names.map((name, n) => [name, n]));
  for (const name of names) expect(namedValues<number>()[name]).toBeUndefined();
});

it('their schema keeps every name and says which value is wrong', () => {
  const schema = namedValuesSchema(z.object({ n: z.int() }));
  const input = Object.fromEntries(names.map((name, n) => [name, { n }]));
  expect(Object.entries(schema.parse(json(input)))).toEqual(Object.entries(input));
  const [issue] = schema.safeParse(JSON.parse('{"__proto__":{"n":"x"}}')).error!.issues;
  expect(issue!.path).toEqual(['__proto__', 'n']);
  for (const wrong of [[], null, 'x', 3]) expect(schema.safeParse(wrong).success).toBe(false);
});

it('a config with such a key is refused by its name, and gets nothing from it', () => {
  const schema = z.strictObject({ gamma: z.number().optional() });
  for (const name of names) {
    const override = Object.fromEntries([[name, { gamma: 3 }]]) as ConfigValue;
    const merged = merge({}, override) as object;
    expect(Object.getPrototypeOf(merged)).toBe(Object.prototype);
    expect(() => validateConfig(schema, merged, 'x.yaml')).toThrow(`${name}: there is no such key`);
  }
});

it('a grid may have such keys and values', () => {
  for (const name of names) {
    const grid = Object.fromEntries([[name, names]]);
    const exclude = [Object.fromEntries([[name, 'toString']])];
    expect(expandGrid({ grid, exclude, include: [] })).toHaveLength(names.length - 1);
    const set = setKey({}, `${name}.${name}`, 3);
    expect(JSON.stringify(set)).toBe(`{"${name}":{"${name}":3}}`);
  }
});

it('words and tags may be called so', () => {
  const vocabulary = new Vocabulary(['<unk>', ...names]);
  expect(names.map((name) => vocabulary.index(name))).toEqual([1, 2, 3, 4, 5]);
  expect(new Vocabulary(['<unk>']).index('constructor')).toBe(0);
  const tags = names.map((name) => `S-${name}`);
  const { perType } = chunkScores([tags], [tags]);
  expect(Object.entries(perType).map(([type, { f1 }]) => [type, f1])).toEqual(
    names.toSorted().map((name) => [name, 100]),
  );
});

it('parameters of an optimiser may be called so', () => {
  const parameters = Object.fromEntries(names.map((name) => [name, Float32Array.of(1)]));
  const optimiser = new Optimiser(parameters, { kind: 'adam', learningRate: 0.1 });
  const gradients = Object.fromEntries(names.map((name) => [name, Float32Array.of(1)]));
  optimiser.step(gradients);
  for (const name of names) expect(parameters[name]![0]).toBeCloseTo(0.9, 5);
  const { arrays } = optimiser.state();
  expect(Object.keys(arrays)).toHaveLength(2 * names.length);
  const none = new Optimiser({}, { kind: 'sgd', learningRate: 0.1 });
  expect(() => none.step(gradients)).toThrow('a gradient for "__proto__"');
});

it('a piece and a row of the alignment table may be called so', () => {
  const setting = { loss: 'area', omega: 'l2', gamma: 1, lambda: 0, epochs: 1, learningRate: 1 };
  const config = alignSchema.parse({
    name: 'a',
    title: '',
    data: { source: 'bach10' },
    features: { kind: 'chroma', windowSeconds: 1, hopSeconds: 1 },
    model: { output: 'softmax', weights: 'free' },
    frameWise: { lambda: 0, iterations: 1, learningRate: 1 },
    endToEnd: names.map((name) => ({ name, ...setting })),
  });
  const choices = { about: '', config: '', provenance: {}, folds: namedValues<never>() };
  for (const name of names) expect(foldSettings(config, choices, name).chosen).toEqual([]);
});

it('two rows of the alignment table of one name are refused', () => {
  const { endToEnd } = alignSchema.shape;
  const setting = { loss: 'area', omega: 'l2', gamma: 1, lambda: 0, epochs: 1, learningRate: 1 };
  const rows = (...all: string[]) => endToEnd.safeParse(all.map((name) => ({ name, ...setting })));
  expect(rows('a', 'b').success).toBe(true);
  expect(rows('a', 'a').success).toBe(false);
  expect(rows('non-structured (frame-wise)').success).toBe(false);
});
