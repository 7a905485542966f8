import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DataError } from '../../../errors.js';
import { SeededRandom } from '../../../random.js';
import { decodeAudio, readAudio } from './audio.js';
import { decodePacked } from './packed-audio.js';
import { encodeWav16, type Audio } from './wav.js';
import { temporaryFolder } from '../../../../test/temporary-folder.js';

const ffmpeg = spawnSync('ffmpeg', ['-version']).status === 0;
const installed = await Promise.all(
  [
    'mpg123-decoder',
    '@wasm-audio-decoders/flac',
    '@wasm-audio-decoders/ogg-vorbis',
    'ogg-opus-decoder',
  ].map((name) =>
    import(name).then(
      () => true,
      () => false,
    ),
  ),
).then((all) => all.every(Boolean));

const folder = temporaryFolder('audio');

/** Two seconds of notes that begin every tenth of a second, with a little noise. */
function tones(sampleRate: number) {
  const random = new SeededRandom(3);
  const samples = Float64Array.from({ length: 2 * sampleRate }, (_, n) => {
    const [seconds, note] = [(n / sampleRate) % 0.1, Math.floor((10 * n) / sampleRate)];
    const hz = 220 * 2 ** (((7 * note) % 12) / 12);
    const tone = Math.exp(-20 * seconds) * Math.sin(2 * Math.PI * hz * seconds);
    return 0.5 * tone + 0.01 * (random.uniform() - 0.5);
  });
  return { sampleRate, samples };
}

/** The bytes that ffmpeg makes of the tones. */
function encoded(name: string, args: readonly string[] = [], rate = 44_100): Buffer {
  const [from, to] = [join(folder, `${rate}.wav`), join(folder, name)];
  writeFileSync(from, encodeWav16(tones(rate)));
  const { status, stderr } = spawnSync('ffmpeg', ['-v', 'error', '-y', '-i', from, ...args, to]);
  if (status !== 0) throw new Error(stderr.toString());
  return readFileSync(to);
}

/** What ffmpeg decodes of a file, as mono. */
function ffmpegReads(name: string): Float32Array {
  const args = ['-v', 'error', '-i', join(folder, name), '-ac', '1', '-f', 'f32le', '-'];
  const { stdout } = spawnSync('ffmpeg', args, { maxBuffer: 2 ** 28 });
  return new Float32Array(Uint8Array.from(stdout).buffer);
}

/** The runner's own comparison of so many numbers takes minutes when they differ. */
const isSame = (a: Audio, b: Audio) =>
  a.sampleRate === b.sampleRate &&
  Buffer.compare(Buffer.from(a.samples.buffer), Buffer.from(b.samples.buffer)) === 0;

const formats: [name: string, args: string[], rate?: number][] = [
  ['a.mp3', []],
  ['mono.mp3', ['-ac', '1', '-b:a', '48k'], 22_050],
  ['vbr.mp3', ['-q:a', '4'], 48_000],
  ['plain.mp3', ['-write_xing', '0', '-id3v2_version', '0']],
  ['layer2.mp2', ['-c:a', 'mp2']],
  ['a.flac', []],
  ['24.flac', ['-sample_fmt', 's32', '-ar', '96000']],
  ['six.flac', ['-ac', '6']],
  ['flac.oga', ['-c:a', 'flac']],
  ['vorbis.ogg', ['-c:a', 'libvorbis']],
  ['six.ogg', ['-c:a', 'libvorbis', '-ac', '6']],
  ['a.opus', ['-c:a', 'libopus'], 48_000],
];

