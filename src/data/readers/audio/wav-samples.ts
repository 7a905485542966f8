import { counted } from '../../../counted.js';
import { DataError } from '../../../errors.js';
import { refuseCancelled } from './mono.js';

/** Float32 holds all that 24 bits say; an hour of it at 44.1 kHz is 635 MB. */
export type Samples = Float32Array | Float64Array;

/** The format of the samples, by the fmt chunk. */
export interface WavFormat {
  /** pcm, float … */
  encoding: Encoding;
  channels: number;
  sampleRate: number;
  sampleBytes: number;
}

type Encoding = 'pcm' | 'float' | 'alaw' | 'mulaw';

const extensible = 0xfffe;
const encodings: Readonly<Record<number, Encoding>> = {
  1: 'pcm',
  3: 'float',
  6: 'alaw',
  7: 'mulaw',
};

/** Others that a WAV file may hold, to name them. */
const otherEncodings: Readonly<Record<number, string>> = {
  0x02: 'Microsoft ADPCM',
  0x11: 'IMA ADPCM',
  0x31: 'GSM 6.10',
  0x50: 'MPEG',
  0x55: 'MP3',
  0x92: 'Dolby AC-3',
  0xff: 'AAC',
  0x160: 'WMA',
  0x161: 'WMA',
  0x162: 'WMA',
  0x1610: 'AAC',
  0x674f: 'Ogg Vorbis',
  0xf1ac: 'FLAC',
};

/** The sampling rates that make sense for music; others are a fault of the file. */
const [lowestRate, highestRate] = [1000, 1_000_000];

/**
 * @param doubt takes what the chunk says twice, and not the same, and the byte of the chunk
 * @throws DataError for a format that is not read
 */
export function readFormat(
  fmt: Buffer,
  path: string,
  doubt: (text: string, byte: number) => void,
): WavFormat {
  if (fmt.length < 16) {
    throw new DataError(
      `${path}: a fmt chunk of ${counted(fmt.length, 'byte')}, expected 16 or more`,
    );
  }
  const extensionBytes = fmt.length >= 18 ? fmt.readUInt16LE(16) : 0;
  if (extensionBytes > 0 && 18 + extensionBytes > fmt.length) {
    throw new DataError(
      `${path}: a fmt chunk of ${counted(fmt.length, 'byte')} with an extension of ${extensionBytes}, which ` +
        'does not fit',
    );
  }
  const tag = fmt.readUInt16LE(0);
  const channels = fmt.readUInt16LE(2);
  const sampleRate = fmt.readUInt32LE(4);
  const frameBytes = fmt.readUInt16LE(12);
  const bits = fmt.readUInt16LE(14);
  if (channels < 1 || sampleRate < lowestRate || sampleRate > highestRate) {
    throw new DataError(
      `${path}: ${counted(channels, 'channel')} at ${sampleRate} Hz: expected 1 or more, at ${lowestRate} to ` +
        `${highestRate} Hz`,
    );
  }
  const subformat = tag === extensible ? extension(fmt, path) : tag;
  const encoding = encodings[subformat];
  const sampleBytes = Math.ceil(bits / 8);
  if (!encoding || !isRead(encoding, bits)) {
    const name = otherEncodings[subformat] ? `, ${otherEncodings[subformat]},` : '';
    throw new DataError(
      `${path}: WAV format 0x${subformat.toString(16).padStart(4, '0')}${name} with ${bits} bits is ` +
        'not supported: expected PCM of 8 to 32 bits, float of 32 or 64, A-law or µ-law; convert it ' +
        'with `sox FILE -e signed -b 16 recording.wav` or `ffmpeg -i FILE recording.wav`',
    );
  }
  // Samples of, say, 20 or 24 bits may lie in larger containers, at their upper end.
  const containerBytes = frameBytes / channels;
  const isWider =
    encoding === 'pcm' &&
    containerBytes > sampleBytes &&
    containerBytes <= 4 &&
    Number.isInteger(containerBytes) &&
    fmt.readUInt32LE(8) !== sampleRate * channels * sampleBytes;
  const format = {
    encoding,
    channels,
    sampleRate,
    sampleBytes: isWider ? containerBytes : sampleBytes,
  };
  if (frameBytes !== channels * format.sampleBytes) {
    doubt(
      `${counted(frameBytes, 'byte')} a frame do not fit ${counted(channels, 'channel')} of ${bits} bits: the ` +
        `samples are taken to have ${counted(format.sampleBytes, 'byte')}`,
      12,
    );
  }
  return format;
}

