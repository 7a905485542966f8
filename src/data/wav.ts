import { readFile } from 'node:fs/promises';
import wavefile from 'wavefile';
import { DataError } from '../errors.js';

/** A mono recording. */
export interface Audio {
  /** Samples per second. */
  sampleRate: number;
  /** In [−1, 1], [samples]; several channels are averaged. */
  samples: Float64Array;
}

/** What wavefile's declarations leave open about the chunks it has read. */
interface WavChunks {
  fmt: {
    audioFormat: number;
    numChannels: number;
    sampleRate: number;
    bitsPerSample: number;
    subformat: number[];
  };
  data: { chunkSize: number; samples: Uint8Array };
}

type WavFile = wavefile.WaveFile & WavChunks;

const pcm = 0x0001;
const float = 0x0003;
const extensible = 0xfffe;

/** The full scale of the formats that are read, by format and bits. */
const fullScale: Readonly<Record<number, Readonly<Record<number, number>>>> = {
  [pcm]: { 16: 2 ** 15, 24: 2 ** 23, 32: 2 ** 31 },
  [float]: { 32: 1, 64: 1 },
};

/**
 * Reads a WAV file: 16, 24 and 32-bit PCM, 32 and 64-bit float, also as WAVE_FORMAT_EXTENSIBLE; any
 * number of channels, mixed down to mono by their mean.
 * @throws DataError for a file that is missing, is not a WAV, is truncated, is empty, has another
 * format, or holds a NaN or an infinity
 */
export async function readWav(path: string): Promise<Audio> {
  const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    throw new DataError(`${path}: cannot be read (${error.code ?? error.message})`);
  });
  return decodeWav(bytes, path);
}

/**
 * Decodes the bytes of a WAV file.
 * @param path what messages call the file
 * @throws as `readWav`
 */
export function decodeWav(bytes: Uint8Array, path: string): Audio {
  const file = parseChunks(bytes, path);
  const { fmt, data } = file;
  const scale = checkFormat(fmt, path);
  const frameBytes = (fmt.numChannels * fmt.bitsPerSample) / 8;
  if (data.samples.length < data.chunkSize) {
    throw new DataError(
      `${path}: truncated at byte ${bytes.length}: the data chunk should have ${data.chunkSize} ` +
        `bytes, the file holds ${data.samples.length} of them`,
    );
  }
  if (data.chunkSize % frameBytes !== 0) {
    throw new DataError(
      `${path}: the data chunk has ${data.chunkSize} bytes, expected a multiple of ${frameBytes} ` +
        `(${fmt.numChannels} channels of ${fmt.bitsPerSample} bits)`,
    );
  }
  if (data.chunkSize === 0) {
    throw new DataError(`${path}: the recording is empty: expected at least one sample`);
  }
  const interleaved = interleavedSamples(file);
  return {
    sampleRate: fmt.sampleRate,
    samples: mixDown(interleaved, fmt.numChannels, scale, path),
  };
}

function parseChunks(bytes: Uint8Array, path: string): WavFile {
  try {
    return new wavefile.WaveFile(bytes) as WavFile;
  } catch (error) {
    throw new DataError(
      `${path}: not a WAV file: expected RIFF/WAVE with a fmt and a data chunk in its ` +
        `${bytes.length} bytes (${(error as Error).message})`,
    );
  }
}

/** The format, by what the extension of WAVE_FORMAT_EXTENSIBLE names where there is one. */
function formatOf({ audioFormat, subformat }: WavChunks['fmt']): number {
  return audioFormat === extensible ? subformat[0]! : audioFormat;
}

function interleavedSamples(file: WavFile): Float64Array {
  const { fmt, data } = file;
  // wavefile takes the 32-bit floats of WAVE_FORMAT_EXTENSIBLE for integers.
  if (fmt.audioFormat === extensible && formatOf(fmt) === float && fmt.bitsPerSample === 32) {
    return Float64Array.from(new Float32Array(Uint8Array.from(data.samples).buffer));
  }
  return file.getSamples(true, Float64Array);
}

/** @returns the full scale of the samples */
function checkFormat(fmt: WavChunks['fmt'], path: string): number {
  const scale = fullScale[formatOf(fmt)]?.[fmt.bitsPerSample];
  if (scale === undefined) {
    throw new DataError(
      `${path}: WAV format 0x${formatOf(fmt).toString(16).padStart(4, '0')} with ` +
        `${fmt.bitsPerSample} bits is not supported: expected 16, 24 or 32-bit PCM, or 32 or ` +
        `64-bit float`,
    );
  }
  if (fmt.numChannels < 1 || fmt.sampleRate < 1) {
    throw new DataError(
      `${path}: ${fmt.numChannels} channels at ${fmt.sampleRate} Hz: expected one or more of each`,
    );
  }
  return scale;
}

function mixDown(
  interleaved: Float64Array,
  channels: number,
  scale: number,
  path: string,
): Float64Array {
  const samples = new Float64Array(interleaved.length / channels);
  for (let n = 0; n < samples.length; n++) {
    let sum = 0;
    for (let channel = 0; channel < channels; channel++) {
      const value = interleaved[n * channels + channel]!;
      if (!Number.isFinite(value)) {
        throw new DataError(
          `${path}: sample ${n}${channels > 1 ? ` of channel ${channel}` : ''} is ${value}: ` +
            `every sample must be finite`,
        );
      }
      sum += value;
    }
    samples[n] = sum / (channels * scale);
  }
  return samples;
}

/**
 * The bytes of a 16-bit mono WAV file. What lies outside [−1, 1] is clipped.
 */
export function encodeWav16({ sampleRate, samples }: Audio): Uint8Array {
  const quantised = Int16Array.from(samples, (value) =>
    Math.max(-32768, Math.min(32767, Math.round(value * 32768))),
  );
  const file = new wavefile.WaveFile();
  file.fromScratch(1, sampleRate, '16', quantised);
  return file.toBuffer();
}
