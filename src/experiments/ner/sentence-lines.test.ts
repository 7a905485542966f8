import { describe, expect, it } from 'vitest';
import { parseConll } from '../../data/readers/text/conll.js';
import { noticeRows, wordsOfLine } from './sentence-lines.js';

describe('a line', () => {
  it('that is split already has the words that a column file has', () => {
    const words = ['10\u00a0000', 'a\u3000b', 'c\u2028', 'd\ufeffx', 'e\u0085\v', '(Rom).'];
    const rows = words.map((word) => `${word} O\n`).join('');
    expect(wordsOfLine(` ${words.join(' \t')}\r`, false)).toEqual(words);
    expect(parseConll(`x O\n${rows}`, 'f').sentences[0]!.words).toEqual(['x', ...words]);
    expect(wordsOfLine('(Rom).', true)).toEqual(['(', 'Rom', ')', '.']);
    expect(wordsOfLine(' \t', false)).toEqual([]);
  });
});

describe('lines for sentences', () => {
  const said = (text: string) => {
    const notices: string[] = [];
    noticeRows(text.split('\n'), 'f', (text) => notices.push(text));
    return notices;
  };

  it.each([
    ['two columns', 'EU B-ORG\nrejects O\n\nRome S-LOC\n'],
    ['four, with a document', '-DOCSTART- -X- O O\n\nEU NNP I-NP I-ORG\nrejects VBZ I-VP O\n'],
    ['tabs, other joints, comments', '# id = 1\n# text = EU\nEU\tB_ORG\nRome\tU.LOC\nx\tO\n'],
    ['letters without types', 'p53 B\nprotein I\nbinds O\n'],
    ['a line in ten of another kind', `word tag\n${'x O\n'.repeat(9)}`],
  ])('that are rows of a column file are said: %s', (_, text) => {
    expect(said(text)).toEqual([expect.stringMatching(/^f: .* in line \d.*evaluate RUN --file/)]);
  });

  it.each([
    ['sentences', 'The EU rejects it .\nRome is old\n'],
    ['one that ends in a letter', 'blood group O\nRome is old\nvitamin B\n'],
    ['a single one', 'blood group O\n'],
    ['words', 'O\nB\n'],
    ['nothing', '\n'],
  ])('are not taken for rows: %s', (_, text) => {
    expect(said(text)).toEqual([]);
  });
});
