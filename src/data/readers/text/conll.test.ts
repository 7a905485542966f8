import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runs } from '../../../../test/property-runs.js';
import { DataError } from '../../../errors.js';
import type { Chunk } from '../../../metrics/chunks.js';
import { chunkScores } from '../../../metrics/chunk-scores.js';
import type { ColumnChoice } from './column-layout.js';
import { formatConll, parseConll, readConll } from './conll.js';
import { convertTags, recogniseScheme, tagsOfChunks } from './tag-scheme.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'didyprog-conll-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

/** Sentences as random runs of tokens inside and outside chunks. */
const chunkedSentence = fc
  .array(
    fc.record({
      type: fc.constantFrom('PER', 'LOC', undefined),
      length: fc.integer({ min: 1, max: 3 }),
    }),
    { minLength: 1, maxLength: 6 },
  )
  .map((runs) => {
    const chunks: Chunk[] = [];
    let at = 0;
    for (const { type, length } of runs) {
      if (type) chunks.push({ type, first: at, last: at + length - 1 });
      at += length;
    }
    return { chunks, length: at };
  });

describe('tag schemes', () => {
  it('conversion keeps the chunks, as the scorer sees them, and comes back', () => {
    fc.assert(
      fc.property(chunkedSentence, ({ chunks, length }) => {
        const iobes = tagsOfChunks(chunks, length, 'IOBES');
        for (const scheme of ['IOB1', 'IOB2', 'BILOU', 'BMES', 'BMEWO'] as const) {
          const tags = tagsOfChunks(chunks, length, scheme);
          expect(convertTags(tags, 'IOBES')).toEqual(iobes);
          expect(convertTags(iobes, scheme)).toEqual(tags);
          if (chunks.length > 0) expect(chunkScores([iobes], [tags]).f1).toBe(100);
        }
      }),
    );
  });

  it('recognises the scheme where the tags tell', () => {
    expect(recogniseScheme([['I-PER', 'B-PER', 'O']])).toBe('IOB1');
    expect(recogniseScheme([['O', 'I-PER'], ['B-LOC'], ['I-LOC']])).toBe('IOB1');
    expect(recogniseScheme([['O', 'I-PER'], ['B-LOC'], ['B-LOC']])).toBe('IOB2');
    expect(recogniseScheme([['O', 'B-PER', 'I-PER']])).toBe('IOB2');
    expect(recogniseScheme([['O', 'B-PER', 'E-PER', 'S-LOC']])).toBe('IOBES');
    expect(recogniseScheme([['O'], ['O', 'O']])).toBe('IOB2');
    expect(recogniseScheme([['U-ORG'], ['B-PER', 'I-PER', 'L-PER']])).toBe('BILOU');
    expect(recogniseScheme([['B-PER', 'L-PER']])).toBe('BILOU');
    expect(recogniseScheme([['B-LOC', 'E-LOC', 'W-PER']])).toBe('BMEWO');
    expect(recogniseScheme([['B-LOC', 'M-LOC', 'E-LOC', 'S-PER']])).toBe('BMES');
    expect(recogniseScheme([['O', 'S-PER', 'S-LOC']])).toBe('IOBES');
  });

  it.each([
    [['I-A', 'O', 'S-A'], 'IOB1', 'IOBES or BMES'],
    [['I-A', 'O', 'U-A'], 'IOB1', 'BILOU'],
    [['B-A', 'L-A', 'S-A'], 'BILOU', 'IOBES or BMES'],
    [['B-A', 'M-A', 'L-A'], 'BMES or BMEWO', 'BILOU'],
    [['B-A', 'I-A', 'M-A', 'E-A'], 'IOBES or BILOU', 'BMES or BMEWO'],
    [['S-A', 'W-A'], 'IOBES or BMES', 'BMEWO'],
  ])('refuses letters of two schemes: %s', (tags, one, other) => {
    expect(recogniseScheme([tags])).toMatchObject({
      conflict: [{ scheme: one }, { scheme: other }],
    });
  });
});

