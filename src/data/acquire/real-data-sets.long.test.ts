import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { dataSet } from '../../../test/data-folder.js';
import { dataScriptNamed, loadCatalogue } from './catalogue.js';
import { getDataSet } from './get-data-set.js';

let folder: string;
let dataFolder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'didyprog-data-'));
  dataFolder = join(folder, 'data');
});

afterEach(() => rm(folder, { recursive: true }));

describe('the real data sets', async () => {
  for (const real of await loadCatalogue()) {
    const { folder: from, missing, note } = dataSet(real.name);
    it.skipIf(missing)(
      `${real.name} is laid out from a copy, to the same sums${note}`,
      async () => {
        const got = await getDataSet(real, { dataFolder, from });
        expect(got).toMatchObject({ alreadyHere: false, notes: [] });
      },
    );
  }

  // Other forms in which the same data come, made from the laid-out files.
  const otherForms: [set: string, file: string, change: (text: string) => string][] = [
    ['glove-10k', 'glove.6B.50d.txt', (text) => `${text}rare 0.1\nrarer 0.2\n`],
    ['tatoeba-fr-en', 'fra.txt', (text) => text.replaceAll(/$(?=\n)/gm, '\tattribution')],
    ['conll2003-en', 'eng.testa', (text) => text.replaceAll('\n', '\r\n')],
    [
      'brown-rcv1',
      'brown-rcv1.clean.tokenized-CoNLL03.txt-c1000-freq1.txt',
      (text) =>
        text
          .trim()
          .split('\n')
          .reverse()
          .join('\n')
          .replaceAll(/^(.*)\t(.*)$/gm, '$2\t$1\t7'),
    ],
  ];
  for (const [name, file, change] of otherForms) {
    const { folder: from, missing, note } = dataSet(name);
    it.skipIf(missing)(`${name} is made from ${file} in another form too${note}`, async () => {
      const copy = join(folder, 'other');
      await cp(from, copy, { recursive: true });
      const names = await readdir(copy);
      const original = join(copy, names.includes(file) ? file : names[0]!);
      const text = await readFile(original, 'utf8');
      await rm(original);
      await writeFile(join(copy, file), change(text));
      const scripts = await loadCatalogue();
      const got = await getDataSet(dataScriptNamed(scripts, name), { dataFolder, from: copy });
      expect(got.notes).toEqual([]);
    });
  }

  const german = dataSet('conll2003-de');
  it.skipIf(german.missing)(
    `conll2003-de is made from the five columns in Latin-1 too${german.note}`,
    async () => {
      const copy = join(folder, 'original');
      await mkdir(copy);
      for (const name of await readdir(german.folder)) {
        const text = await readFile(join(german.folder, name), 'utf8');
        await writeFile(join(copy, name), Buffer.from(withFiveColumns(text), 'latin1'));
      }
      const scripts = await loadCatalogue();
      const got = await getDataSet(dataScriptNamed(scripts, 'conll2003-de'), {
        dataFolder,
        from: copy,
      });
      expect(got.notes).toEqual([]);
    },
  );
});

/** Word and IOB2 tag become word, lemma, part of speech, chunk and IOB1 tag. */
function withFiveColumns(text: string): string {
  let previous = 'O';
  return text.replaceAll(/^.*$/gm, (line) => {
    const [word = '', tag = 'O'] = line.split(' ');
    const adjoins = tag.slice(2) === previous.slice(2) && previous !== 'O';
    const iob1 = tag.startsWith('B-') && !adjoins ? `I-${tag.slice(2)}` : tag;
    previous = tag;
    return line === '' ? '' : `${word} lemma POS I-NC ${iob1}`;
  });
}
