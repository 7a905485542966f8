import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runs } from '../../../../test/property-runs.js';
import { read } from '../../../../test/read-columns.js';
import { DataError } from '../../../errors.js';
import { formatConll, parseConll, readConll } from './conll.js';
import { convertTags } from './tag-scheme.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'didyprog-conll-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});
describe('CoNLL column files', () => {
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
    const windows = await readBytes(Buffer.from('a O\n\x93\xe0\x94\x85 O\n', 'latin1'));
    expect(windows.words).toEqual([['a', '“à”…']]);
    expect(windows.notices).toEqual([expect.stringMatching(/read as Windows-1252$/)]);
    // Neither: what Windows leaves out, a cut-off ’ of UTF-8.
    await expect(readBytes(Buffer.from('a O\n\x9d O\n', 'latin1'))).rejects.toThrow('line 2');
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

  it('may lack a word in thousands, which a notice says', () => {
    const notices: string[] = [];
    const text = `${'a\tO\n'.repeat(1500)}\tB-X\nb\tI-X\n`;
    const notify = (said: string) => notices.push(said);
    const [sentence] = parseConll(text, 'f', { notify }).sentences;
    expect(sentence!.words.slice(-3)).toEqual(['a', '\uFFFD', 'b']);
    expect(sentence!.tags.slice(-2)).toEqual(['B-X', 'E-X']);
    expect(notices.join()).toContain(
      'f, line 1501: the word is empty (column 1); empty words, 1 of 1502,',
    );
    expect(() => parseConll(text.replace('\tO', '\tO\n\tO'), 'f')).toThrow(
      'f, line 2: the word is empty',
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
