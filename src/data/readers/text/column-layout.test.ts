import { describe, expect, it } from 'vitest';
import type { ColumnChoice } from './column-layout.js';
import { parseConll } from './conll.js';

function read(text: string, columns?: ColumnChoice) {
  const notices: string[] = [];
  const { sentences } = parseConll(text, 'f', { columns, notify: (said) => notices.push(said) });
  return { words: sentences.map(({ words }) => words), notices };
}

describe('columns of numbers', () => {
  it('without a header number the words of CoNLL-U, whose ranges are none', () => {
    const text = '1-2 zum _\n1 zu O\n2 dem O\n2.1 x _\n3 Rhein B-LOC\n\n1 Da O\n';
    const { words, notices } = read(text);
    expect(words).toEqual([['zu', 'dem', 'Rhein'], ['Da']]);
    expect(notices).toEqual(['f: numbered rows: the word is column 2, the tag column 3']);
    expect(read(text, { word: 2, tag: 3 }).words).toEqual(words);
  });

  it('may be wrong in a few rows of thousands, as in a published copy of the Spanish corpus', () => {
    const rows = Array.from({ length: 2500 }, (_, at) => `${at === 700 ? 900 : at} a O\n`);
    const { words, notices } = read(rows.join(''));
    expect(new Set(words.flat())).toEqual(new Set(['a']));
    expect(notices[0]).toContain('numbered rows');
    expect(read(rows.slice(600, 800).join('')).notices[0]).toContain('every word is a number');
  });

  it.each([
    ['rows that are numbered through the file', '1 John B-PER\n2 ran O\n\n3 Mary B-PER\n'],
    ['the number of each sentence', '1 John B-PER\n1 ran O\n\n2 Mary B-PER\n'],
    ['sentence and token', '1-1 John B-PER\n1-2 ran O\n\n2-1 Mary B-PER\n'],
  ])('are doubted where every word is a number: %s', (_, text) => {
    const { notices } = read(text);
    expect(notices).toEqual([
      'f: every word is a number: is column 1 that of the words? --columns word=2,tag=3 chooses others',
    ]);
    expect(read(text, { word: 2, tag: 3 }).words).toEqual([['John', 'ran'], ['Mary']]);
  });
});

describe('columns that are chosen', () => {
  it.each([{ word: 2, tag: 2 }, { tag: 1 }, { word: 2 }])('are two: %j', (columns) => {
    expect(() => read('B-PER John\nO ran\n', columns)).toThrow(
      /^f: column [12] of 2 would be both the word and the tag: name two by --columns word=1,tag=2$/,
    );
  });

  it('are found where the last holds no tag, and one other nothing else, as Universal NER has it', () => {
    const numbered = read('# text = Ann ran\n1\tAnn\tB-PER\t-\t-\n2\tran\tO\t-\tx\n');
    expect(numbered.words).toEqual([['Ann', 'ran']]);
    expect(numbered.notices).toEqual(['f: numbered rows: the word is column 2, the tag column 3']);
    const plain = read('Ann B-PER NNP\nran O VBD\n');
    expect(plain.notices).toEqual([
      'f: column 2 alone holds tags: the word is column 1, the tag column 2',
    ]);
    // Not where the last one has some: one that is misspelt is not made up for by another column.
    expect(() => read('Ann NNP B-NP B_PER\nran VBD B-VP O\n')).toThrow('the tag "B_PER"');
    expect(() => read('Ann B-NP B-PER NNP\nran B-VP O VBD\n')).toThrow('the tag "NNP"');
  });

  it('may be in any order', () => {
    expect(read('B-PER John\nO ran\n', { word: 2, tag: 1 }).words).toEqual([['John', 'ran']]);
  });
});
