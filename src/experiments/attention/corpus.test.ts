import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../test/temporary-folder.js';
import { DataError, UsageError } from '../../errors.js';
import { DataFiles } from '../../runner/run/data-files.js';
import { loadCorpus } from './corpus.js';

const folder = temporaryFolder('attention-corpus');
const at = (name: string) => join(folder, name);

const both = (stem: string, [source, target] = ['it', 'en']) => ({
  source: at(`${stem}.${source}`),
  target: at(`${stem}.${target}`),
});

for (const ending of ['it', 'en', 'fr']) {
  writeFileSync(at(`train.${ending}`), 'uno\ndue\n\n');
  writeFileSync(at(`dev.${ending}`), 'tre\n\n');
  writeFileSync(at(`blank.${ending}`), ending === 'en' ? '\n \n' : 'uno\ndue\n');
}

async function load(parts: { train?: object; development?: object; test?: object }) {
  const notices: string[] = [];
  const files = new DataFiles(folder, (text) => notices.push(text));
  const own = { train: both('train'), development: both('dev'), ...parts };
  await loadCorpus({ source: 'files', ...own } as Parameters<typeof loadCorpus>[0], files);
  return notices;
}

describe('parallel text of one’s own', () => {
  it('has a pair with both sides in every part, or is refused', async () => {
    const blank = both('blank');
    for (const part of ['train', 'development', 'test']) {
      const loading = load({ [part]: blank });
      await expect(loading, part).rejects.toThrow(DataError);
      await expect(loading).rejects.toThrow(
        /blank\.it and .*blank\.en: of 2 pairs none has both sides/,
      );
    }
  });

  it('is said to lack sides, and what becomes of such pairs in each part', async () => {
    const [training, development] = await load({});
    expect(training).toMatch(/train\.en: 1 pair has an empty side.*: training leaves them out$/);
    expect(development).toMatch(/dev\.en: 1 pair has an empty side.*: they are scored as they are/);
  });

  it('is refused where the languages of a part are those of training exchanged', async () => {
    const exchanged = load({ development: both('dev', ['en', 'it']) });
    await expect(exchanged).rejects.toThrow(UsageError);
    await expect(exchanged).rejects.toThrow(
      /dev\.en and .*dev\.it are exchanged: .* from it to en/,
    );
    await expect(load({ test: both('dev', ['en', 'it']) })).rejects.toThrow('are exchanged');
    const other = await load({ test: both('dev', ['fr', 'en']) });
    expect(other).toContainEqual(
      expect.stringMatching(/from fr to en, training is from it to en$/),
    );
  });

  it('is refused where one file is both sides', async () => {
    const twice = { source: at('train.it'), target: `${folder}/./train.it` };
    const loading = load({ train: twice });
    await expect(loading).rejects.toThrow(UsageError);
    await expect(loading).rejects.toThrow('are one file');
  });
});
