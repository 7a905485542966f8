import { readFileSync } from 'node:fs';
import { appendFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DataError } from '../../errors.js';
import { extractFeatures } from '../../features/index.js';
import { dataSet } from '../../../test/data-folder.js';
import { parseAlignedScore, readBach10, type Chorale } from './bach10.js';
import { encodeWav16 } from './audio/wav.js';
import { decodeMidi } from './scores/midi.js';

describe('parseAlignedScore', () => {
  const rows = '220\t1915\t72\t1\r\n220\t1915\t48\t2\r\n857\t2553\t71\t1\r\n';

  it('reads tabs or spaces, either line ending, in any order', () => {
    const events = [
      { scoreOnsetSeconds: 1.915, onsetSeconds: 0.22, pitches: [48, 72], starts: [48, 72] },
      { scoreOnsetSeconds: 2.553, onsetSeconds: 0.857, pitches: [48, 71], starts: [71] },
    ];
    expect(parseAlignedScore(rows, 'a.txt')).toEqual(events);
    const spaces = rows.replaceAll('\t', '  ').replaceAll('\r', '');
    expect(parseAlignedScore(` ${spaces}\n`, 'a.txt')).toEqual(events);
    const reversed = rows.trim().split('\r\n').reverse().join('\n');
    expect(parseAlignedScore(reversed, 'a.txt')).toEqual(events);
  });

  it.each([
    ['a missing column', `${rows}1488\t3191\t69\r\n`, 'a.txt:4: 3 columns, expected 4'],
    ['a column too many', `1 2 3 4 5\n`, 'a.txt:1: 5 columns, expected 4'],
    [
      'a word',
      `220 1915 72 1\n\n220 1915 C4 2\n`,
      'a.txt:3: MIDI pitch is "C4", expected a number',
    ],
    ['a NaN', `220 NaN 72 1\n`, 'a.txt:1: score onset ms is "NaN"'],
    ['a pitch that is none', `220 1915 128 1\n`, 'a.txt:1: MIDI pitch is 128'],
    ['a quarter tone', `220 1915 60.5 1\n`, 'a.txt:1: MIDI pitch is 60.5'],
    ['unequal onsets', `220 1915 72 1\n221 1915 60 2\n`, 'a.txt:2: played at 221 ms, but line 1'],
    [
      'time that runs back',
      `220 1915 72 1\n200 2000 60 2\n`,
      'a.txt:2: played at 200 ms, not after',
    ],
    ['nothing', '\n', 'a.txt: no rows'],
  ])('refuses %s with file and line', (_, text, message) => {
    expect(() => parseAlignedScore(text, 'a.txt')).toThrow(DataError);
    expect(() => parseAlignedScore(text, 'a.txt')).toThrow(message);
  });
});

it.each([
  ['0x10\t0\t60\t1\n', 'p.txt:1: audio onset ms is "0x10", expected a number of 0 or more'],
  ['1\tInfinity\t60\t1\n', 'score onset ms is "Infinity"'],
  [`${'x'.repeat(1e5)}\t0\t60\t1\n`, `is "${'x'.repeat(200)}…", expected`],
])('a number is decimal, and a message quotes its beginning', (text, said) => {
  expect(() => parseAlignedScore(text, 'p.txt')).toThrow(said);
});

