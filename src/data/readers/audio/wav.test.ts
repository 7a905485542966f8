import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DataError } from '../../../errors.js';
import { decodeWav, encodeWav16, readWav } from './wav.js';

interface WavLayout {
  format?: number;
  subformat?: number;
  bits: number;
  channels?: number;
  data: Uint8Array;
  declaredBytes?: number;
  chunksBefore?: [string, number][];
}

/** A WAV file written byte by byte from the format's definition, not by the library that reads it. */
function wav({ format = 1, subformat, bits, channels = 1, ...rest }: WavLayout): Buffer {
  const { data, declaredBytes = data.length, chunksBefore = [] } = rest;
  const chunk = (name: string, body: Uint8Array, size = body.length) => {
    const head = Buffer.alloc(8);
    head.write(name, 'latin1');
    head.writeUInt32LE(size, 4);
    return Buffer.concat([head, body, Buffer.alloc(body.length % 2)]);
  };
  const fmt = Buffer.alloc(subformat === undefined ? 16 : 40);
  fmt.writeUInt16LE(format, 0);
  fmt.writeUInt16LE(channels, 2);
  fmt.writeUInt32LE(44100, 4);
  fmt.writeUInt32LE((44100 * channels * bits) / 8, 8);
  fmt.writeUInt16LE((channels * bits) / 8, 12);
  fmt.writeUInt16LE(bits, 14);
  if (subformat !== undefined) {
    fmt.writeUInt16LE(22, 16);
    fmt.writeUInt16LE(bits, 18);
    Buffer.from('00000000001000800000aa00389b71', 'hex').copy(fmt, 25);
    fmt.writeUInt16LE(subformat, 24);
  }
  const body = Buffer.concat([
    Buffer.from('WAVE'),
    chunk('fmt ', fmt),
    ...chunksBefore.map(([name, size]) => chunk(name, Buffer.alloc(size, 7))),
    chunk('data', data, declaredBytes),
  ]);
  return chunk('RIFF', body);
}

const int24 = (...values: number[]) =>
  Buffer.concat(
    values.map((value) => {
      const bytes = Buffer.alloc(3);
      bytes.writeIntLE(value, 0, 3);
      return bytes;
    }),
  );
const bytesOf = (array: ArrayBufferView) => new Uint8Array(array.buffer);
const samplesOf = (layout: WavLayout) => [...decodeWav(wav(layout), 'a.wav').samples];

describe('channels', () => {
  const tone = Array.from({ length: 100 }, (_, n) => Math.round(8000 * Math.sin(n / 3)));
  const stereo = (right: (left: number) => number) => ({
    ...{ bits: 16, channels: 2 },
    data: bytesOf(Int16Array.from(tone.flatMap((left) => [left, right(left)]))),
  });

  it('that are opposite in phase cancel each other, which is an error', () => {
    for (const rounding of [0, 1]) {
      expect(() => samplesOf(stereo((left) => rounding - left))).toThrow(
        'a.wav: its channels cancel each other, since they are opposite in phase',
      );
    }
  });

  it('of which one is silent, nearly the opposite, or all are silent, are read', () => {
    expect(samplesOf(stereo(() => 0))).toHaveLength(100);
    expect(samplesOf(stereo((left) => Math.round(-0.98 * left)))).toHaveLength(100);
    expect(samplesOf({ bits: 16, channels: 2, data: new Uint8Array(400) })).toHaveLength(100);
  });
});

