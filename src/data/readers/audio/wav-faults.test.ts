import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { asksSox, soxReads, soxWrites } from '../../../../test/sox.js';
import { runs } from '../../../../test/property-runs.js';
import { DataError } from '../../../errors.js';
import type { Samples } from './wav-samples.js';
import { decodeWav } from './wav.js';

const chunk = (name: string, body: Uint8Array, size = body.length, pad = true) => {
  const head = Buffer.alloc(8);
  head.write(name, 'latin1');
  head.writeUInt32LE(size, 4);
  return Buffer.concat([head, body, Buffer.alloc(pad ? body.length % 2 : 0)]);
};

interface Format {
  tag?: number;
  bits?: number;
  channels?: number;
  rate?: number;
  frameBytes?: number;
}

function fmt({ tag = 1, bits = 16, channels = 1, rate = 8000, frameBytes }: Format = {}) {
  const body = Buffer.alloc(16);
  const frame = frameBytes ?? channels * Math.ceil(bits / 8);
  body.writeUInt16LE(tag, 0);
  body.writeUInt16LE(channels, 2);
  body.writeUInt32LE(rate, 4);
  body.writeUInt32LE((rate * frame) % 2 ** 32, 8);
  body.writeUInt16LE(frame, 12);
  body.writeUInt16LE(bits, 14);
  return chunk('fmt ', body);
}

const wav = (chunks: Uint8Array[], id = 'RIFF', size?: number) => {
  const body = Buffer.concat([Buffer.from('WAVE'), ...chunks]);
  return chunk(id, body, size ?? body.length, false);
};

/** The samples of a file, in 1/32768, and the notices. */
function read(bytes: Uint8Array) {
  const notices: string[] = [];
  const { samples } = decodeWav(bytes, 'a.wav', (text) => notices.push(text));
  return { samples: [...samples].map((value) => value * 32768), notices };
}

function refusal(bytes: Uint8Array): string {
  try {
    decodeWav(bytes, 'a.wav');
  } catch (error) {
    expect(error).toBeInstanceOf(DataError);
    return (error as Error).message;
  }
  return 'read';
}

const values = [0, 1000, -32768, 32767];
const data = Buffer.from(Int16Array.from(values).buffer);
const silently = { samples: values, notices: [] };
const list = chunk('LIST', Buffer.from('INFOISFT\x05\0\0\0sox!\0\0', 'latin1'));

