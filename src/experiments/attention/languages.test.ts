import { describe, expect, it } from 'vitest';
import { languageOfFile, pairOf } from './languages.js';

describe('the language of a file', () => {
  it.each([
    ['my/train.fr', 'fr'],
    ['train.it.gz', 'it'],
    ['news.fr-en.en', 'en'],
    ['a.pt-BR.txt', 'pt-BR'],
    ['C:\\text\\train.deu', 'deu'],
    ['train.txt', undefined],
    ['train', undefined],
    ['en', undefined],
    ['train.sentences', undefined],
  ])('%s: %s', (path, language) => {
    expect(languageOfFile(path)).toBe(language);
  });
});

describe('the pair of a corpus', () => {
  const files = (source: string, target: string, pair?: string) =>
    pairOf({
      source: 'files',
      ...(pair !== undefined && { pair }),
      train: { source, target },
      development: { source, target },
    });

  it('is the config’s, else by the files’ endings', () => {
    expect(files('a.it', 'a.en')).toBe('it-en');
    expect(files('a.it', 'a.en', 'la-en')).toBe('la-en');
    expect(files('a.txt', 'b.en')).toBe('source-target');
    expect(files('old.en', 'new.en')).toBe('source-target');
  });

  it('of a table is that of its columns, else of its name, where these are languages', () => {
    const table = (train: string, source: number | string = 1, target: number | string = 2) =>
      pairOf({ source: 'table', train, columns: { source, target }, development: 5, seed: 1 });
    expect(table('a.it-en.tsv')).toBe('it-en');
    expect(table('a.it-en.tsv', 3, 2)).toBe('en-it');
    expect(table('a.it-en.tsv', 'de', 'fr')).toBe('de-fr');
    expect(table('my-set.tsv')).toBe('source-target');
    expect(table('a.tsv', 'src', 'tgt')).toBe('source-target');
  });
});