describe('decodeWav', () => {
  const pcm16 = bytesOf(Int16Array.of(0, 16384, -32768, 32767));

  it('reads 16, 24 and 32-bit PCM on the scale of [−1, 1]', () => {
    expect(samplesOf({ bits: 16, data: pcm16 })).toEqual([0, 0.5, -1, 32767 / 32768]);
    const data24 = int24(0, 2 ** 22, -(2 ** 23), 2 ** 23 - 1);
    expect(samplesOf({ bits: 24, data: data24 })).toEqual([0, 0.5, -1, 1 - 2 ** -23]);
    const data32 = bytesOf(Int32Array.of(0, 2 ** 30, -(2 ** 31)));
    expect(samplesOf({ bits: 32, data: data32 })).toEqual([0, 0.5, -1]);
  });

  it('reads 32 and 64-bit float', () => {
    const values = [0, 0.25, -1.5];
    const float = { format: 3, bits: 32, data: bytesOf(Float32Array.from(values)) };
    const double = { format: 3, bits: 64, data: bytesOf(Float64Array.from(values)) };
    expect(samplesOf(float)).toEqual(values);
    expect(samplesOf(double)).toEqual(values);
  });

  it('reads WAVE_FORMAT_EXTENSIBLE', () => {
    const extensible = { format: 0xfffe, subformat: 1, bits: 16, data: pcm16 };
    expect(samplesOf(extensible)).toEqual([0, 0.5, -1, 32767 / 32768]);
    const data24 = int24(0, 2 ** 22, -(2 ** 23));
    expect(samplesOf({ ...extensible, bits: 24, data: data24 })).toEqual([0, 0.5, -1]);
    const float = bytesOf(Float32Array.of(0, 0.25, -1.5));
    expect(samplesOf({ ...extensible, subformat: 3, bits: 32, data: float })).toEqual([
      0, 0.25, -1.5,
    ]);
    const double = bytesOf(Float64Array.of(0, 0.25, -1.5));
    expect(samplesOf({ ...extensible, subformat: 3, bits: 64, data: double })).toEqual([
      0, 0.25, -1.5,
    ]);
    const pcm32 = bytesOf(Int32Array.of(0, 2 ** 30));
    expect(samplesOf({ ...extensible, bits: 32, data: pcm32 })).toEqual([0, 0.5]);
  });

  it('mixes channels down by their mean', () => {
    expect(samplesOf({ bits: 16, channels: 2, data: pcm16 })).toEqual([0.25, -1 / 65536]);
  });

  it('skips other chunks, of odd length too', () => {
    const layout = {
      bits: 16,
      data: pcm16,
      chunksBefore: [
        ['LIST', 26],
        ['junk', 5],
      ],
    };
    expect(samplesOf(layout as WavLayout)).toEqual([0, 0.5, -1, 32767 / 32768]);
  });

  it('names the file and the place of what is wrong', () => {
    const message = (layout: WavLayout) => {
      try {
        decodeWav(wav(layout), 'a.wav');
      } catch (error) {
        expect(error).toBeInstanceOf(DataError);
        return (error as Error).message;
      }
      return 'read';
    };
    expect(message({ bits: 16, data: pcm16, declaredBytes: 100 })).toBe(
      'a.wav: truncated at byte 52: the data chunk should have 100 bytes, the file holds 8 of them',
    );
    const nan = bytesOf(Float32Array.of(0, 0, NaN));
    expect(message({ format: 3, bits: 32, data: nan })).toContain('sample 2 is NaN');
    const infinite = bytesOf(Float32Array.of(0, 0, 0, -Infinity));
    expect(message({ format: 3, bits: 32, channels: 2, data: infinite })).toContain(
      'sample 1 of channel 1 is -Infinity',
    );
    expect(message({ bits: 16, data: new Uint8Array(0) })).toContain('the recording is empty');
    expect(message({ format: 2, bits: 4, data: pcm16 })).toContain(
      '0x0002, Microsoft ADPCM, with 4 bits',
    );
    expect(message({ bits: 48, data: pcm16 })).toContain('0x0001 with 48 bits');
    expect(message({ format: 6, bits: 16, data: pcm16 })).toContain('0x0006 with 16 bits');
    expect(message({ format: 0xfffe, subformat: 2, bits: 16, data: pcm16 })).toContain(
      'is not supported',
    );
  });

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['text', Buffer.from('This is no recording at all, but a text of some length.')],
    ['a WAV cut within its header', wav({ bits: 16, data: new Uint8Array(8) }).subarray(0, 30)],
    ['a WAV cut before its data', wav({ bits: 16, data: new Uint8Array(8) }).subarray(0, 36)],
    ['an AVI file', Buffer.concat([Buffer.from('RIFF\x20\0\0\0AVI '), Buffer.alloc(40)])],
  ])('refuses %s', (_, bytes) => {
    expect(() => decodeWav(bytes, 'a.wav')).toThrow(DataError);
    expect(() => decodeWav(bytes, 'a.wav')).toThrow('a.wav: ');
  });
});

describe('encodeWav16', () => {
  it('writes what decodeWav reads, clipped', () => {
    const samples = Float64Array.of(0, 0.5, -0.25, 2, -2);
    const audio = decodeWav(encodeWav16({ sampleRate: 16000, samples }), 'a.wav');
    expect(audio.sampleRate).toBe(16000);
    expect([...audio.samples]).toEqual([0, 0.5, -0.25, 32767 / 32768, -1]);
  });
});

describe('readWav', () => {
  it('names a file that is not there', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'wav-'));
    await expect(readWav(join(folder, 'none.wav'))).rejects.toThrow(/none\.wav: .*ENOENT/);
    await writeFile(join(folder, 'a.wav'), wav({ bits: 16, data: Uint8Array.of(0, 64) }));
    expect([...(await readWav(join(folder, 'a.wav'))).samples]).toEqual([0.5]);
  });
});
