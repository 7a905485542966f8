import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DataError } from '../../errors.js';
import { EncodedPairs } from './encoded-pairs.js';
import { batchOrder, batchesOf, translationBatch } from './parallel-batches.js';
import { collectPairs, readPairs, samplePairs } from '../readers/text/parallel-text.js';
import { detokenise, tokenise } from './parallel-tokens.js';
import { TranslationVocabulary } from './parallel-vocabulary.js';
import { SeededRandom } from '../../random.js';

describe('parallel text', () => {
  let folder: string;
  const file = async (name: string, content: string | Uint8Array) => {
    await writeFile(join(folder, name), content);
    return join(folder, name);
  };
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'didyprog-parallel-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('is read from two files, plain or gzip by their bytes, with any line ends', async () => {
    const source = await file('a.fr', 'un\r\ndeux\u2028trois\n\nquatre');
    const target = await file('a.en', gzipSync('one\ntwo\n\nfour\n'));
    expect(await collectPairs(readPairs({ source, target }))).toEqual([
      { source: 'un', target: 'one' },
      { source: 'deux\u2028trois', target: 'two' },
      { source: '', target: '' },
      { source: 'quatre', target: 'four' },
    ]);
  });

  it('ends lines at LF and CRLF alone on both sides, and drops a mark on either', async () => {
    const odd = 'a\u2028b\u0085c\vd\fe\rf';
    const source = await file('odd.fr', `\uFEFF${odd}\r\ndeux\n`);
    const target = await file('odd.en', Buffer.from(`\uFEFFone\n${odd}\r\n`, 'utf16le'));
    const expected = [
      { source: odd, target: 'one' },
      { source: 'deux', target: odd },
    ];
    expect(await collectPairs(readPairs({ source, target }))).toEqual(expected);
    const pairs = await file('odd.txt', `\uFEFFone\t${odd}\tby x\r\n${odd}\tdeux\tby y\n`);
    const columns = { table: pairs, columns: { source: 2, target: 1 } };
    expect(await collectPairs(readPairs(columns))).toEqual(expected);
  });

  it('comes back whatever the sentences, line ends and form', async () => {
    const side = fc
      .string({ unit: 'grapheme' })
      .map((text) => `x${text.replace(/[\0\r\n\t]/g, '')}`);
    const rows = fc.array(fc.tuple(side, side, fc.constantFrom('\n', '\r\n')));
    await fc.assert(
      fc.asyncProperty(rows, async (rows) => {
        const expected = rows.map(([source, target]) => ({ source, target }));
        const join = (line: (row: (typeof rows)[number]) => string) => rows.map(line).join('');
        const source = await file(
          'p.fr',
          join(([text, , end]) => text + end),
        );
        const target = await file('p.en', gzipSync(join(([, text]) => `${text}\n`)));
        expect(await collectPairs(readPairs({ source, target }))).toEqual(expected);
        const pairs = await file(
          'p.txt',
          join(([a, b, end]) => `${b}\t${a}\tby${end}`),
        );
        const columns = { table: pairs, columns: { source: 2, target: 1 } };
        expect(await collectPairs(readPairs(columns))).toEqual(expected);
      }),
    );
  });

  it('says how many pairs lack a side, and keeps them; blank lines between columns are none', async () => {
    const source = await file('e.fr', 'un\n\u200b\u00ad\n \u00a0\nquatre\n');
    const target = await file('e.en', 'one\ntwo\nthree\n\n');
    const notices: string[] = [];
    const read = (files: Parameters<typeof readPairs>[0]) =>
      collectPairs(readPairs(files, (text) => notices.push(text)));
    expect((await read({ source, target })).map(({ target }) => target)).toEqual([
      ...['one', 'two', 'three', ''],
    ]);
    expect(notices.splice(0)).toEqual([
      expect.stringContaining('3 pairs have an empty side, the first in line 2'),
    ]);
    // By the properties of Unicode's DerivedCoreProperties.txt and White_Space.
    for (const blank of [' \u00a0', '\u200b\u00ad', '\u2060 \ufe0f', '\u3164', '\u0085\u0001']) {
      expect(tokenise(blank, { lowercase: true })).toEqual([]);
    }
    expect(tokenise('\u06dd', { lowercase: true })).toEqual(['\u06dd']);
    const pairs = await file('e.txt', 'Go.\tVa !\n\nHi.\t\n \t \n');
    expect(await read({ table: pairs, columns: { source: 2, target: 1 } })).toEqual([
      { source: 'Va !', target: 'Go.' },
      { source: '', target: 'Hi.' },
    ]);
    expect(notices).toEqual([
      `${pairs}: 2 blank lines are passed over`,
      expect.stringContaining('1 pair has an empty side, the first in line 3'),
    ]);
  });

  it('of different numbers of lines is an error with both counts', async () => {
    const source = await file('b.fr', 'un\ndeux\ntrois\n');
    const target = await file('b.en', 'one\n');
    const read = (files: Parameters<typeof readPairs>[0]) => collectPairs(readPairs(files));
    await expect(read({ source, target })).rejects.toThrow(
      `${source} has 3 lines and ${target} has 1`,
    );
    await expect(read({ source: target, target: source })).rejects.toThrow(
      `${target} has 1 line and ${source} has 3`,
    );
    await expect(read({ source, target: join(folder, 'none') })).rejects.toThrow(DataError);
  });

  it('is read from columns, and a missing one is an error with its line', async () => {
    const pairs = await file('c.txt', 'Go.\tVa !\tfrom somewhere\nHi.\tSalut !\nRun!\n');
    const read = readPairs({ table: pairs, columns: { source: 2, target: 1 } });
    expect((await read.next()).value).toEqual({ source: 'Va !', target: 'Go.' });
    expect((await read.next()).value).toEqual({ source: 'Salut !', target: 'Hi.' });
    await expect(read.next()).rejects.toThrow(`${pairs}, line 3: 1 column; expected at least 2`);
  });

  it('is quoted in a table as CSV has it where all of the table can be read so, else not at all', async () => {
    const read = async (text: string, name = 'q.tsv') => {
      const notices: string[] = [];
      const table = await file(name, text);
      const columns = { source: 1, target: 2 };
      const pairs = await collectPairs(readPairs({ table, columns }, (one) => notices.push(one)));
      return { pairs: pairs.map(({ source, target }) => [source, target]), notices };
    };
    // As spreadsheets write text with tabs: a cell with a quotation mark, a tab or a line end has quotes.
    const written = 'He left.\t"Il a dit ""oui"" ."\n"a\tb"\t"one\ntwo"\nx\ty\n';
    expect(await read(written)).toEqual({
      pairs: [
        ['He left.', 'Il a dit "oui" .'],
        ['a\tb', 'one two'],
        ['x', 'y'],
      ],
      notices: [],
    });
    expect((await read('"a"\t"b"\n"c d"\t"e"\n')).pairs).toEqual([
      ['a', 'b'],
      ['c d', 'e'],
    ]);
    // As R and pandas write text beside numbers.
    expect((await read('"a"\t"b"\t3.5\n"c"\t"d"\tNA\n')).pairs).toEqual([
      ['a', 'b'],
      ['c', 'd'],
    ]);
    // R's own way to quote a mark is not that of CSV.
    expect((await read('"a"\t"b"\n"\\"c\\""\t"d"\n')).notices).toEqual([
      expect.stringMatching(/2 lines have cells in quotes, but/),
    ]);
    // Text in which quotation marks are text.
    for (const raw of [
      '"Go," he said.\t« Va »\n"a ""b"""\tc\n',
      '"Go."\t"Va !"\nHi.\tSalut !\n',
      '"Go.\tVa !"\nHi.\tSalut !\n',
    ]) {
      const rows = raw.trimEnd().split('\n');
      expect(await read(raw)).toEqual({ pairs: rows.map((row) => row.split('\t')), notices: [] });
    }
    const mixed = await read('"a ""b"""\tc\n"d ""e"""\tf\n"open\tg\n');
    expect(mixed.pairs[2]).toEqual(['"open', 'g']);
    expect(mixed.notices).toEqual([
      expect.stringMatching(
        /q\.tsv: 2 lines have cells in quotes, but the file cannot be read as CSV: .* for text$/,
      ),
    ]);
    expect((await read('"a, ""b""",c\n\nd,e\n', 'q.csv')).pairs).toEqual([
      ['a, "b"', 'c'],
      ['d', 'e'],
    ]);
  });

  it('of CSV is cut where most rows come out alike, whatever stands in the first line', async () => {
    const columns = { source: 1, target: 2 };
    const read = async (text: string, of = columns) => {
      const table = await file('d.csv', text);
      const pairs = await collectPairs(readPairs({ table, columns: of }));
      return pairs.map(({ source, target }) => [source, target]);
    };
    // Each as the csv module of Python reads it with that delimiter.
    expect(await read('Yes, sir;Oui\nNo;Non\n"a;b";c\n')).toEqual([
      ['Yes, sir', 'Oui'],
      ['No', 'Non'],
      ['a;b', 'c'],
    ]);
    expect(await read('"one,\ntwo";"un;\ndeux"\n"a, b";c\n')).toEqual([
      ['one, two', 'un; deux'],
      ['a, b', 'c'],
    ]);
    expect(await read('a\tb,c d\ne,f\ng,h\n')).toEqual([
      ['a\tb', 'c d'],
      ['e', 'f'],
      ['g', 'h'],
    ]);
    await expect(read('a;b\nc;d\n', { source: 1, target: 3 })).rejects.toThrow(
      'line 1: 2 columns; expected at least 3, separated by semicolons',
    );
  });

  it('of a table begins after a row that names the columns, which is said', async () => {
    for (const [names, is] of [
      ['en\tamh', true],
      ['English\tyoruba', true],
      ['source\ttarget', true],
      ['pt-BR\tzh_Hans', true],
      ['Yes\tOui', false],
      ['en\ten', false],
      ['Go.\tfr', false],
    ] as const) {
      const notices: string[] = [];
      const columns = { source: 1, target: 2 };
      const table = await file('h.tsv', `${names}\none\tun\n`);
      const pairs = await collectPairs(readPairs({ table, columns }, (one) => notices.push(one)));
      expect(pairs.length, names).toBe(is ? 1 : 2);
      expect(notices.length, names).toBe(is ? 1 : 0);
    }
  });

  it('that is not UTF-8 is an error with its line', async () => {
    const source = await file('d.fr', Buffer.from('un\n\xe9t\xe9\n', 'latin1'));
    const read = collectPairs(readPairs({ source, target: source }));
    await expect(read).rejects.toThrow(`${source}, line 2: not UTF-8 text`);
  });

  it('is sampled uniformly, in order', async () => {
    async function* pairs() {
      for (let at = 0; at < 20; at++) yield { source: String(at), target: '' };
    }
    const counts = new Array<number>(20).fill(0);
    for (let seed = 0; seed < 2000; seed++) {
      const sample = (await samplePairs(pairs(), 5, new SeededRandom(seed))).map((p) => +p.source);
      expect(sample.length).toBe(5);
      expect(sample).toEqual([...sample].sort((a, b) => a - b));
      for (const at of sample) counts[at]!++;
    }
    // Each is drawn with probability ¼: 500 ± 19.4; five deviations.
    for (const count of counts) expect(Math.abs(count - 500)).toBeLessThan(97);
    expect((await samplePairs(pairs(), 50, new SeededRandom(1))).length).toBe(20);
  });
});

