import { describe, expect, it } from 'vitest';
import { loadCatalogue } from './catalogue.js';
import { conllLanguage, isBach10, parallelDataSet, vectorsText } from './known-data.js';

const catalogue = await loadCatalogue();
const sumsOf = (name: string) => catalogue.find((script) => script.name === name)!.files;

describe('data is known by what it holds', () => {
  const english = sumsOf('conll2003-en');
  const conll = (train: string, development: string, test: string) => [
    { use: 'train', name: 'mine/a', sha256: english[train]! },
    { use: 'development', name: 'mine/b', sha256: english[development]! },
    { use: 'test', name: 'mine/c', sha256: english[test]! },
  ];

  it('not by its names', () => {
    expect(conllLanguage(conll('eng.train', 'eng.testa', 'eng.testb'))).toBe('en');
    const named = ['train', 'development', 'test'].map((use) => ({
      use,
      name: `conll2003-en/eng.${use === 'train' ? 'train' : use === 'test' ? 'testb' : 'testa'}`,
    }));
    const own = named.map((file) => ({ ...file, sha256: '0'.repeat(64) }));
    expect(conllLanguage(own)).toBeUndefined();
    // Version 0.1.0 kept no sums.
    expect(conllLanguage(named)).toBe('en');
  });

  it('each file in the place of its use', () => {
    expect(conllLanguage(conll('eng.train', 'eng.testb', 'eng.testa'))).toBeUndefined();
    expect(conllLanguage(conll('eng.train', 'eng.testa', 'eng.testa'))).toBeUndefined();
    expect(conllLanguage([])).toBeUndefined();
    const multi30k = Object.entries(sumsOf('multi30k-fr-en')).map(([use, sha256]) => ({
      ...{ use, name: use, sha256 },
    }));
    expect(parallelDataSet(multi30k)).toBe('multi30k-fr-en');
    const turned = multi30k.map((file, at) => ({ ...file, sha256: multi30k.at(at - 1)!.sha256 }));
    expect(parallelDataSet(turned)).toBeUndefined();
    expect(parallelDataSet([])).toBeUndefined();
  });

  it('and Bach10 is all ten pieces, each recording with its own score', () => {
    const pieces = Object.entries(sumsOf('bach10'))
      .filter(([path]) => /\.(wav|txt)$/.test(path))
      .map(([path, sha256]) => ({ use: path.split('/')[1]!, name: `bach10/${path}`, sha256 }));
    expect(pieces).toHaveLength(20);
    expect(isBach10(pieces)).toBe(true);
    expect(isBach10(pieces.slice(2))).toBe(false);
    expect(isBach10([...pieces, { use: 'x.wav', name: 'x', sha256: '0'.repeat(64) }])).toBe(false);
    expect(isBach10([])).toBe(false);
    const wav = pieces.filter(({ use }) => use.endsWith('.wav'));
    const swapped = pieces.map((file) =>
      file === wav[0]
        ? { ...file, sha256: wav[1]!.sha256 }
        : file === wav[1]
          ? { ...file, sha256: wav[0]!.sha256 }
          : file,
    );
    expect(isBach10(swapped)).toBe(false);
    const renamed = pieces.map((file) => ({ ...file, use: `my-${file.use}`, name: 'x' }));
    expect(isBach10(renamed)).toBe(true);
  });

  it('vectors are described by file and sum, and by title where they are known', () => {
    const sha256 = sumsOf('glove-10k')['glove.6B.50d.10k.txt']!;
    const file = { use: 'vectors', name: 'v.txt', sha256 };
    expect(vectorsText(file)).toBe(
      'GloVe, 6B tokens, 50 dimensions: the 10,000 most frequent words ' +
        '(v.txt, SHA-256 f6ff508f0c7e…)',
    );
    const own = { ...file, sha256: 'ab'.repeat(32) };
    expect(vectorsText(own)).toBe('v.txt (SHA-256 abababababab…)');
    expect(vectorsText({ use: 'vectors', name: 'v.txt' })).toBe('v.txt');
  });
});
