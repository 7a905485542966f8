import { describe, expect, it } from 'vitest';
import { read } from '../../../../test/read-columns.js';
import type { ColumnChoice } from './column-layout.js';
import { parseConll } from './conll.js';

describe('CoNLL column files', () => {
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
});

describe('CSV', () => {
  const read = (text: string, columns: ColumnChoice = {}) => {
    const notices: string[] = [];
    const notify = (one: string) => notices.push(one);
    const { sentences } = parseConll(text, 'f.csv', { notify, columns });
    return { words: sentences.map(({ words }) => words), tags: sentences[0]!.tags, notices };
  };

  it('has its columns by the names in its first row, and sentences by a column or blank rows', () => {
    const first =
      'Sentence #,Word,POS,Tag\nSentence: 1,Ann,NNP,B-PER\n,said,VBD,O\n,"""hi, all""",UH,O\n';
    const numbered = read(`${first}Sentence: 2,#,NN,O\n,"New\nYork",NNP,B-LOC\n,.,.,O\n`);
    expect(numbered.words).toEqual([
      ['Ann', 'said', '"hi, all"'],
      ['#', 'New York', '.'],
    ]);
    expect(numbered.tags).toEqual(['S-PER', 'O', 'O']);
    expect(numbered.notices).toEqual([
      expect.stringMatching(/^f\.csv, line 6: 1 row with a line break/),
      'f.csv: columns by its header: the word is column 2, the tag column 4',
      expect.stringMatching(/^f\.csv, line 4: words have spaces, such as .*hi, all/),
    ]);
    const each = read('sentence_id;token;label\r\n0;Ann;B-PER\r\n0;ran;O\r\n1;Ann;B-PER\r\n');
    expect(each.words).toEqual([['Ann', 'ran'], ['Ann']]);
    expect(read('Ann,B-PER\n"a,b",O\n\n,\nBob,B-PER\n').words).toEqual([['Ann', 'a,b'], ['Bob']]);
    const mixed = read('sent,word,tag\n1,Ann,B-PER\n2,Bob,B-PER\n1,ran,O\n2,sat,O\n');
    expect(mixed.notices).toContainEqual(
      expect.stringMatching(
        /^f\.csv, line 4: "1" of column "sent" was there before, .* 2 rows: are/,
      ),
    );
    // A column file of another kind with that ending.
    expect(read('Ann B-PER\n, O\n').words).toEqual([['Ann', ',']]);
  });

  it('has sentences by all columns that tell them apart, and words in none of those', () => {
    const documents = 'doc_id,sentence_id,word,tag\nd,1,Ann,B-PER\nd,1,ran,O\ne,1,Bob,B-PER\n';
    expect(read(documents).words).toEqual([['Ann', 'ran'], ['Bob']]);
    const text =
      ',Sentence #,Text,Tag\n0,Sentence: 1,Ann,B-PER\n1,,ran,O\n2,Sentence: 2,Bob,B-PER\n';
    expect(read(text).words).toEqual([['Ann', 'ran'], ['Bob']]);
    expect(read('-DOCSTART-,O\n\nAnn,B-PER\n-DOCSTART-,O\nBob,B-PER\n').words).toEqual([
      ['Ann'],
      ['Bob'],
    ]);
    const named = { word: 'wort', tag: 'Klasse' };
    expect(read('Wort,x,Klasse\nAnn,1,B-PER\n', named).words).toEqual([['Ann']]);
    expect(() => read('Wort,Klasse\nAnn,B-PER\n', { word: 1, tag: 2 })).toThrow(
      /^f\.csv, line 1: .*; if this row names the columns, by such names$/,
    );
  });

  it('is doubtful where a word has a line break or spaces', () => {
    // Two lone marks, each a token, are to CSV one cell over three lines.
    const { words, notices } = read('word,tag\nAnn,B-PER\n",O\nran,O\n",O\n');
    expect(words).toEqual([['Ann', ',O ran,O']]);
    expect(notices).toContainEqual(
      expect.stringMatching(/^f\.csv, line 3: 1 row with a line break within a cell: is a word/),
    );
    expect(read('sentence,tags\nAnn ran,B-PER O\n').notices).toContain(
      'f.csv, line 2: words have spaces, such as "Ann ran"; expected is a token a row',
    );
  });

  it('of a wrong row or quote is refused with the line', () => {
    expect(() => read('word,tag\nAnn,B-PER\nran\n')).toThrow(
      'f.csv, line 3: 1 column: 2 are expected',
    );
    expect(() => read('word,tag\nAnn,B-PER\n"ran,O\nx,O\n')).toThrow(
      'f.csv, line 3: not CSV: a quotation mark opens a cell and none closes it',
    );
    expect(() => read('word,tag\nAnn,Q-PER\nran,O\n')).toThrow(
      /line 2: the tag "Q-PER" .* --columns word=1,tag=2$/,
    );
  });
});