/** The format that WAVE_FORMAT_EXTENSIBLE names in its extension. */
function extension(fmt: Buffer, path: string): number {
  if (fmt.length >= 40 && fmt.readUInt16LE(16) >= 22) return fmt.readUInt16LE(24);
  throw new DataError(`${path}: WAVE_FORMAT_EXTENSIBLE without its extension of 22 bytes`);
}

function isRead(encoding: Encoding, bits: number): boolean {
  if (encoding === 'pcm') return bits >= 8 && bits <= 32;
  return encoding === 'float' ? bits === 32 || bits === 64 : bits === 8;
}

/** Three hours at 44,100 Hz: 2 GB in memory, 4 GB of samples of more than 24 bits. */
const mostFrames = 500_000_000;

/**
 * The mean of the channels, in [−1, 1], [frames]; what is no whole frame at the end is left out.
 * @throws DataError for a recording that is too long, or a sample that is no finite number
 */
export function readSamples(
  data: Buffer,
  { encoding, channels, sampleBytes }: WavFormat,
  path: string,
): Samples {
  const frames = Math.floor(data.length / (channels * sampleBytes));
  if (frames > mostFrames) {
    throw new DataError(
      `${path}: ${frames} samples a channel: expected at most ${mostFrames}; cut it with ` +
        '`sox FILE part.wav trim 0 1:00:00`',
    );
  }
  const sampleAt = sampleReader(data, encoding, sampleBytes);
  const companded = encoding === 'alaw' || encoding === 'mulaw';
  // PCM counts in steps of its own.
  const fullScale = encoding === 'float' ? 1 : companded ? 2 ** 15 : 2 ** (8 * sampleBytes - 1);
  const isWide = encoding === 'float' ? sampleBytes > 4 : sampleBytes > 3;
  const samples = isWide ? new Float64Array(frames) : new Float32Array(frames);
  let [loudest, loudestMean] = [0, 0];
  for (let n = 0; n < frames; n++) {
    let sum = 0;
    for (let channel = 0; channel < channels; channel++) {
      const value = sampleAt((n * channels + channel) * sampleBytes);
      if (!Number.isFinite(value)) {
        throw new DataError(
          `${path}: sample ${n}${channels > 1 ? ` of channel ${channel}` : ''} is ${value}: ` +
            'every sample must be finite',
        );
      }
      sum += value;
      loudest = Math.max(loudest, Math.abs(value));
    }
    samples[n] = sum / (channels * fullScale);
    loudestMean = Math.max(loudestMean, Math.abs(sum) / channels);
  }
  refuseCancelled(path, { loudest, loudestMean });
  return samples;
}

function sampleReader(data: Buffer, encoding: Encoding, bytes: number): (at: number) => number {
  switch (encoding) {
    case 'float':
      return bytes === 4 ? (at) => data.readFloatLE(at) : (at) => data.readDoubleLE(at);
    case 'alaw':
      return (at) => fromALaw(data[at]!);
    case 'mulaw':
      return (at) => fromMuLaw(data[at]!);
    case 'pcm':
      // Up to eight bits are unsigned, more are signed.
      if (bytes === 1) return (at) => data[at]! - 128;
      if (bytes === 2) return (at) => data.readInt16LE(at);
      return (at) => data.readIntLE(at, bytes);
  }
}

/** ITU-T G.711, A-law: sign, exponent, mantissa of 8 bits to 16, every other bit inverted. */
function fromALaw(code: number): number {
  const bits = code ^ 0x55;
  const exponent = (bits >> 4) & 7;
  const mantissa = ((bits & 0x0f) << 4) + 8;
  const size = exponent === 0 ? mantissa : (mantissa + 0x100) << (exponent - 1);
  return bits & 0x80 ? size : -size;
}

/** ITU-T G.711, µ-law: all bits inverted, a bias of 132 in 16 bits. */
function fromMuLaw(code: number): number {
  const bits = ~code & 0xff;
  const size = ((((bits & 0x0f) << 3) + 0x84) << ((bits >> 4) & 7)) - 0x84;
  return bits & 0x80 ? -size : size;
}