describe('readBach10', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'bach10-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('names the folder and the command when there is none, or nothing in it', async () => {
    for (const missing of [join(folder, 'none'), folder]) {
      await expect(readBach10(missing)).rejects.toThrow(DataError);
      await expect(readBach10(missing)).rejects.toThrow('didyprog data bach10');
      await expect(readBach10(missing)).rejects.toThrow(missing);
    }
  });

  it('names the piece that lacks its recording or its score', async () => {
    await mkdir(join(folder, '01-A'));
    await expect(readBach10(folder)).rejects.toThrow('the piece 01-A has no recording');
    const audio = { sampleRate: 8000, samples: new Float64Array(8000) };
    await writeFile(join(folder, '01-A', '01-A.wav'), encodeWav16(audio));
    await expect(readBach10(folder)).rejects.toThrow('the piece 01-A has no score');
    await expect(readBach10(folder)).rejects.toThrow(join(folder, '01-A', '01-A.txt'));
  });

  it('refuses an onset after the end of the recording', async () => {
    await writeFile(join(folder, '01-A', '01-A.txt'), '1500 0 60 1\n');
    await expect(readBach10(folder)).rejects.toThrow('the recording ends at 1.000 s');
    await writeFile(join(folder, '01-A', '01-A.txt'), '500 0 60 1\n');
    expect((await readBach10(folder))[0]!.name).toBe('01-A');
  });

  it('hands on what is doubtful in a recording', async () => {
    await appendFile(join(folder, '01-A', '01-A.wav'), Buffer.of(0));
    const notices: string[] = [];
    await readBach10(folder, (text) => notices.push(text));
    expect(notices).toEqual([expect.stringMatching(/01-A\.wav: 1 byte/)]);
  });
});

const real = dataSet('bach10');
/** The fixtures of the alignment study, 4 to 5 significant digits. */
describe.skipIf(real.missing)(`the real Bach10${real.note}`, () => {
  let chorales: Chorale[];
  beforeAll(async () => {
    chorales = await readBach10(real.folder);
  });

  it('has ten pieces of 43 to 97 events and 631 to 1042 frames', () => {
    const events = [44, 97, 64, 83, 64, 74, 81, 43, 65, 79];
    const frames = [631, 1014, 635, 1042, 896, 833, 815, 831, 734, 935];
    expect(chorales.map((chorale) => chorale.events.length)).toEqual(events);
    const counts = chorales.map((c) => 1 + Math.floor(c.samples.length / 1764));
    expect(counts).toEqual(frames);
  });

  const frame100 = (config: Parameters<typeof extractFeatures>[2]) => {
    const { samples, sampleRate } = chorales[0]!;
    const { values, dimensions } = extractFeatures(samples, sampleRate, config);
    return [...values.slice(100 * dimensions, 101 * dimensions)];
  };
  const expectClose = (actual: number[], expected: number[]) =>
    expected.forEach((value, i) => expect(Math.abs(actual[i]! - value)).toBeLessThan(1e-4));
  const mel = { melBands: 40, mel: 'htk', norm: 'none', lowestHz: 30, highestHz: 11025 } as const;

  it("gives the study's MFCC", () => {
    const sizes = { windowSeconds: 0.0929, hopSeconds: 0.04 };
    const row = frame100({
      ...{ kind: 'mfcc', ...sizes, ...mel },
      ...{ coefficients: 20, log: 'ln', offset: 1e-8 },
    });
    expect(row).toHaveLength(20);
    expectClose(row, [-59.202, 17.0021, -3.7633, 2.3266, -2.2235, -4.495]);
  });

  it("gives the study's mel bands", () => {
    const sizes = { windowSeconds: 0.0929, hopSeconds: 0.04 };
    const row = frame100({ kind: 'mel', ...sizes, ...mel, scale: 100 });
    expectClose(row, [0.3655, 1.1222, 2.776, 2.7037, 2.3654, 3.4564, 3.693, 1.5651]);
  });

  it("gives the study's wide semitone spectrum", () => {
    const row = frame100({
      ...{ kind: 'semitone', windowSeconds: 0.1858, hopSeconds: 0.04 },
      ...{ lowestPitch: 24, highestPitch: 132, scale: 1000 },
    });
    expect(row).toHaveLength(109);
    expectClose(
      row.slice(24, 37),
      [
        0.1429, 0.1987, 0.3416, 0.4413, 1.9006, 3.6812, 3.0385, 1.3314, 3.3049, 4.9337, 3.54,
        2.2734, 3.8425,
      ],
    );
  });

  it('has MIDI files whose score onsets are those of the text', async () => {
    const { name, events } = chorales[0]!;
    const notes = decodeMidi(readFileSync(join(real.folder, name, `${name}.mid`)), 'a.mid');
    for (const event of events) {
      const near = notes.some(
        (note) => Math.abs(note.onsetSeconds - event.scoreOnsetSeconds) < 0.002,
      );
      expect(near).toBe(true);
    }
  });
});