describe.skipIf(!ffmpeg || !installed)('recordings that ffmpeg packed', () => {
  it('with channels that cancel each other are an error', async () => {
    const opposite = encoded('opposite.flac', ['-af', 'pan=stereo|c0=c0|c1=-1*c0']);
    await expect(decodeAudio(opposite, 'opposite.flac')).rejects.toThrow(
      'opposite.flac: its channels cancel each other',
    );
  });

  it.each(formats)('%s is read as ffmpeg reads it', async (name, args, rate = 44_100) => {
    encoded(name, args, rate);
    const notices: string[] = [];
    const audio = await readAudio(join(folder, name), (text) => notices.push(text));
    expect(notices).toEqual([]);
    const expected = ffmpegReads(name);
    // Without a header for it no reader knows the encoder's delay; ffmpeg pads the end.
    const [shift, slack] = name === 'plain.mp3' || name === 'layer2.mp2' ? [0, 2400] : [0, 0];
    expect(Math.abs(audio.samples.length - expected.length)).toBeLessThanOrEqual(slack);
    let [squares, largest] = [0, 0];
    const length = Math.min(audio.samples.length, expected.length) - shift;
    for (let n = 0; n < length; n++) {
      const off = audio.samples[n]! - expected[n]!;
      squares += off * off;
      largest = Math.max(largest, Math.abs(off));
    }
    // ffmpeg mixes six channels by weights of its own.
    if (!name.startsWith('six')) expect(largest).toBeLessThan(2e-4);
    expect(Math.sqrt(squares / length)).toBeLessThan(name.startsWith('six') ? 0.2 : 1e-4);
  });

  it('FLAC holds the very samples of the WAV', async () => {
    const bytes = encoded('same.flac');
    const { samples, sampleRate } = await decodeAudio(bytes, 'same.flac');
    const wav = await decodeAudio(encodeWav16(tones(44_100)), 'a.wav');
    expect(sampleRate).toBe(wav.sampleRate);
    expect(samples).toHaveLength(wav.samples.length);
    // The decoder calls 32767 of 16 bits 1, the WAV reader 32768.
    const scaled = wav.samples.map((value) => (value * 32768) / 32767);
    expect(samples.every((value, n) => Math.abs(value - scaled[n]!) < 1e-6)).toBe(true);
  });

  it.each(['a.mp3', 'a.flac', 'flac.oga', 'vorbis.ogg', 'a.opus'])(
    '%s under another name, and behind an ID3 tag or before one',
    async (name) => {
      const args = formats.find(([one]) => one === name)![1];
      const bytes = encoded(name, args);
      const plain = await decodeAudio(bytes, 'recording.wav');
      const tag = Buffer.concat([
        Buffer.from('ID3\x04\0\0\0\0\x01\0', 'latin1'),
        Buffer.alloc(128, 1),
      ]);
      const tagged = await decodeAudio(Buffer.concat([tag, bytes]), 'recording.mid');
      expect(isSame(tagged, plain)).toBe(true);
      const after = Buffer.concat([bytes, Buffer.from('TAG'.padEnd(128))]);
      const notices: string[] = [];
      const before = await decodeAudio(after, 'a', (text) => notices.push(text));
      expect(isSame(before, plain)).toBe(true);
      expect(notices).toEqual([]);
    },
  );

  it.each(['a.mp3', 'a.flac', 'flac.oga', 'vorbis.ogg', 'a.opus'])(
    '%s cut off anywhere, or damaged, is an error with its name, or read with a notice',
    async (name) => {
      const args = formats.find(([one]) => one === name)![1];
      const bytes = encoded(name, args);
      const whole = await decodeAudio(bytes, name);
      const read = async (bytes: Uint8Array) => {
        const notices: string[] = [];
        const found = await decodeAudio(bytes, name, (text) => notices.push(text)).catch(
          (error: unknown) => error as Error,
        );
        if (!(found instanceof Error)) return { length: found.samples.length, notices };
        expect(found).toBeInstanceOf(DataError);
        expect(found.message).toContain(name);
        return undefined;
      };
      for (const share of [0, 0.001, 0.01, 0.1, 0.5, 0.9]) {
        const cut = bytes.subarray(0, Math.floor(share * bytes.length));
        expect(await read(cut), `cut at ${share}`).toBeUndefined();
      }
      // The last frame of an MP3 is padding: it may be cut off.
      const last = await read(bytes.subarray(0, -20));
      expect(last?.notices ?? ['refused']).toHaveLength(1);
      const random = new SeededRandom(4);
      for (let trial = 0; trial < 6; trial++) {
        const damaged = Uint8Array.from(bytes);
        const from = Math.floor((0.2 + 0.6 * random.uniform()) * bytes.length);
        for (let at = from; at < Math.min(bytes.length, from + 3000); at++) {
          damaged[at] = Math.floor(256 * random.uniform());
        }
        const found = await read(damaged);
        // Damage to the sound alone: nothing may have moved.
        if (found?.notices.length === 0) expect(found.length).toBe(whole.samples.length);
      }
    },
  );

  it('a station’s stream that begins in the middle and has no end is read, with a notice', async () => {
    const bytes = encoded('long.ogg', ['-c:a', 'libvorbis', '-page_duration', '100000']);
    const pages: Buffer[] = [];
    for (let at = 0; at >= 0 && at < bytes.length;) {
      const next = bytes.indexOf('OggS', at + 4);
      pages.push(bytes.subarray(at, next < 0 ? undefined : next));
      at = next;
    }
    const notices: string[] = [];
    const middle = Buffer.concat([...pages.slice(0, 2), ...pages.slice(5, -1)]);
    await decodeAudio(middle, 'station.ogg', (text) => notices.push(text));
    expect(notices).toEqual([
      expect.stringMatching(/station\.ogg: pages 2 to 4 are missing/),
      expect.stringMatching(/no last page/),
    ]);
    const gap = Buffer.concat([...pages.slice(0, 5), ...pages.slice(6)]);
    await expect(decodeAudio(gap, 'gap.ogg')).rejects.toThrow('page 5 is missing, page 6 is there');
    // What an editor of tags leaves between pages is no loss; with a page gone it is.
    const rest = Buffer.from('what was there');
    const edited = Buffer.concat([...pages.slice(0, 2), rest, ...pages.slice(2)]);
    notices.length = 0;
    const read = await decodeAudio(edited, 'edited.ogg', (text) => notices.push(text));
    expect(read.samples).toEqual((await decodeAudio(bytes, 'whole.ogg')).samples);
    expect(notices.join()).toContain('14 bytes that are no Ogg page: passed over');
    const lost = Buffer.concat([...pages.slice(0, 2), rest, ...pages.slice(3)]);
    await expect(decodeAudio(lost, 'lost.ogg')).rejects.toThrow('page 2 is missing');
    const twice = Buffer.concat([
      bytes,
      encoded('b.ogg', ['-c:a', 'libvorbis', '-serial_offset', '7']),
    ]);
    await expect(decodeAudio(twice, 'two.ogg')).rejects.toThrow('it holds several streams');
  });

  it('never decodes more than the limit', async () => {
    const bytes = encoded('a.flac');
    const read = (samples?: number) =>
      decodePacked(bytes, { codec: 'flac', path: 'a.flac', samples }, 50_000);
    await expect(read()).rejects.toThrow('a.flac: it has more than the 50000 samples');
    await expect(read(88_200)).rejects.toThrow('more than the 50000 samples');
  });
});