describe('CoNLL column files', () => {
  /** What is read of a text, and what is said about it. */
  const read = (text: string, columns?: ColumnChoice) => {
    const notices: string[] = [];
    const file = parseConll(text, 'f', { columns, notify: (text) => notices.push(text) });
    return { ...file, words: file.sentences.map(({ words }) => words), notices };
  };
  /** What is read of bytes in a file. */
  const readBytes = async (bytes: Uint8Array | string) => {
    const path = join(folder, 'bytes.conll');
    await writeFile(path, bytes);
    const notices: string[] = [];
    const file = await readConll(path, { notify: (text) => notices.push(text) });
    return { ...file, words: file.sentences.map(({ words }) => words), notices };
  };

  it('are read word first, tag last, without quoting, by sentences, documents dropped', () => {
    const text =
      '-DOCSTART- -X- O O\n\n" " O O\nU.N. NNP  I-NP I-ORG\n\n\nParis\tNNP\tI-NP\tI-LOC\n';
    const { sentences, scheme, notices } = read(text);
    expect(scheme).toBe('IOB1');
    expect(sentences).toEqual([
      { words: ['"', 'U.N.'], tags: ['O', 'S-ORG'] },
      { words: ['Paris'], tags: ['S-LOC'] },
    ]);
    expect(notices).toEqual([]);
  });

  it.each([
    ['CRLF in one row', 'ACME B-ORG\nopened O\r\nx O\n\nMaria B-PER\nLopez I-PER\n\n'],
    ['CRLF on blank lines', 'ACME B-ORG\nopened O\nx O\n\r\nMaria B-PER\nLopez I-PER\n\r\n'],
    ['CRLF, then LF', 'ACME B-ORG\r\nopened O\r\nx O\r\n\r\nMaria B-PER\nLopez I-PER'],
    [
      'two CR before LF',
      'ACME B-ORG\r\r\nopened O\r\r\nx O\r\r\n\r\r\nMaria B-PER\nLopez I-PER\r\r\n',
    ],
    [
      'spaces at the ends',
      'ACME B-ORG \nopened O\t\r\nx O \t \n \t\r\nMaria B-PER\n Lopez I-PER\n \n',
    ],
    [
      'blank lines at both ends',
      '\n\r\n\nACME B-ORG\nopened O\nx O\n\n\n\nMaria B-PER\nLopez I-PER\n\n\n',
    ],
  ])('have lines that end as each does: %s', async (_, text) => {
    const expected = [
      { words: ['ACME', 'opened', 'x'], tags: ['S-ORG', 'O', 'O'] },
      { words: ['Maria', 'Lopez'], tags: ['B-PER', 'E-PER'] },
    ];
    expect(read(text).sentences).toEqual(expected);
    expect((await readBytes(text)).sentences).toEqual(expected);
  });

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

  it('keep every space but the blank and the tab, and other characters, in words', () => {
    const words = [
      '10\u00a0000',
      '\u2003',
      'a\u2028b',
      'c\u0085',
      '\u200b',
      '\v',
      "''",
      '"x',
      'a,b;c',
    ];
    const text = words.map((word) => `${word} O\n`).join('');
    expect(read(text).words).toEqual([words]);
    // Tabs between columns change no word.
    expect(read(text.replaceAll(' O', '\tO')).words).toEqual([words]);
    expect(read('\uFEFF\tO\na\tO\u00a0\n\uFEFF\tO\n').words[0]!.at(-1)).toBe('\uFEFF');
  });

  it.each(['\u00a0', '\u3000 ', '\f', '\u200b', '\u0085'])(
    'take a line of nothing but %j for a blank one, and say so',
    (line) => {
      const { words, notices } = read(`a O\n${line}\nb B-X\n${line}\nc O\n`);
      expect(words).toEqual([['a'], ['b'], ['c']]);
      expect(notices).toEqual([expect.stringMatching(/f, line 2: .*a blank line; so .* 1 more/)]);
    },
  );

  it('have tabs alone between columns when every row has a tab', () => {
    const { sentences, notices } = read('New York\tB-LOC\nis\tO\n\nin the\tO\n');
    expect(sentences).toEqual([
      { words: ['New York', 'is'], tags: ['S-LOC', 'O'] },
      { words: ['in the'], tags: ['O'] },
    ]);
    expect(notices).toEqual([
      expect.stringMatching(/words have spaces, such as "New York" in line 1/),
    ]);
    // Tabs that line columns up, and spaces at the ends of cells.
    expect(read('a\t\tO\nlonger\tB-X\n').words).toEqual([['a', 'longer']]);
    expect(read('a \tNN\t O\nb \tNN\t O\n').words).toEqual([['a', 'b']]);
    // An empty cell in between is a cell.
    expect(read('a\tNN\tO\nb\t\tO\n').words).toEqual([['a', 'b']]);
    expect(read('a NN\tO\nb c d\tO\n').words).toEqual([['a NN', 'b c d']]);
  });

  it.each([
    ['CoNLL-U', '# id = 1\n# text = ACME opened\nACME B-ORG\nopened O\n\n# id = 2\nx O\n'],
    [
      'without spaces',
      '#id=1\nACME B-ORG\nopened O\n\n#begin document (a); part 000\nx O\n\n#end document\n',
    ],
    ['of one sign', '#\nACME B-ORG\nopened O\n\n##\n#\nx O\n'],
    [
      'between documents',
      '-DOCSTART- O\n# a b\n\nACME B-ORG\nopened O\n-DOCSTART- O\n# a b c\nx O\n',
    ],
    ['tab-separated', '#\thttp://x.org/a b\t[2009]\nACME\tB-ORG\nopened\tO\n\n# x\nx\tO\n'],
  ])('have comments before sentences: %s', (_, text) => {
    expect(read(text).sentences).toEqual([
      { words: ['ACME', 'opened'], tags: ['S-ORG', 'O'] },
      { words: ['x'], tags: ['O'] },
    ]);
  });

  it('have # as a word where the line is a row', () => {
    expect(read('# O\n1 O\n\n#winning O\n# O\n').words).toEqual([
      ['#', '1'],
      ['#winning', '#'],
    ]);
    expect(read('# NN I-NP O\n1 CD I-NP O\n').words).toEqual([['#', '1']]);
    expect(read('#a O\n#b B-X\n').words).toEqual([['#a', '#b']]);
    // A key and a value are a comment even where the numbers of columns agree.
    expect(read('# text = O\nx NN I-NP O\n').words).toEqual([['x']]);
    expect(read('# O\nx NN O\n').notices).toEqual(['f, line 1: "# O" is taken for a comment']);
    expect(() => read('x NN O\n# comment\n')).toThrow(/line 2: "# comment" is a comment inside/);
  });

  it('have the columns that are asked for, by number or by a name of the header', () => {
    const text = '1 EU NNP B-ORG x\n2 rejects VBZ O x\n';
    const expected = [{ words: ['EU', 'rejects'], tags: ['S-ORG', 'O'] }];
    expect(read(text, { word: 2, tag: 4 }).sentences).toEqual(expected);
    const header = `# global.columns = ID FORM UPOS NE NOTE\n${text}`;
    expect(read(header, { word: 'form', tag: 'NE' }).sentences).toEqual(expected);
    expect(read(header, { word: 'UPOS' }).words).toEqual([['NNP', 'VBZ']]);
    expect(() => read(text, { tag: 6 })).toThrow(
      'line 1: 5 columns: there is no column 6 for the tag',
    );
    expect(() => read(text, { tag: 'NE' })).toThrow(
      'no column "NE" for the tag: there is no header',
    );
    expect(() => read(header, { tag: 'X' })).toThrow('the header has');
  });

  it('have the columns of a CoNLL-U Plus header, words by their numbers', () => {
    const text =
      '# global.columns = ID FORM UPOS PROJECT:NE MISC\n# sent_id = 1\n' +
      '1-2\tzum\t_\t_\t_\n1\tzu\tADP\tO\t_\n2\tdem\tDET\tO\t_\n2.1\tx\t_\t_\t_\n3\tRhein\tPROPN\tB-LOC\tO\n';
    const { sentences, notices } = read(text);
    expect(sentences).toEqual([{ words: ['zu', 'dem', 'Rhein'], tags: ['O', 'O', 'S-LOC'] }]);
    expect(notices).toEqual(['f: columns by its header: the word is column 2, the tag column 4']);
    expect(read('# global.columns = FORM LEMMA TAG2\na\tb\tO\n').words).toEqual([['a']]);
    expect(() => read('# global.columns = ID FORM\n1\ta\tO\n')).toThrow('header in line 1 has 2');
  });

  it('of GermEval 2014 are read as number, word, outer and inner tag', () => {
    const text =
      '#\thttp://de.wikipedia.org/wiki/X [2009-10-17]\n1\tTU\tB-ORG\tO\n2\tBerlin\tI-ORG\tB-LOC\n' +
      '\n#\thttp://x [2010]\n1\tdeutsche\tB-LOCderiv\tO\n';
    const { sentences, notices } = read(text);
    expect(sentences).toEqual([
      { words: ['TU', 'Berlin'], tags: ['B-ORG', 'E-ORG'] },
      { words: ['deutsche'], tags: ['S-LOCderiv'] },
    ]);
    expect(notices).toEqual([expect.stringContaining('GermEval 2014: the word is column 2')]);
    expect(read(text, { word: 2, tag: 4 }).sentences[0]!.tags).toEqual(['O', 'S-LOC']);
    expect(read('0 a DT O\n1 b NN B-X\n\n0 c NN O\n').words).toEqual([['a', 'b'], ['c']]);
    // Numbers that are words: not every row is numbered.
    expect(read('1 CD O\n2 CD O\n\n3 CD O\n').words).toEqual([['1', '2'], ['3']]);
    expect(read('1 O\n2 O\n').words).toEqual([['1', '2']]);
  });

  it.each([
    ['UTF-16, little-endian', Buffer.from('\uFEFFÉU B-ORG\r\nx O\n', 'utf16le')],
    ['UTF-16, big-endian', Buffer.from('\uFEFFÉU B-ORG\r\nx O\n', 'utf16le').swap16()],
    ['UTF-8 with a mark', Buffer.from('\uFEFFÉU B-ORG\r\nx O\n')],
    ['gzip', gzipSync('ÉU B-ORG\nx O\n')],
  ])('are read in %s', async (_, bytes) => {
    const { words, notices } = await readBytes(bytes);
    expect(words).toEqual([['ÉU', 'x']]);
    expect(notices).toEqual([]);
  });

  it('name a byte-order mark inside the file', () => {
    const joined = read('EU B-ORG\n\n\uFEFFUN B-ORG\n');
    expect(joined.words).toEqual([['EU'], ['UN']]);
    expect(joined.notices).toEqual([
      expect.stringContaining('line 3: begins with a byte-order mark'),
    ]);
    expect(read('EU B-ORG\n\uFEFF\nUN B-ORG\n').words).toEqual([['EU'], ['UN']]);
    const word = read('EU B-ORG\n\uFEFF O\n');
    expect(word.words).toEqual([['EU', '\uFEFF']]);
    expect(word.notices).toEqual(['f, line 2: the first column is a byte-order mark']);
  });

  it('are Latin-1 where they are all through, with a notice; one broken byte is named', async () => {
    const latin1 = await readBytes(Buffer.from('España B-LOC\nmañana O\n', 'latin1'));
    expect(latin1.words).toEqual([['España', 'mañana']]);
    expect(latin1.notices).toEqual([
      expect.stringMatching(/2 lines, the first is line 1\): read as Latin-1/),
    ]);
    const good = Buffer.from('für O\nTür O\nÉU B-ORG\n');
    const broken = Buffer.concat([good, Buffer.from('stra\xdfe O\n', 'latin1')]);
    await expect(readBytes(broken)).rejects.toThrow(/bytes\.conll, line 4: not UTF-8/);
    await expect(readBytes(Buffer.concat([broken, good]))).rejects.toThrow('line 4: not UTF-8');
    // No letters of Latin-1: quotes of Windows-1252, a cut-off ’ of UTF-8.
    await expect(readBytes(Buffer.from('a O\n\x93b\x94 O\n', 'latin1'))).rejects.toThrow('line 2');
    await expect(readBytes(Buffer.from('a O\nb\xe2\x80 O\n', 'latin1'))).rejects.toThrow('line 2');
    const unmarked = Buffer.from('ÉU B-ORG\nx O\n', 'utf16le');
    const said: string[] = [];
    await writeFile(join(folder, 'unmarked'), unmarked);
    const reading = readConll(join(folder, 'unmarked'), { notify: (one) => said.push(one) });
    await expect(reading).rejects.toThrow('line 1: a NUL character');
    expect(said).toEqual([]);
    // Few letters of Latin-1 beside a capital happen to be UTF-8.
    const chance = await readBytes(Buffer.from(`${'niño O\n'.repeat(21)}JOSÉ» O\n`, 'latin1'));
    expect(chance.words[0]!.at(-1)).toBe('JOSÉ»');
  });

  it('come back from what formatConll writes', () => {
    const sentences = [{ words: ['New', 'York', '!'], tags: ['B-LOC', 'E-LOC', 'O'] }];
    for (const scheme of ['IOB1', 'IOB2', 'IOBES', 'BILOU', 'BMES', 'BMEWO'] as const) {
      expect(parseConll(formatConll(sentences, scheme), 'x').sentences).toEqual(sentences);
    }
  });

  it('come back whatever their words, types and line ends are', () => {
    const word = fc
      .string({ unit: 'grapheme', minLength: 1 })
      .filter((text) => !/[\0\r\n\t]|^\uFEFF|^ | $|^-DOCSTART-/.test(text));
    const type = fc.constantFrom('PER', 'work of art', '__proto__', 'a-b', '=', 'O', '#');
    const sentence = fc.array(fc.tuple(word, fc.option(type)), { minLength: 1, maxLength: 5 });
    const schemes = fc.constantFrom(
      ...(['IOB1', 'IOB2', 'IOBES', 'BILOU', 'BMES', 'BMEWO'] as const),
    );
    fc.assert(
      fc.property(
        fc.array(sentence, { minLength: 1 }),
        schemes,
        fc.boolean(),
        (lists, scheme, crlf) => {
          const sentences = lists.map((list) => ({
            words: list.map(([word]) => word),
            tags: list.map(([, type]) => (type === null ? 'O' : `S-${type}`)),
          }));
          const text = formatConll(sentences, scheme);
          const read = parseConll(crlf ? text.replaceAll('\n', '\r\n') : text, 'x');
          expect(read.sentences).toEqual(sentences);
        },
      ),
    );
  });

  it('of any content are read into sentences that come back, or refused by name', () => {
    const piece = fc.constantFrom(
      ...['#', ' ', '\t', '\n', '\r\n', '\r', 'B-X', 'I-X', 'L-X', 'S-Y', 'O', '=', '1', '2', 'a'],
      ...[' B\n', ' I\n', 'S'],
      ...[
        ' O\n',
        '\tO\n',
        '-DOCSTART-',
        '\uFEFF',
        '\u2028',
        '_',
        '# global.columns = ID FORM NE\n',
      ],
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        let sentences;
        try {
          ({ sentences } = read(pieces.join('')));
        } catch (error) {
          expect(error).toBeInstanceOf(DataError);
          expect((error as Error).message).toMatch(/^f[:,]/);
          return;
        }
        for (const { words, tags } of sentences) {
          expect(words.length).toBeGreaterThan(0);
          expect(words.every((word) => word !== '' && !/[\t\n]/.test(word))).toBe(true);
          expect(convertTags(tags, 'IOBES')).toEqual(tags);
          expect(tags).toHaveLength(words.length);
        }
      }),
      { numRuns: runs(400) },
    );
  });

  it.each([
    ['a missing column', 'a NN O\nb O\n', 'f, line 2: 2 columns: 3 are expected'],
    ['no tag at all', 'a\n', 'f, line 1: 1 column: a word and a tag are expected'],
    ['an empty word', 'a O\n O\n', 'f, line 2: the word is empty: 1 column: 2 are expected'],
    ['an empty word before a tab', 'a\tO\n\tO\n', 'f, line 2: the word is empty'],
    ['a row without its tab', 'a b\tO\nc\tO\nd O\n', 'f, line 3: 1 column: 2 are expected'],
    ['a lone CR', 'a O\rb O\r', 'f, line 1: a carriage return inside the line'],
    ['no type', 'a O\nb B-\n', 'f, line 2: the tag "B-" is of no known scheme'],
    ['a long tag', `a ${'x'.repeat(9000)}\n`, `"${'x'.repeat(200)}…"`],
    ['comments alone', '# a\n# b\n', 'f: no sentence'],
    ['an unknown scheme', 'a O\n\nb X-PER\n', 'f, line 3: the tag "X-PER" is of no known scheme'],
    ['mixed schemes', 'a I-PER\n\nb O\nc S-LOC\n', 'line 1 ("I-PER") is IOB1, line 4 ("S-LOC")'],
    ['an empty file', '\n\n', 'f: no sentence'],
  ])('%s is an error with its place', (_, text, message) => {
    expect(() => parseConll(text, 'f')).toThrow(DataError);
    expect(() => parseConll(text, 'f')).toThrow(message);
  });

  it('a missing file is an error that names it', async () => {
    await expect(readConll(join(folder, 'none'))).rejects.toThrow(/none: it does not exist/);
  });

  it('says when no blank line ends a sentence, and keeps what it has read', () => {
    const row = 'Bern B-LOC\n';
    const noticesOf = (text: string) => {
      const notices: string[] = [];
      const { sentences } = parseConll(text, 'f', { notify: (one) => notices.push(one) });
      expect(sentences.flatMap(({ words }) => words)).toHaveLength(text.match(/Bern/g)!.length);
      return notices;
    };
    expect(noticesOf(row.repeat(400))).toEqual([
      expect.stringContaining('1 sentence of 400 tokens'),
    ]);
    expect(noticesOf(`${row.repeat(400)}\n`.repeat(2))).toHaveLength(1);
    expect(noticesOf(`${row.repeat(400)}\n${`${row}\n`.repeat(20)}`)).toEqual([]);
    expect(noticesOf(`${row}\n`.repeat(20))).toEqual([
      expect.stringContaining('each of the 20 sentences has one token'),
    ]);
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

  it.each([
    ['conll2003-en/eng.train', 14041, 'IOB1'],
    ['conll2003-en/eng.testa', 3250, 'IOB1'],
    ['conll2002/esp.train', 8323, 'IOB2'],
    ['conll2002/ned.train', 15806, 'IOB2'],
    ['conll2003-de/deu.train', 12152, 'IOB2'],
  ])('the real %s has its %i sentences in %s', async (name, count, expected) => {
    const path = join(process.env['DIDYPROG_DATA'] ?? 'data', ...name.split('/'));
    if (!existsSync(path)) {
      console.log(`skipped: ${path} is not there`);
      return;
    }
    const notices: string[] = [];
    const { sentences, scheme } = await readConll(path, { notify: (text) => notices.push(text) });
    expect(notices.filter((text) => /break|blank line/.test(text))).toEqual([]);
    expect({ sentences: sentences.length, scheme }).toEqual({ sentences: count, scheme: expected });
  });
});
