import { expect, it } from 'vitest';
import { attentionSchema, idleKeys } from './attention/config.js';
import { nerSchema, idleKeys as taggerKeys } from './ner/config.js';
import { noticeIdle } from './idle-settings.js';

it('settings that a softmax does not read are named, unless they are as by default', () => {
  const said = (model: object) => {
    const all: string[] = [];
    const config = attentionSchema.parse({
      corpus: { source: 'tatoeba', pair: 'fr-en' },
      model,
      training: { epochs: 1 },
    });
    noticeIdle(attentionSchema, config, idleKeys, (text) => all.push(text));
    return all;
  };
  expect(said({ attention: 'softmax', gamma: 1 })).toEqual([]);
  expect(said({ attention: 'crf-l2', gamma: 3, potentials: 'odds' })).toEqual([]);
  expect(said({ attention: 'softmax', gamma: 3, potentials: 'odds' })).toEqual([
    'model.gamma is 3, without effect: model.attention is softmax, which has none',
    'model.potentials is "odds", without effect: model.attention is softmax, which has none',
  ]);
});

it('settings that a loss of taggers does not read are named', () => {
  const said = (own: object) => {
    const all: string[] = [];
    const data = { source: 'synthetic', train: 1, development: 1, test: 1 };
    const config = nerSchema.parse({ data, training: { epochs: 1 }, ...own });
    noticeIdle(nerSchema, config, taggerKeys, (text) => all.push(text));
    return all;
  };
  expect(said({ loss: 'cost', marginals: 'edges', gamma: 2 })).toEqual([]);
  expect(said({ omega: 'hard' })).toEqual([]);
  expect(said({ omega: 'hard', gamma: 2, marginals: 'edges' })).toEqual([
    'gamma is 2, without effect: omega is hard, which is not smoothed',
    'marginals is "edges", without effect: loss is convex, and it says what the cost is of (loss: cost)',
  ]);
});