// 2000 samples at 8000 Hz in four frames of 11 or 12 bytes, as ffmpeg writes them.
const silence = Buffer.from(
  '664c6143800000220240024000000b00000d01f400f0000007d06c1b4100d743a6937ad6c59244d535b3' +
    'fff8240800ca000000ce76fff8240801cd000000a20e' +
    'fff8240802c40000001686fff8740803010f10000000d265',
  'hex',
);

it.skipIf(!installed)(
  'FLAC may end with silence, whose frames are short, or with a tag',
  async () => {
    const tag = Buffer.from('TAG'.padEnd(128));
    for (const bytes of [silence, Buffer.concat([silence, tag])]) {
      const { samples, sampleRate } = await decodeAudio(bytes, 'a.flac');
      expect([samples.length, sampleRate]).toEqual([2000, 8000]);
    }
    await expect(decodeAudio(silence.subarray(0, -1), 'a.flac')).rejects.toThrow(
      'damaged or truncated: 1728 of its 2000 samples',
    );
  },
);

it.skipIf(!installed)(
  'FLAC that does not state its length loses nothing without a word',
  async () => {
    // The four bytes of the length; what follows are frames of 576, 576, 576 and 272 samples.
    const streamed = Buffer.from(silence).fill(0, 22, 26);
    const read = async (bytes: Buffer) => {
      const notices: string[] = [];
      const { samples } = await decodeAudio(bytes, 'a.flac', (text) => notices.push(text));
      return [samples.length, ...notices];
    };
    expect(await read(streamed)).toEqual([2000]);
    expect(await read(streamed.subarray(0, -1))).toEqual([
      1728,
      'a.flac: the last frame is cut off: left out (at byte 75)',
    ]);
    for (const behind of [Buffer.from('TAG'.padEnd(128)), Buffer.from('APETAGEX')]) {
      expect(await read(Buffer.concat([streamed, behind]))).toEqual([2000]);
    }
    expect(await read(Buffer.concat([streamed, streamed]))).toEqual([
      2000,
      `a.flac: ${streamed.length} bytes after the last frame ignored (at byte 88)`,
    ]);
    const tag = Buffer.from('TAG'.padEnd(128));
    expect(await read(Buffer.concat([streamed, tag, streamed]))).toEqual([
      2000,
      `a.flac: ${streamed.length} bytes after the last frame ignored (at byte 216)`,
    ]);
    const gap = Buffer.concat([streamed.subarray(0, 53), streamed.subarray(64)]);
    await expect(read(gap)).rejects.toThrow(
      'a.flac: damaged between the frames at bytes 42 and 53',
    );
    const flipped = Buffer.from(streamed).fill(1, 60, 61);
    await expect(read(flipped)).rejects.toThrow('a.flac: damaged');
  },
);