describe('tokens', () => {
  it('are runs of letters and digits, and every other character', () => {
    expect(tokenise("L'été, 3 jeunes-là (?) 5e €", { lowercase: true })).toEqual([
      ...['l', "'", 'été', ',', '3', 'jeunes', '-', 'là', '(', '?', ')', '5e', '€'],
    ]);
    expect(tokenise('A  B\u00a0c\t', { lowercase: false })).toEqual(['A', 'B', 'c']);
    expect(tokenise('e\u0301t\u0301', { lowercase: false })).toEqual(['\u00e9t\u0301']);
    expect(tokenise('  ', { lowercase: false })).toEqual([]);
  });

  it('keep every character that is no space', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const joined = tokenise(text, { lowercase: false }).join('');
        expect(joined).toBe(text.normalize('NFC').replace(/\s/gu, ''));
      }),
    );
  });

  it.each([
    ['en', "A man's dog, black-and-white (small), costs $5.50 or 1,000!"],
    ['en', 'He said "hello there" to 3, 14 people; why?'],
    ['fr', "L'homme d'à côté regarde-t-il quelque chose ? Oui, « ça » !"],
  ] as const)('are set together as %s is written: %s', (language, text) => {
    expect(detokenise(tokenise(text, { lowercase: false }), { language })).toBe(text);
  });

  it('begin with a capital when asked to', () => {
    const tokens = tokenise('a dog runs.', { lowercase: true });
    expect(detokenise(tokens, { language: 'en', capitalise: true })).toBe('A dog runs.');
    expect(detokenise([], { language: 'en', capitalise: true })).toBe('');
    expect(detokenise(['"', 'a', '"'], { language: 'en', capitalise: true })).toBe('"A"');
    const turkish = tokenise('İzmir', { lowercase: true });
    expect(detokenise(turkish, { language: 'tr', capitalise: true })).toBe('İzmir');
    expect(detokenise(['3', 'men'], { language: 'en', capitalise: true })).toBe('3 men');
  });
});

