import { expect, it } from 'vitest';
import { UsageError } from '../errors.js';
import { checkSentences, inParts } from './read-sentences.js';

it.each([[['']], [[' \t', '\u00a0\n']]])(
  'sentences %j of the command line are none',
  async (blank) => {
    await expect(checkSentences(blank, {})).rejects.toThrow(UsageError);
    await expect(checkSentences([...blank, 'a'], {})).resolves.toBeUndefined();
    // Those of stdin.
    await expect(checkSentences([], { file: '-' })).resolves.toBeUndefined();
  },
);

it('many sentences are handed over part by part, each once and in order', async () => {
  const sentences = Array.from({ length: 1300 }, (_, at) => at);
  const seen: number[][] = [];
  await inParts(sentences, 'test', (part, first) => {
    expect(part[0]).toBe(first);
    seen.push([...part]);
  });
  expect(seen.flat()).toEqual(sentences);
  expect(Math.max(...seen.map(({ length }) => length))).toBeLessThan(1300 / 2);
});
