import { expect, it } from 'vitest';
import { attentionSchema, idleKeys } from './attention/config.js';
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