describe('the vocabulary', () => {
  const sentences = [['b', 'a', 'b'], ['c', 'a', 'b'], ['d']];

  it('has the special words first, then the frequent ones', () => {
    const all = TranslationVocabulary.of(sentences, { minimumCount: 1 });
    expect(all.words).toEqual(['<unk>', '<s>', '</s>', 'b', 'a', 'c', 'd']);
    const frequent = TranslationVocabulary.of(sentences, { minimumCount: 2 });
    expect([...frequent.encode(['a', 'x', 'b', 'c'])]).toEqual([4, 0, 3, 0]);
    expect(TranslationVocabulary.of(sentences, { minimumCount: 1, maximumSize: 1 }).size).toBe(4);
    expect(() => new TranslationVocabulary(['a', 'b'])).toThrow("it must be '<unk>'");
  });
});

describe('batches', () => {
  const random = new SeededRandom(3);
  const pairs = Array.from({ length: 103 }, () => {
    const sentence = () =>
      Int32Array.from(
        { length: 1 + Math.floor(9 * random.uniform()) },
        () => 3 + Math.floor(5 * random.uniform()),
      );
    return { source: sentence(), target: sentence() };
  });
  const packed = new EncodedPairs();
  for (const { source, target } of pairs) packed.push(source, target);

  it('are made of pairs that come back as they were put in', () => {
    expect(packed.length).toBe(pairs.length);
    expect(pairs.map((_, at) => packed.at(at))).toEqual(pairs);
    expect(pairs.map((_, at) => packed.lengthsAt(at))).toEqual(
      pairs.map(({ source, target }) => ({ source: source.length, target: target.length })),
    );
  });

  it('hold every pair exactly once in each epoch, in another order', () => {
    const epoch = batchOrder(packed, 8, random);
    expect(epoch.map(({ length }) => length).filter((length) => length !== 8)).toEqual([7]);
    const flat = epoch.flatMap((batch) => [...batch]);
    expect([...flat].sort((a, b) => a - b)).toEqual(pairs.map((_, at) => at));
    expect(batchOrder(packed, 8, random)).not.toEqual(epoch);
    expect(batchesOf(Int32Array.of(4, 5, 6), 2).map((batch) => [...batch])).toEqual([[4, 5], [6]]);
  });

  it('hold sentences of one target length or the next', () => {
    for (const batch of batchOrder(packed, 8, random)) {
      const lengths = [...batch].map((at) => pairs[at]!.target.length);
      expect(Math.max(...lengths) - Math.min(...lengths)).toBeLessThan(3);
    }
  });

  it('are filled up with −1, the words to predict packed', () => {
    const batch = translationBatch(
      [
        { source: Int32Array.of(5, 6, 7), target: Int32Array.of(8) },
        { source: Int32Array.of(9), target: Int32Array.of(3, 4) },
      ],
      { begin: 1, end: 2 },
    );
    expect([...batch.source]).toEqual([5, 6, 7, 9, -1, -1]);
    expect([...batch.sourceLengths]).toEqual([3, 1]);
    expect([...batch.input]).toEqual([1, 8, -1, 1, 3, 4]);
    expect([...batch.output]).toEqual([8, 2, 3, 4, 2]);
    expect([...batch.targetLengths]).toEqual([2, 3]);
    expect(batch.targetTime).toBe(3);
  });
});
