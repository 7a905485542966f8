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

describe('a table of parallel text', () => {
  const pairs = Array.from({ length: 40 }, (_, at) => [`frase ${at}`, `sentence ${at}`] as const);
  const table = async (config: object) => {
    const notices: string[] = [];
    const files = new DataFiles(folder, (text) => notices.push(text));
    const own = { source: 'table', columns: { source: 1, target: 2 }, seed: 1, ...config };
    const corpus = await loadCorpus(own as Parameters<typeof loadCorpus>[0], files);
    return { corpus, notices };
  };
  const quotedCell = (text: string) => `"${text}, ""so"""`;
  writeFileSync(at('pairs.it-en.tsv'), pairs.map((pair) => `${pair.join('\t')}\tby x\n`).join(''));
  writeFileSync(
    at('pairs.csv'),
    `id,EN,it\n${pairs.map(([it, en], n) => `${n},${quotedCell(en)},${it}\n`).join('')}`,
  );

  it('has its languages by its name or its columns, and its columns by number or name', async () => {
    const tsv = { development: at('pairs.it-en.tsv'), train: at('pairs.it-en.tsv') };
    const { corpus } = await table(tsv);
    expect(corpus.languages).toEqual({ source: 'it', target: 'en' });
    expect(corpus.training.map(({ source, target }) => [source, target])).toEqual(pairs);
    const turned = await table({ ...tsv, columns: { source: 2, target: 1 } });
    expect(turned.corpus.languages).toEqual({ source: 'en', target: 'it' });
    expect(turned.corpus.training[3]).toEqual({ source: 'sentence 3', target: 'frase 3' });
    const csv = { development: at('pairs.csv'), train: at('pairs.csv') };
    const named = await table({ ...csv, columns: { source: 'EN', target: 'it' } });
    expect(named.corpus.languages).toEqual({ source: 'EN', target: 'it' });
    expect(named.corpus.training[0]).toEqual({ source: 'sentence 0, "so"', target: 'frase 0' });
    expect(named.corpus.training).toHaveLength(40);
    const { notices } = await table({ ...csv, columns: { source: 2, target: 3 } });
    expect(notices).toContainEqual(
      expect.stringMatching(
        /pairs\.csv: its first row, "EN" and "it", names the columns and is no pair/,
      ),
    );
  });

  it('gives its parts pairs that training does not have, the same ones each time', async () => {
    const config = { train: at('pairs.it-en.tsv'), development: 5, test: 7 };
    const { corpus } = await table(config);
    const parts = [corpus.training, corpus.development.pairs, corpus.tests[0]!.pairs];
    expect(parts.map(({ length }) => length)).toEqual([28, 5, 7]);
    const all = parts.flat().map(({ source, target }) => `${source}\t${target}`);
    expect(new Set(all)).toEqual(new Set(pairs.map((pair) => pair.join('\t'))));
    expect((await table(config)).corpus).toEqual(corpus);
    await expect(table({ ...config, test: 35 })).rejects.toThrow(
      /pairs\.it-en\.tsv has 40 two-sided pairs: too few to draw 5 and 35/,
    );
    // Those that share a side stay together, and an empty side is none.
    const same = `${'uno\tone\n'.repeat(20)}\tx\n\tu\ndue\ttwo\ntre\tthree\n`;
    writeFileSync(at('same.tsv'), same);
    const few = (await table({ train: at('same.tsv'), development: 1, test: 1 })).corpus;
    const sources = [few.training, few.development.pairs, few.tests[0]!.pairs].map(
      (some) => new Set(some.map(({ source }) => source)),
    );
    expect(sources.map(({ size }) => size)).toEqual([1, 1, 1]);
    expect(new Set(sources.flatMap((one) => [...one]))).toEqual(new Set(['uno', 'due', 'tre']));
  });

  it('keeps in training what is alike and more than a part, and says what has no room in one', async () => {
    // Groups of twelve and of five pairs with one target.
    const alike = ['yes', 'no', 'so'].flatMap((target) =>
      Array.from({ length: target === 'yes' ? 12 : 5 }, (_, n) => `${target} ${n}\t${target}\n`),
    );
    writeFileSync(at('alike.tsv'), alike.join(''));
    const { corpus, notices } = await table({ train: at('alike.tsv'), development: 7 });
    expect(corpus.development.pairs.map(({ target }) => target)).not.toContain('yes');
    expect([corpus.development.pairs.length, corpus.training.length]).toEqual([7, 12]);
    expect(notices).toContainEqual(
      expect.stringMatching(/alike\.tsv: 3 two-sided pairs are in no part, being like/),
    );
    writeFileSync(at('one.tsv'), 'a\tx\nb\tx\nc\tx\n');
    await expect(table({ train: at('one.tsv'), development: 1 })).rejects.toThrow(
      'has 3 two-sided pairs in 1 group: too few to draw 1',
    );
  });

  it('of wrong columns or quotes is refused with the line', async () => {
    const csv = { train: at('pairs.csv'), development: 1 };
    await expect(table({ ...csv, columns: { source: 'EN', target: 'fr' } })).rejects.toThrow(
      /pairs\.csv, line 1: no column is called "fr"; the first row has "id", "EN", "it"/,
    );
    const either = await table({ ...csv, columns: { source: 'en', target: 'IT' } });
    expect(either.corpus.training[0]!.target).toMatch(/^frase/);
    for (const twice of [2, 'it']) {
      const columns = { source: twice, target: twice };
      await expect(table({ ...csv, columns })).rejects.toThrow(
        /pairs\.csv, line 1: column [23] would be both the source and the target: name two by --columns/,
      );
    }
    writeFileSync(at('names.csv'), 'en,en,it\na,b,c\n');
    const doubtful = { train: at('names.csv'), development: 1 };
    await expect(table({ ...doubtful, columns: { source: 'en', target: 'it' } })).rejects.toThrow(
      'names.csv, line 1: 2 columns are called "en": choose one by its number',
    );
    await expect(table({ ...csv, columns: { source: 1, target: 4 } })).rejects.toThrow(
      /pairs\.csv, line 1: 3 columns; expected at least 4, separated by commas/,
    );
    for (const [row, fault] of [
      ['f,"g\nh,i\n', 'none closes it'],
      ['f, "g"\n', 'within a cell that does not begin with one'],
      ['f,"g"h\n', 'text after the quotation mark that closes'],
      [`f,"${'g\n'.repeat(600_000)}`, 'over 1,000,000 characters'],
    ] as const) {
      writeFileSync(at('open.csv'), `a,b\n"c\nd",e\n${row}`);
      const loading = table({ train: at('open.csv'), development: 1 });
      await expect(loading, fault).rejects.toThrow(/open\.csv, line 4: not CSV: /);
      await expect(loading).rejects.toThrow(fault);
    }
  });
});