describe('a recording', () => {
  it('is as long as the file when its length is that of a stream', () => {
    for (const size of [
      0x7fff_f000, 0x7fff_ffdb, 0x7fff_ffff, 0x8000_0000, 0xffff_ffdb, 0xffff_ffff,
    ]) {
      for (const riff of [0, size, 0xffff_ffff]) {
        const { samples, notices } = read(
          wav([fmt(), list, chunk('data', data, size)], 'RIFF', riff),
        );
        expect(samples).toEqual(values);
        expect(notices).toEqual([
          'a.wav: the length of the samples is that of a stream: read to the end (at byte 66)',
        ]);
      }
    }
  });

  it('is as long as the file when its recorder was stopped before it wrote a length', () => {
    const stopped = read(wav([fmt(), chunk('data', data, 0)], 'RIFF', 0));
    expect(stopped.samples).toEqual(values);
    expect(stopped.notices).toEqual([expect.stringContaining('the length of the samples is 0')]);
    expect(refusal(wav([fmt(), chunk('data', Buffer.alloc(0)), list]))).toContain('is empty');
    expect(refusal(wav([fmt(), chunk('data', Buffer.alloc(0))]))).toContain('is empty');
  });

  it('may be RF64 or BW64, its length in ds64', () => {
    const ds64 = (bytes: bigint) => {
      const body = Buffer.alloc(28);
      body.writeBigUInt64LE(bytes, 8);
      return chunk('ds64', body);
    };
    const long = chunk('data', data, 0xffff_ffff);
    for (const id of ['RF64', 'BW64']) {
      expect(read(wav([ds64(8n), fmt(), long, list], id, 0xffff_ffff))).toEqual(silently);
      const streamed = read(wav([ds64(2n ** 40n), fmt(), long], id, 0xffff_ffff));
      expect(streamed.samples).toEqual(values);
      expect(streamed.notices).toHaveLength(1);
      const stopped = read(wav([ds64(0n), fmt(), long], id, 0xffff_ffff));
      expect(stopped.samples).toEqual(values);
      expect(stopped.notices).toHaveLength(1);
    }
  });

  it('may lack some bytes at its end, which is said', () => {
    const bytes = wav([fmt(), chunk('data', data)]);
    const cut = read(bytes.subarray(0, -1));
    expect(cut.samples).toEqual(values.slice(0, 3));
    expect(cut.notices).toEqual([
      'a.wav: the last 1 byte of the samples missing (at byte 51)',
      'a.wav: the last frame has 1 of 2 bytes: left out (at byte 50)',
    ]);
    // A length that counts the header.
    expect(read(wav([fmt(), chunk('data', data, data.length + 44)])).samples).toEqual(values);
    const odd = read(wav([fmt(), chunk('data', data.subarray(0, 7), 7, false)]));
    expect(odd.samples).toEqual(values.slice(0, 3));
    expect(odd.notices).toHaveLength(1);
  });

  it('may have any chunks around it, with padding after odd ones or without', () => {
    const bext = chunk('bext', Buffer.alloc(602));
    for (const pad of [true, false]) {
      const odd = chunk('JUNK', Buffer.alloc(5, 1), 5, pad);
      expect(read(wav([bext, odd, fmt(), odd, list, chunk('data', data), odd, list]))).toEqual(
        silently,
      );
    }
    expect(read(wav([fmt(), chunk('data', data), Buffer.of(9)])).notices).toEqual([
      'a.wav: 1 byte of no chunk ignored (at byte 52)',
    ]);
    expect(read(wav([fmt(), chunk('data', data), chunk('id3 ', data, 99)])).notices).toEqual([
      'a.wav: the chunk id3 is cut off (at byte 52)',
    ]);
  });

  it('are those of the first data chunk that has some; another is said to be left out', () => {
    const empty = chunk('data', Buffer.alloc(0));
    expect(read(wav([fmt(), empty, chunk('data', data)]))).toEqual(silently);
    const second = chunk('data', data.subarray(0, 4));
    expect(read(wav([fmt(), chunk('data', data), second, empty]))).toEqual({
      samples: values,
      notices: [
        'a.wav: a second data chunk of 4 bytes is left out (at byte 52)',
        'a.wav: a second data chunk of 0 bytes is left out (at byte 64)',
      ],
    });
  });

  it('may have samples of 8 bits, unsigned, or of 12 and 20 at the upper end of whole bytes', () => {
    const eight = wav([fmt({ bits: 8 }), chunk('data', Uint8Array.of(128, 0, 255, 192))]);
    expect(read(eight).samples).toEqual([0, -32768, 127 * 256, 64 * 256]);
    const twelve = wav([fmt({ bits: 12 }), chunk('data', data)]);
    expect(read(twelve)).toEqual(silently);
    const twenty = Uint8Array.of(0, 0, 0x80, 0x10, 0, 0);
    expect(read(wav([fmt({ bits: 20 }), chunk('data', twenty)])).samples).toEqual([-32768, 1 / 16]);
    const within32 = fmt({ bits: 24, frameBytes: 4 });
    expect(read(wav([within32, chunk('data', Uint8Array.of(0, 0, 0, 0xc0))])).samples).toEqual([
      -16384,
    ]);
  });

  // As libsndfile reads it: by the bits.
  it.each([
    [1, 4],
    [1, 0],
    [1, 3],
    [2, 2],
    [2, 5],
  ])('of %i channels may say %i bytes a frame, which is said', (channels, says) => {
    const doubtful = Buffer.from(fmt({ channels }));
    doubtful.writeUInt16LE(says, 8 + 12);
    const both = Int16Array.from(values.flatMap((value) => Array<number>(channels).fill(value)));
    expect(read(wav([doubtful, chunk('data', Buffer.from(both.buffer))]))).toEqual({
      ...silently,
      notices: [
        `a.wav: ${says} bytes a frame do not fit ${channels} channel${channels > 1 ? 's' : ''} of 16 bits: ` +
          'the samples are taken to have 2 bytes (at byte 32)',
      ],
    });
  });

  it('may be followed by another file, which is said to be left out', () => {
    const bytes = wav([fmt(), chunk('data', data)]);
    expect(read(Buffer.concat([bytes, bytes]))).toEqual({
      samples: values,
      notices: ['a.wav: a second WAV file is left out (at byte 52)'],
    });
  });

  it('may be A-law or µ-law (ITU-T G.711)', () => {
    const law = (tag: number, ...codes: number[]) =>
      read(wav([fmt({ tag, bits: 8 }), chunk('data', Uint8Array.from(codes))])).samples;
    // The smallest and the largest values of either sign, and the tables' segment ends.
    expect(law(6, 0xd5, 0x55, 0xaa, 0x2a, 0xc5, 0x80)).toEqual([8, -8, 32256, -32256, 264, 5504]);
    expect(law(7, 0xff, 0x7f, 0x80, 0x00, 0xf0, 0xef)).toEqual([0, 0, 32124, -32124, 120, 132]);
  });

  it('may have many channels, mixed down by their mean, and any usual rate', () => {
    const eightChannels = Buffer.from(Int16Array.of(8, 16, 24, 32, 40, 48, 56, 64).buffer);
    expect(read(wav([fmt({ channels: 8 }), chunk('data', eightChannels)])).samples).toEqual([36]);
    for (const rate of [8000, 11025, 44100, 96000, 192_000]) {
      const { sampleRate } = decodeWav(wav([fmt({ rate }), chunk('data', data)]), 'a.wav');
      expect(sampleRate).toBe(rate);
    }
    for (const rate of [0, 1, 0xffff_ffff]) {
      expect(refusal(wav([fmt({ rate }), chunk('data', data)]))).toContain(`at ${rate} Hz`);
    }
    expect(refusal(wav([fmt({ channels: 0 }), chunk('data', data)]))).toContain('0 channels');
  });

  it('that is cut off is refused with the byte, wherever it is cut', () => {
    const long = Buffer.alloc(4000, 1);
    const bytes = wav([list, fmt(), list, chunk('data', long)]);
    for (let length = 12; length < bytes.length - 64; length += length < 200 ? 1 : 97) {
      expect(refusal(bytes.subarray(0, length))).toMatch(
        new RegExp(`truncated at byte ${length}|the recording is empty`),
      );
    }
  });

  it.each([
    ['fLaC\0\0\0\x22', 'a FLAC recording: convert it to WAV first'],
    ['ID3\x03\0', 'an MP3 recording'],
    ['\xff\xfb\x90\x64', 'an MP3 recording'],
    ['OggS\0\x02', 'an Ogg recording'],
    ['FORM\0\0\x10\0AIFFCOMM', 'an AIFF recording'],
    ['FORM\0\0\x10\0AIFCFVER', 'an AIFF recording'],
    ['\0\0\0\x20ftypM4A ', 'an MP4 or M4A file'],
    ['RIFX\0\0\0\0WAVEfmt ', 'a big-endian WAV recording (RIFX)'],
    ['.snd\0\0\0\x18', 'a Sun AU recording'],
    ['\x1aE\xdf\xa3', 'a Matroska or WebM file'],
    ['\x1f\x8b\x08', 'a gzip file: unpack it first'],
    ['MThd\0\0\0\x06', 'a standard MIDI file: the recording comes first, the score second'],
    ['<?xml version="1.0"?><score-partwise>', 'a MusicXML score'],
  ])('in another format is named: %j', (start, name) => {
    const message = refusal(Buffer.concat([Buffer.from(start, 'latin1'), Buffer.alloc(40)]));
    expect(message).toContain(`a.wav: not a WAV file: it is ${name}`);
  });
});

