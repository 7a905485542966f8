import { expect, it } from 'vitest';
import { UsageError } from '../errors.js';
import { checkSentences } from './read-sentences.js';

it.each([[['']], [[' \t', '\u00a0\n']]])(
  'sentences %j of the command line are none',
  async (blank) => {
    await expect(checkSentences(blank, {})).rejects.toThrow(UsageError);
    await expect(checkSentences([...blank, 'a'], {})).resolves.toBeUndefined();
  },
);
