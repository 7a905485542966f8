import { describe, expect, it } from 'vitest';
import { read } from '../../../../test/read-columns.js';
import { DataError } from '../../../errors.js';

describe('CoNLL column files', () => {
  it('may have bare types beside O: neighbours of one type are one chunk, and it is said', () => {
    const { sentences, notices } = read(
      'Ada PER\nLee PER\nleft O\nYork LOC\nMinster ORG\ntoo O\n. O\n, O\n',
    );
    expect(sentences[0]!.tags).toEqual(['B-PER', 'E-PER', 'O', 'S-LOC', 'S-ORG', 'O', 'O', 'O']);
    expect(notices).toEqual([expect.stringContaining('types without B- or I-')]);
    // Where some tags have letters, one without is a mistake, and so is a column with no O.
    const mixed = 'Ada B-PER\nLee PER\nleft O\nthen O\n';
    expect(() => read(mixed)).toThrow('line 2: the tag "PER" is of no known scheme');
    expect(() => read('Ada NNP\nleft VBD\n')).toThrow('line 1: the tag "NNP"');
  });

  it('may be of each token, in a column that was chosen: a chunk each, and it is said', () => {
    const row = (cells: string) => cells.replaceAll(' ', '\t');
    const text = [
      '1 Ada _ PROPN _',
      '2-3 aux _ _ _',
      '2 sees _ VERB x',
      '3 Eve _ PROPN _',
      '4 - _ , _',
    ];
    const rows = `${text.map(row).join('\n')}\n\n`.repeat(4);
    const { sentences, notices } = read(rows, { word: 2, tag: 4 });
    expect(sentences[3]!.tags).toEqual(['S-PROPN', 'S-VERB', 'S-PROPN', 'S-,']);
    expect(notices.join()).toContain('none is O (PROPN, VERB, ,), as parts of speech');
    expect(() => read(rows)).toThrow('(parts of speech of CoNLL-U: word=2,tag=4)');
    // The words in place of the tags are too many kinds, and B_PER is a tag that is joined in another way.
    expect(() => read(row('a X b\nc X d\ne X f\n'), { word: 2, tag: 1 })).toThrow(
      'no known scheme',
    );
    expect(() => read('a B_PER\n'.repeat(9), { word: 1, tag: 2 })).toThrow('no known scheme');
  });

  it('name the bare types that they were taken to have', () => {
    const { notices } = read('word tag\nAda PER\nLee PER\nsaw o\nYork O\nx O\ny O\nz O\n');
    expect(notices).toEqual([
      expect.stringContaining('without B- or I- (PER, tag, o): neighbours'),
    ]);
  });

  it.each([
    ['BIO', 'p53 B\nprotein I\nbinds O\nDNA B\n', 'IOB2', ['B', 'E', 'O', 'S'], 'B, I'],
    ['more entities than O', 'a B\nb I\nc B\nd O\n', 'IOB2', ['B', 'E', 'S', 'O'], 'B, I'],
    ['neighbours', 'a B\nb B\nc O\n', 'IOB2', ['S', 'S', 'O'], 'B'],
    ['IO', 'a I\nb I\nc O\n', 'IOB1', ['B', 'E', 'O'], 'I'],
    ['IOB1', 'a I\nb B\nc O\nd I\n', 'IOB1', ['S', 'S', 'O', 'S'], 'I, B'],
    ['IOBES', 'a B\nb I\nc E\nd S\ne O\n', 'IOBES', ['B', 'I', 'E', 'S', 'O'], 'B, I, E, S'],
    ['BILOU', 'a B\nb L\nd U\ne O\n', 'BILOU', ['B', 'E', 'S', 'O'], 'B, L, U'],
    ['BMES', 'a B\nb M\nc E\ne O\n', 'BMES', ['B', 'I', 'E', 'O'], 'B, M, E'],
    ['one whole chunk', 'a W\ne O\n', 'BMEWO', ['S', 'O'], 'W'],
    ['a hashtag', 'a B\n#b I\nc O\n', 'IOB2', ['B', 'E', 'O'], 'B'],
  ])('may have letters without types: %s', (_, text, expected, tags, names) => {
    const { sentences, scheme, notices } = read(text);
    expect(scheme).toBe(expected);
    expect(sentences[0]!.tags).toEqual(tags.map((tag) => (tag === 'O' ? tag : `${tag}-entity`)));
    expect(notices).toEqual([
      `f: the tags are letters of ${expected} without types (${names}): they are read as tags of one ` +
        'type, called entity',
    ]);
  });

  it.each([
    ['a header', 'word tag\na B\nb I\nc O\n', 'f, line 1: the tag "tag" is none of O, B, I'],
    ['a small o', 'a B\nb I\nc o\nd O\n', 'f, line 3: the tag "o" is none of O, B, I'],
    [
      'two schemes',
      'a B\nb I\nc E\nd U\ne O\n',
      'line 3 ("E") is IOBES or BMES or BMEWO, line 4 ("U")',
    ],
    ['names of types', 'a B\nb O\nc I\nd O\ne B\n', 'f, line 3: the tag "I" breaks IOB2'],
    ['no O', 'a B\nb I\n', 'f, line 1: the tag "B" is of no known scheme'],
  ])('may not have letters without types with %s', (_, text, message) => {
    expect(() => read(text)).toThrow(DataError);
    expect(() => read(text)).toThrow(message);
  });

  it('may have types that are called as letters where no scheme has them so', () => {
    const { sentences } = read('a L\nb M\nc O\nd O\ne O\n');
    expect(sentences[0]!.tags).toEqual(['S-L', 'S-M', 'O', 'O', 'O']);
  });

  it.each([
    ['E without B, B without E', 'a B-X\nb O\nc E-X\nd O\ne S-Y\n', 'break IOBES', 2, 1, 'B-X'],
    ['an end of another type', 'a B-X\nb I-X\nc E-Y\n\nd S-X\n', 'break IOBES', 2, 2, 'I-X'],
    ['no end of the sentence', 'a S-X\n\nb B-X\nc I-X\n', 'breaks IOBES', 1, 4, 'I-X'],
    ['BILOU', 'a B-X\nb L-X\nc L-X\nd U-X\n', 'breaks BILOU', 1, 3, 'L-X'],
    ['another type inside', 'a B-PEST\nb I-PLANT\nc O\n', 'breaks IOB2', 1, 2, 'I-PLANT'],
    ['a stray I-', 'a B-X\nb O\n\nc B-X\nd O\ne I-X\n', 'breaks IOB2', 1, 6, 'I-X'],
    ['a stray B-', 'a I-X\nb O\nc I-X\nd O\ne B-X\n', 'breaks IOB1', 1, 5, 'B-X'],
  ])('that break their scheme are said: %s', (_, text, breaks, count, line, tag) => {
    expect(read(text).notices).toEqual([
      expect.stringContaining(
        `f: ${count} tag${count > 1 ? 's' : ''} ${breaks}, the first in line ${line} ("${tag}"): read as`,
      ),
    ]);
  });

  it('may have a few strays among thousands, as the shared tasks’ have', () => {
    const chunks = 'a B-X\nb I-X\nc O\n\n';
    expect(read(`${chunks.repeat(1000)}a I-X\n`).notices).toEqual([]);
    expect(read(`${chunks.repeat(900)}a I-X\n`).notices).toHaveLength(1);
  });

  it.each(['B_PER', 'S.LOC', 'U/X'])('have no bare type that looks like a tag: %s', (tag) => {
    expect(() => read(`a ${tag}\nb O\nc O\nd PER\ne O\n`)).toThrow(
      `line 1: the tag "${tag}" is of no known scheme`,
    );
  });

  it('say which types look alike, and keep them apart', () => {
    const { sentences, notices } = read(
      'a B-PER\nb B-per\n\nc B-caf\u00e9\nd B-cafe\u0301\ne B-LOC\n',
    );
    expect(sentences[0]!.tags).toEqual(['S-PER', 'S-per']);
    expect(notices).toEqual([
      expect.stringContaining('"PER", "per" differ in case'),
      expect.stringContaining('"caf\u00e9", "cafe\u0301" differ in case'),
    ]);
  });
});
