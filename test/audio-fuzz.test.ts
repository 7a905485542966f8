import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openSource } from '../src/data/acquire/archive.js';
import { decodeMidi } from '../src/data/readers/scores/midi.js';
import { scoreEventsFromNotes } from '../src/data/readers/scores/score-events.js';
import { decodeWav, encodeWav16 } from '../src/data/readers/audio/wav.js';
import { DataError } from '../src/errors.js';
import { extractFeatures, type FeatureConfig } from '../src/features/index.js';
import { atLevel } from '../src/features/level.js';
import { mutated } from './mutations.js';
import { runs } from './property-runs.js';
import { zipBytes } from './zip-bytes.js';
import { temporaryFolder } from './temporary-folder.js';

const folder = temporaryFolder('fuzz');

/** Reads, or is refused by an error of ours that names the file and has no trace of the program. */
async function readsOrRefuses(read: () => unknown, name: string) {
  try {
    return await read();
  } catch (error) {
    expect(error, (error as Error).stack).toBeInstanceOf(DataError);
    const { message } = error as Error;
    expect(message).toContain(name);
    expect(message).not.toMatch(/undefined|NaN bytes|\[object|\n\s+at /);
    return undefined;
  }
}

const samples = Float64Array.from({ length: 400 }, (_, n) => Math.sin(n * n));
const text = (id: string, bytes: number) =>
  Buffer.concat([Buffer.from(id), Buffer.from([bytes, 0, 0, 0]), Buffer.alloc(bytes, 65)]);

describe('whatever became of a file', () => {
  const plain = Buffer.from(encodeWav16({ sampleRate: 8000, samples }));
  const extended = Buffer.concat([
    plain.subarray(0, 12),
    text('ds64', 28),
    text('bext', 9),
    Buffer.of(0),
    plain.subarray(12),
    text('LIST', 20),
  ]);
  extended.write('RF64', 'latin1');
  const tones = (alaw: number) => {
    const bytes = Buffer.from(plain);
    bytes.writeUInt16LE(alaw, 20);
    bytes.writeUInt16LE(8, 34);
    return bytes;
  };

  it(
    'a recording is read with a number in every sample, or refused',
    { timeout: 1e6 },
    async () => {
      const files = fc.constantFrom<Uint8Array>(plain, extended, tones(6), tones(3)).chain(mutated);
      await fc.assert(
        fc.asyncProperty(files, async (bytes) => {
          const audio = await readsOrRefuses(() => decodeWav(bytes, 'a.wav', () => 0), 'a.wav');
          if (!audio) return;
          const { samples: read, sampleRate } = audio as ReturnType<typeof decodeWav>;
          expect(read.length).toBeGreaterThan(0);
          expect(read.length).toBeLessThanOrEqual(bytes.length);
          expect(read.every(Number.isFinite)).toBe(true);
          expect(sampleRate).toBeGreaterThanOrEqual(1000);
        }),
        { numRuns: runs(400) },
      );
    },
  );

  it('a score is read with times that go forward, or refused', { timeout: 1e6 }, async () => {
    const track = [
      ...[0, 0xff, 0x51, 3, 7, 0xa1, 0x20, 0, 0xff, 0x58, 4, 4, 2, 24, 8, 0, 0xff, 1, 2, 65, 66],
      ...[
        0, 0x90, 60, 80, 96, 60, 0, 0, 0xf0, 2, 1, 0xf7, 0, 0x91, 62, 80, 0x81, 0x40, 0x81, 62, 0,
      ],
      ...[0, 0xc0, 5, 0, 0xe0, 1, 2, 0, 0x90, 64, 3, 96, 0x80, 64, 0, 0, 0xff, 0x2f, 0],
    ];
    const chunk = (id: string, body: number[]) =>
      Buffer.from([...Buffer.from(id), 0, 0, 0, body.length, ...body]);
    const midi = Buffer.concat([
      chunk('MThd', [0, 1, 0, 2, 0, 96]),
      chunk('MTrk', track),
      chunk('XFIH', [1, 2, 3]),
      chunk('MTrk', track),
    ]);
    const riff = Buffer.concat([Buffer.from('RIFF\x80\0\0\0RMIDdata\x80\0\0\0', 'latin1'), midi]);
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(midi, riff).chain(mutated), async (bytes) => {
        const notes = await readsOrRefuses(() => decodeMidi(bytes, 'a.mid', () => 0), 'a.mid');
        if (!notes) return;
        const events = scoreEventsFromNotes(notes as ReturnType<typeof decodeMidi>);
        let last = -1;
        for (const { scoreOnsetSeconds, pitches } of events) {
          expect(scoreOnsetSeconds).toBeGreaterThan(last);
          last = scoreOnsetSeconds;
          expect(pitches.every((pitch) => pitch >= 0 && pitch < 128)).toBe(true);
        }
        for (const { durationSeconds } of notes as ReturnType<typeof decodeMidi>) {
          expect(durationSeconds).toBeGreaterThanOrEqual(0);
        }
      }),
      { numRuns: runs(400) },
    );
  });

  it('an archive is read or refused', { timeout: 1e6 }, async () => {
    const zip = zipBytes([
      { name: 'top/', content: '' },
      { name: 'top/a.txt', content: 'hello '.repeat(20) },
      { name: 'top/b.txt.gz', content: gzipSync('packed '.repeat(20)) },
    ]);
    const files = fc.constantFrom<Uint8Array>(zip, gzipSync('words '.repeat(50))).chain(mutated);
    await fc.assert(
      fc.asyncProperty(files, async (bytes) => {
        const path = join(folder, 'some.zip');
        writeFileSync(path, bytes);
        await readsOrRefuses(async () => {
          const source = await openSource(path);
          try {
            for (const file of source.files) {
              try {
                for await (const part of await file.open()) expect(part).toBeDefined();
              } catch (error) {
                // Streams end by errors of zlib and yauzl, which those who read them name.
                if (!(error instanceof Error)) throw error;
              }
            }
          } finally {
            source.close();
          }
        }, 'some.zip');
      }),
      { numRuns: runs(100) },
    );
  });
});

describe('whatever is heard', () => {
  it('features and levels are numbers', { timeout: 1e6 }, () => {
    const signal = fc.oneof(
      fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 1, maxLength: 300 }),
      fc.array(fc.constantFrom(0, 1, -1, 5e-324, 1e-160), { minLength: 1, maxLength: 300 }),
      fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), {
        minLength: 1,
        maxLength: 50,
      }),
    );
    const sizes = { windowSeconds: 0.032, hopSeconds: 0.01 };
    const configs: FeatureConfig[] = [
      { kind: 'mfcc', ...sizes, melBands: 20, coefficients: 8, log: 'ln', offset: 1e-8 },
      { kind: 'mfcc', ...sizes, melBands: 20, coefficients: 8 },
      { kind: 'mel', ...sizes, melBands: 20, scale: 100 },
      { kind: 'semitone', ...sizes, lowestPitch: 24, highestPitch: 132, scale: 1000 },
      { kind: 'chroma', ...sizes, scale: 100 },
    ];
    const rates = fc.constantFrom(8000, 11025, 44100, 192_000);
    fc.assert(
      fc.property(signal, rates, fc.constantFrom(...configs), (values, rate, config) => {
        const levelled = atLevel(values, rate, 0.1);
        if (!levelled) return;
        expect(levelled.every(Number.isFinite)).toBe(true);
        const features = extractFeatures(levelled, rate, config);
        expect(features.values.length).toBe(features.frames * features.dimensions);
        expect(features.values.every(Number.isFinite)).toBe(true);
      }),
      { numRuns: runs(100) },
    );
  });
});
