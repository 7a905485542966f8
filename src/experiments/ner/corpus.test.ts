import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../test/temporary-folder.js';
import { DataError } from '../../errors.js';
import { DataFiles } from '../../runner/data-files.js';
import { nerSchema } from './config.js';
import { loadVectors, unseenText } from './corpus.js';

const folder = temporaryFolder('ner-corpus');

describe('pretrained vectors', () => {
  const tagged = (text: string) => {
    const words = text.split(' ');
    return { words, tags: words.map(() => 'O') };
  };
  // Seven tokens of five words, as 1 and 2 are 0 to the model.
  const corpus = {
    train: [tagged('The rose 1 the')],
    development: [tagged('rose 2 oak')],
    test: [],
  };
  const load = async (text: string) => {
    writeFileSync(join(folder, 'vectors.txt'), text);
    const notices: string[] = [];
    const config = nerSchema.parse({
      data: { source: 'synthetic', train: 1, development: 1, test: 1 },
      vectors: { path: 'vectors.txt' },
      training: { epochs: 1 },
    });
    const files = new DataFiles(folder, (notice) => notices.push(notice));
    return { vectors: await loadVectors(config, corpus, files), notices };
  };

  it('say what share of the words and of the tokens has one', async () => {
    const { vectors, notices } = await load('rose 1 2\nthe 3 4\nelm 5 6\n');
    // The, the and rose of five words; four tokens of seven.
    expect(vectors?.covered).toEqual({ words: 3 / 5, tokens: 4 / 7 });
    expect(notices).toEqual([
      expect.stringMatching(
        /vectors\.txt: vectors for 60\.0 % of the words, 57\.1 % of the tokens$/,
      ),
    ]);
  });

  it('are refused where they fit no word', async () => {
    await expect(load('elm 1 2\nash 3 4\n')).rejects.toThrow(DataError);
    await expect(load('elm 1 2\n')).rejects.toThrow(/vector for none of the 5 words.*--no-vectors/);
  });
});

it('tags that a model does not have are named, with whose they are not', () => {
  const known = { tags: ['O', 'S-LOC', 'B-PER'], owner: 'the model' };
  const of = (...tags: string[]) => [{ words: tags, tags }];
  expect(unseenText(known, of('O', 'S-LOC'))).toBe('');
  expect(unseenText(known, of('S-RUST', 'S-RUST', 'E-PER'))).toBe(
    'types that the model does not have: RUST (2 tokens); tags (in IOBES) that it has only in other ' +
      'places of a chunk: E-PER (1 token)',
  );
});
