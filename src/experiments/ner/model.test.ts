import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { SeededRandom } from '../../random.js';
import { syntheticCorpus } from '../../data/synthetic/sentences.js';
import { startBackend } from '../../engine/index.js';
import { Optimiser } from '../../layers/optimiser.js';
import { makeBatch } from './batches.js';
import { nerSchema } from './config.js';
import { Lexicon } from './lexicon.js';
import type { LossConfig } from './objective.js';
import { predictTags, sparsityOf } from './prediction.js';
import { newModel } from './new-model.js';
import { convertTags } from '../../data/readers/text/tag-scheme.js';
import { tag } from './tag-command.js';
import { tagSentences, wordsOfText } from './tagging.js';
import { halvings, hideWords } from './training.js';

const corpus = syntheticCorpus({ train: 12, development: 1, test: 1, seed: 3 });
const config = nerSchema.parse({
  ...{ name: 'test', title: 'test', language: 'synthetic', training: { epochs: 1 } },
  data: { source: 'synthetic', train: 12, development: 1, test: 1 },
  model: {
    ...{ wordSize: 6, characterSize: 4, characterUnits: 3, units: 5, hiddenUnits: 4 },
    ...{ dropout: 0, singletonsUnknown: 0 },
  },
});
const lexicon = Lexicon.ofCorpus(corpus, undefined, config.model);
const batch = makeBatch(corpus.train.slice(0, 4).map((one) => lexicon.encode(one.words, one.tags)));

describe.each(['wasm', 'cpu'] as const)('the tagger on %s', (backend) => {
  beforeAll(async () => {
    expect((await startBackend(backend)).available).toBe(true);
  });

  it.each([
    ['convex', {}],
    ['cost', {}],
    ['convex', { dropout: 0.3, contextDropout: 0.4 }],
  ] as const)(
    'has the gradient of finite differences along the gradient: %s, %o',
    (loss, dropped) => {
      const objective: LossConfig = { omega: 'negentropy', gamma: 1, loss, marginals: 'tags' };
      const model = newModel(
        { ...config, model: { ...config.model, ...dropped } },
        lexicon,
        config.model.wordSize,
      );
      // The same seed each time, so that the same numbers are dropped.
      const evaluated = () => model.lossAndGradients(batch, objective, new SeededRandom(0));
      const lossOf = () => evaluated().loss;
      const { gradients } = evaluated();
      expect(Object.keys(gradients).sort()).toEqual(Object.keys(model.parameters).sort());
      for (const [name, gradient] of Object.entries(gradients)) {
        const parameter = model.parameters[name]!;
        const dense =
          gradient instanceof Float32Array ? gradient : new Float32Array(parameter.length);
        if (!(gradient instanceof Float32Array)) {
          const width = gradient.values.length / gradient.rows.length;
          gradient.rows.forEach((row, at) => {
            dense.set(gradient.values.subarray(at * width, (at + 1) * width), row * width);
          });
        }
        const norm = Math.hypot(...dense);
        const before = parameter.slice();
        const moved = (by: number) => {
          parameter.set(before.map((value, at) => value + (by * dense[at]!) / norm));
          return lossOf();
        };
        const step = 2e-2;
        const slope = (moved(step) - moved(-step)) / (2 * step);
        parameter.set(before);
        expect(Math.abs(slope - norm) / Math.max(1, norm), `${loss}, ${name}`).toBeLessThan(5e-3);
      }
    },
  );

  it('learns a batch by heart with every loss, and then tags it rightly', () => {
    for (const [omega, loss] of [
      ['negentropy', 'convex'],
      ['l2', 'convex'],
      ['hard', 'convex'],
      // Not l2's cost: its gradient is 0 where the walk is certain and wrong, so a token may stay so.
      ['negentropy', 'cost'],
    ] as const) {
      const model = newModel(config, lexicon, config.model.wordSize);
      const optimiser = new Optimiser(model.parameters, { kind: 'adam', learningRate: 0.03 });
      const objective: LossConfig = { omega, gamma: 1, loss, marginals: 'tags' };
      const random = new SeededRandom(1);
      for (let step = 0; step < 120; step++) {
        optimiser.step(model.lossAndGradients(batch, objective, random).gradients);
      }
      const own = corpus.train.slice(0, 4);
      const prediction = { omega, gamma: 1, decode: 'viterbi' } as const;
      const expected = own.map(({ tags }) => tags);
      expect(predictTags(model, lexicon, own, prediction), `${omega}, ${loss}`).toEqual(expected);
      const byMarginals = { ...prediction, decode: 'marginals' } as const;
      expect(predictTags(model, lexicon, own, byMarginals)).toEqual(expected);
      const { zeros, singlePaths } = sparsityOf(model, lexicon, own, prediction);
      if (omega === 'l2')
        expect({ sparse: zeros > 0.5, singlePaths }).toEqual({ sparse: true, singlePaths: 1 });
      if (omega === 'negentropy') expect(singlePaths).toBe(0);
    }
  });
});