describe('recordings that sox writes', () => {
  const formats = [
    '-e unsigned -b 8',
    '-e signed -b 16',
    '-e signed -b 24 -c 3',
    '-e signed -b 32',
    '-e float -b 32 -c 2',
    '-e float -b 64',
    '-e a-law',
    '-e mu-law -c 2',
  ];

  it.runIf(asksSox).each(formats)('are read as sox reads them: %s', (format) => {
    const bytes = soxWrites(format.split(' '));
    const expected = soxReads(bytes) as Int32Array;
    const channels = Number(/-c (\d)/.exec(format)?.[1] ?? 1);
    const { samples } = decodeWav(bytes, 'sox.wav');
    expect(samples.length).toBe(expected.length / channels);
    const ofSox = Array.from(samples, (_, n) => {
      const frame = expected.subarray(n * channels, (n + 1) * channels);
      return frame.reduce((sum, value) => sum + value, 0) / channels / 2 ** 31;
    });
    // Sox rounds to 32 bits.
    samples.forEach((value, n) => expect(Math.abs(value - ofSox[n]!)).toBeLessThan(2 ** -30));
  });

  it.runIf(asksSox)('are not read when spoilt in a way that sox refuses', { timeout: 1e6 }, () => {
    const written = formats.map((format) => soxWrites(format.split(' ')));
    const change = fc.record({ at: fc.nat(100), value: fc.nat(255) });
    fc.assert(
      fc.property(
        fc.nat(formats.length - 1),
        fc.array(change, { maxLength: 4 }),
        (which, changes) => {
          const bytes = Buffer.from(written[which]!);
          for (const { at, value } of changes) bytes[at] = value;
          let samples: Samples;
          try {
            ({ samples } = decodeWav(bytes, 'sox.wav'));
          } catch (error) {
            expect(error).toBeInstanceOf(DataError);
            return;
          }
          const ofSox = soxReads(bytes);
          // What sox cannot do yet is no fault of the file.
          if (typeof ofSox === 'string' && !ofSox.includes('not supported yet')) {
            expect.fail(`${samples.length} samples read; sox: ${ofSox}`);
          }
        },
      ),
      { numRuns: runs(600) },
    );
  });
});
