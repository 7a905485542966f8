import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../../errors.js';
import { merge, readYaml } from './config.js';
import { checkOwnFiles, runNameOf, withOwnFiles } from './own-files.js';

describe('runNameOf', () => {
  it.each([
    ['my/plants.conll', 'ner-plants'],
    ['my/plants.bio.gz', 'ner-plants'],
    ['plants/train.conll', 'ner-plants'],
    ['plants/TRAIN', 'ner-plants'],
    ['../räksmörgås, 2.txt', 'ner-raksmorgas-2'],
    ['植物.conll', 'ner'],
    ['植物/train.conll', 'ner'],
  ])('of %s is %s', (file, name) => {
    expect(runNameOf('ner', file)).toBe(name);
  });
});

describe('checkOwnFiles', () => {
  it('names the flag that is missing', () => {
    expect(() => checkOwnFiles({ train: 'a', dev: 'b' })).not.toThrow();
    expect(() => checkOwnFiles({})).not.toThrow();
    expect(() => checkOwnFiles({ train: 'a' })).toThrow(UsageError);
    expect(() => checkOwnFiles({ train: 'a' })).toThrow('--train needs --dev');
    expect(() => checkOwnFiles({ dev: 'a' })).toThrow('--dev goes with --train');
    expect(() => checkOwnFiles({ test: 'a' })).toThrow('--test goes with --train');
  });
});

describe('files of one’s own in a config', () => {
  const files = { source: 'files', train: '../a.conll', columns: { tag: '../b' } };
  const folder = join(sep, 'p', 'q');

  it('are relative to what names them, with nothing else changed', () => {
    const config = { name: 'x', data: files, list: ['../c'] };
    expect(withOwnFiles(config, folder)).toEqual({
      ...config,
      data: { ...files, train: resolve(sep, 'p', 'a.conll') },
    });
    const train = { fr: 'a.fr', en: resolve(sep, 'b.en') };
    expect(withOwnFiles({ corpus: { source: 'files', train, test: ['t'] } }, folder)).toEqual({
      corpus: {
        source: 'files',
        train: { fr: resolve(folder, 'a.fr'), en: resolve(sep, 'b.en') },
        test: [resolve(folder, 't')],
      },
    });
    const dataSet = { data: { ...files, source: 'conll' } };
    expect(withOwnFiles(dataSet, folder)).toEqual(dataSet);
  });

  it('take the place of a data set whole, and of other files', () => {
    const base = { data: { source: 'conll', dataSet: 'x', test: 't' }, seed: 1 };
    expect(merge(base, { data: files })).toEqual({ data: files, seed: 1 });
    expect(merge({ data: { ...files, test: 't' } }, { data: files })).toEqual({ data: files });
    // How they are read stays, where they are of one kind.
    const other = { source: 'files', train: 'c.conll' };
    expect(merge({ data: files }, { data: other })).toEqual({
      data: { ...other, columns: files.columns },
    });
    expect(merge({ data: files }, { data: { ...other, source: 'table' } })).toEqual({
      data: { ...other, source: 'table' },
    });
  });

  it.each(['ner', 'attention'])(
    'are packed with the config of %s that names them',
    async (kind) => {
      const root = fileURLToPath(new URL('../../..', import.meta.url));
      const { files: packed } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
        files: string[];
      };
      const path = join(root, `configs/${kind}/files.yaml`);
      const config = withOwnFiles(await readYaml(path), dirname(path));
      const named = [...JSON.stringify(config).matchAll(/"([^"]*own-data[^"]*)"/g)].map(
        ([, one]) => one!,
      );
      expect(named.length).toBeGreaterThan(2);
      for (const file of named) {
        expect(existsSync(file), file).toBe(true);
        const below = relative(root, file).replaceAll('\\', '/');
        expect(
          packed.some((folder) => below.startsWith(`${folder}/`)),
          below,
        ).toBe(true);
      }
    },
  );
});