describe('ranked taggings', () => {
  it('are sorted, sum to at most 1, and with l2 are often all there are', async () => {
    await startBackend('cpu');
    const model = newModel(config, lexicon, config.model.wordSize);
    // Scores far enough apart for a small support, near enough for more than one path.
    model.parameters['scores.weights']!.forEach((value, at, all) => {
      all[at] = value * 6;
    });
    const sentences = corpus.train.slice(0, 3).map(({ words }) => words.slice(0, 3));
    const all = lexicon.tags.size ** 3;
    for (const omega of ['negentropy', 'l2'] as const) {
      const tagger = { config: { ...config, omega }, lexicon, model };
      for (const { best, wholeSupport, marginals } of tagSentences(tagger, sentences, all)) {
        const probabilities = best.map(({ probability }) => probability);
        expect(probabilities).toEqual(probabilities.toSorted((a, b) => b - a));
        expect(probabilities.reduce((sum, one) => sum + one, 0)).toBeCloseTo(1, 4);
        expect(wholeSupport).toBe(true);
        if (omega === 'l2') expect(best.length).toBeLessThan(all / 4);
        marginals.forEach((row, position) => {
          // Merged taggings agree in the types of their tags, not in all letters.
          const typeOf = (tag: string) => tag.slice(2);
          for (const type of new Set(lexicon.tags.entries.map(typeOf))) {
            const probability = row.reduce(
              (sum, one, tag) => sum + (typeOf(lexicon.tags.entries[tag]!) === type ? one : 0),
              0,
            );
            const sum = best
              .filter(({ tags }) => typeOf(tags[position]!) === type)
              .reduce((total, one) => total + one.probability, 0);
            expect(probability).toBeCloseTo(sum, 4);
          }
        });
        const shown = best.map(({ tags }) => convertTags(tags, 'IOB2').join(' '));
        expect(new Set(shown).size).toBe(shown.length);
      }
      const [first] = tagSentences(tagger, sentences, 1);
      expect(first!.best).toHaveLength(1);
      if (omega === 'negentropy') expect(first!.wholeSupport).toBe(false);
    }
  });

  it('have probabilities that depend on neither k nor the other sentences', async () => {
    await startBackend('cpu');
    // Untrained, so that many paths mark the same chunks.
    const tagger = { config, lexicon, model: newModel(config, lexicon, config.model.wordSize) };
    const [words] = corpus.train.map((one) => one.words.slice(0, 4));
    const bestOf = (sentences: string[][], k: number) =>
      tagSentences(tagger, sentences, k)[0]!.best.map(({ tags, probability }) => [
        tags.join(' '),
        probability.toPrecision(4),
      ]);
    const five = bestOf([words!], 5);
    expect(five).toHaveLength(5);
    expect(bestOf([words!], 3)).toEqual(five.slice(0, 3));
    expect(bestOf([words!, ['Ada'], ['The', 'end']], 5)).toEqual(five);
  });

  it('of hard there are none, and an empty sentence has no tags', async () => {
    await startBackend('cpu');
    const model = newModel(config, lexicon, config.model.wordSize);
    const tagger = { config: { ...config, omega: 'hard' as const }, lexicon, model };
    const [empty, one] = tagSentences(tagger, [[], ['Ada']], 3);
    expect(empty).toMatchObject({ tags: [], best: [] });
    expect(one).toMatchObject({ best: [] });
    expect(one!.tags).toHaveLength(1);
  });
});

