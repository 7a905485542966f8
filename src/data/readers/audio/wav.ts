import { DataError } from '../../../errors.js';
import { readWholeFile } from '../../../read-file.js';
import { asDataError } from '../../acquire/download.js';
import { Notices, type Notify } from '../notices.js';
import { findWavChunks } from './wav-chunks.js';
import { readFormat, readSamples, type Samples } from './wav-samples.js';

/** A mono recording. */
export interface Audio {
  sampleRate: number;
  /** In [−1, 1], [samples]; several channels are averaged. */
  samples: Samples;
}

/**
 * Reads a WAV file, RF64 and BW64 included: PCM of 8 to 32 bits, float of 32 or 64, A-law and µ-law,
 * also as WAVE_FORMAT_EXTENSIBLE; any number of channels, mixed down to mono by their mean.
 * @param notify takes a message for everything doubtful that was read all the same
 * @throws DataError for a file that is missing, is not a WAV, is truncated, is empty, has another
 * format, or holds a NaN or an infinity
 */
export async function readWav(path: string, notify?: Notify): Promise<Audio> {
  const advice = 'convert it to mono with `sox FILE -b 16 -c 1 recording.wav`';
  const bytes = await readWholeFile(path, undefined, advice).catch((error: unknown) => {
    throw asDataError(error, path);
  });
  return decodeWav(bytes, path, notify);
}

/**
 * Decodes the bytes of a WAV file.
 *
 * Our own reader, since wavefile, the one on npm that knows most formats, trusts the lengths that
 * streams and killed recorders leave, and names no place of a fault.
 * @param path what messages call the file
 * @throws as `readWav`
 */
export function decodeWav(bytes: Uint8Array, path: string, notify?: Notify): Audio {
  const notices = new Notices();
  const { fmt, data } = findWavChunks(bytes, path, notices);
  const format = readFormat(fmt, path, (text, byte) =>
    notices.add(text, fmt.byteOffset - bytes.byteOffset + byte),
  );
  const { channels, sampleRate, sampleBytes } = format;
  const frameBytes = channels * sampleBytes;
  if (data.length < frameBytes) {
    throw new DataError(`${path}: the recording is empty: expected at least one sample`);
  }
  const rest = data.length % frameBytes;
  if (rest > 0) {
    const end = data.byteOffset - bytes.byteOffset + data.length;
    notices.add(`the last frame has ${rest} of ${frameBytes} bytes: left out`, end - rest);
  }
  const audio = { sampleRate, samples: readSamples(data, format, path) };
  if (notify) notices.send(path, notify);
  return audio;
}

/**
 * The bytes of a 16-bit mono WAV file. What lies outside [−1, 1] is clipped.
 */
export function encodeWav16({ sampleRate, samples }: Audio): Uint8Array {
  const headBytes = 44;
  const bytes = Buffer.alloc(headBytes + 2 * samples.length);
  bytes.write('RIFF', 0, 'latin1');
  bytes.writeUInt32LE(bytes.length - 8, 4);
  bytes.write('WAVEfmt ', 8, 'latin1');
  bytes.writeUInt32LE(16, 16);
  bytes.writeUInt16LE(1, 20); // PCM
  bytes.writeUInt16LE(1, 22); // channels
  bytes.writeUInt32LE(sampleRate, 24);
  bytes.writeUInt32LE(2 * sampleRate, 28); // bytes a second
  bytes.writeUInt16LE(2, 32); // bytes a frame
  bytes.writeUInt16LE(16, 34); // bits a sample
  bytes.write('data', 36, 'latin1');
  bytes.writeUInt32LE(2 * samples.length, 40);
  samples.forEach((value, n) => {
    const sample = Math.max(-32768, Math.min(32767, Math.round(value * 32768)));
    bytes.writeInt16LE(sample, headBytes + 2 * n);
  });
  return bytes;
}