// 32 kbit/s, mono, 44.1 kHz: 104 bytes a frame; all side information 0 is silence.
const frame = Buffer.concat([Buffer.from('fffb10c0', 'hex'), Buffer.alloc(100)]);

it.skipIf(!installed)('MP3 may begin in the middle of a frame, which is said', async () => {
  const notices: string[] = [];
  const bytes = Buffer.concat([frame.subarray(50), ...Array<Buffer>(9).fill(frame)]);
  const { samples } = await decodeAudio(bytes, 'a.mp3', (text) => notices.push(text));
  expect(samples.length).toBeGreaterThan(7 * 1152);
  expect(notices).toEqual([expect.stringContaining('54 bytes that are no MPEG frames')]);
  await expect(decodeAudio(Buffer.concat([Buffer.alloc(50), frame, frame]), 'a')).rejects.toThrow(
    'not a recording',
  );
});

it.skipIf(!installed)(
  'MP3 with more frames than it states, also behind a tag, says so',
  async () => {
    const info = Buffer.from(frame);
    info.write('Info', 4 + 17, 'latin1');
    info.writeUInt32BE(1, 4 + 17 + 4);
    info.writeUInt32BE(9, 4 + 17 + 8);
    const one = Buffer.concat([info, ...Array<Buffer>(9).fill(frame)]);
    const said = async (bytes: Buffer) => {
      const notices: string[] = [];
      await decodeAudio(bytes, 'a.mp3', (text) => notices.push(text));
      return notices;
    };
    expect(await said(one)).toEqual([]);
    const tag = Buffer.from('TAG'.padEnd(128));
    expect(await said(Buffer.concat([one, tag]))).toEqual([]);
    expect(await said(Buffer.concat([one, tag, one]))).toEqual([
      expect.stringContaining('128 bytes that are no MPEG frames: passed over'),
      expect.stringContaining('its header states 9 frames, the file holds 19'),
    ]);
    expect(await said(Buffer.concat([one, one]))).toEqual([
      'a.mp3: its header states 9 frames, the file holds 19: another recording may follow (at byte 0)',
    ]);
  },
);

it('WAV may stand behind an ID3 tag', async () => {
  const wav = encodeWav16(tones(8000));
  const tag = Buffer.from('ID3\x03\0\0\0\0\0\x04abcd', 'latin1');
  const notices: string[] = [];
  const tagged = await decodeAudio(Buffer.concat([tag, wav]), 'a.wav', (text) =>
    notices.push(text),
  );
  expect(isSame(tagged, await decodeAudio(wav, 'a.wav'))).toBe(true);
  expect(notices).toEqual(['a.wav: 14 bytes before RIFF are ignored: bytes count from there']);
});

describe('recordings of other kinds', () => {
  it.each([
    ['....ftypM4A ', 'it is an MP4 or M4A file: convert it to WAV first'],
    ['FORM....AIFF', 'it is an AIFF recording'],
    ['\xff\xf1\x50\x80', 'it is an AAC recording'],
    ['MThd\0\0\0\x06', 'it is a standard MIDI file'],
    ['OggS'.padEnd(28) + '\x80theora', 'an Ogg file of neither Vorbis, Opus nor FLAC'],
    ['', 'but the file is empty'],
    ['hello', 'not a recording that can be read (WAV, MP3, FLAC, Ogg Vorbis, Opus)'],
    ['ID3\x03\0\0\0\0\0\0', 'no MPEG frames'],
  ])('%j is refused', async (start, message) => {
    const bytes = Buffer.from(start, 'latin1');
    await expect(decodeAudio(bytes, 'x.flac')).rejects.toThrow(`x.flac: `);
    await expect(decodeAudio(bytes, 'x.flac')).rejects.toThrow(message);
  });
});