describe('tags of sentences', () => {
  it('are predicted as the config decodes', async () => {
    await startBackend('cpu');
    const model = newModel(config, lexicon, config.model.wordSize);
    const sentences = corpus.train.slice(0, 12);
    const byDecoding = (['viterbi', 'marginals'] as const).map((decode) => {
      const own = { ...config, decode };
      const tagged = tagSentences(
        { config: own, lexicon, model },
        sentences.map(({ words }) => words),
        1,
      ).map(({ tags }) => tags);
      expect(tagged).toEqual(predictTags(model, lexicon, sentences, own));
      return tagged;
    });
    // Otherwise this would compare nothing.
    expect(byDecoding[0]).not.toEqual(byDecoding[1]);
  });
});

it('a figure that cannot be written is refused before anything is loaded', async () => {
  const figure = join('no-such-folder', 'x.svg');
  const tagged = tag('no-such-run', ['Ada'], { figure, best: 1, split: true });
  await expect(tagged).rejects.toThrow(
    `--figure ${figure} cannot be written: the folder no-such-folder is missing`,
  );
});

describe('text', () => {
  it('is split into words as the column files have them', () => {
    expect(wordsOfText(' "U.N. official (Ekeus), of Baghdad."')).toEqual([
      '"',
      'U.N.',
      'official',
      '(',
      'Ekeus',
      ')',
      ',',
      'of',
      'Baghdad',
      '.',
      '"',
    ]);
    expect(wordsOfText('  ')).toEqual([]);
  });
});

describe('words of the training', () => {
  it('are taken as unknown as often as the config says, those seen once more often', () => {
    const size = 20_000;
    const seenOnce = lexicon.words.entries.findIndex((_, word) => lexicon.isSingleton(word));
    const seenMore = lexicon.words.entries.findIndex(
      (_, word) => word > 0 && !lexicon.isSingleton(word),
    );
    const share = (word: number, rates: { singletonsUnknown: number; wordsUnknown: number }) => {
      const words = new Int32Array(size).fill(word);
      hideWords(words, lexicon, rates, new SeededRandom(5));
      expect(words.every((one) => one === 0 || one === word)).toBe(true);
      return words.filter((one) => one === 0).length / size;
    };
    const rates = { singletonsUnknown: 0.5, wordsUnknown: 0.2 };
    expect(share(seenMore, rates)).toBeCloseTo(0.2, 1.7);
    expect(share(seenOnce, rates)).toBeCloseTo(1 - 0.5 * 0.8, 1.7);
    expect(share(seenMore, { ...rates, wordsUnknown: 0 })).toBe(0);
    expect(share(-1, rates)).toBe(0);
  });
});

describe('the learning rate', () => {
  it('is halved whenever so many epochs have passed without a better score', () => {
    const history = [true, false, true, false, false, false, false, true, false, false].map(
      (best, at) => ({ epoch: at + 1, loss: 0, evaluation: { score: 0 }, best }),
    );
    expect(halvings(history.slice(0, 4), 2)).toBe(0);
    expect(halvings(history.slice(0, 5), 2)).toBe(1);
    expect(halvings(history, 2)).toBe(3);
    expect(halvings(history, undefined)).toBe(0);
  });
});
