import { DataError } from '../../../errors.js';
import { monoOf, peakOf, refuseCancelled } from './mono.js';
import type { Audio } from './wav.js';

/** Decoders in WebAssembly, one package each; all have one interface. */
const decoders = {
  mpeg: { package: 'mpg123-decoder', name: 'MPEGDecoder', kind: 'an MP3 recording' },
  flac: { package: '@wasm-audio-decoders/flac', name: 'FLACDecoder', kind: 'a FLAC recording' },
  'ogg-flac': {
    package: '@wasm-audio-decoders/flac',
    name: 'FLACDecoder',
    kind: 'a FLAC recording in Ogg',
  },
  'ogg-vorbis': {
    package: '@wasm-audio-decoders/ogg-vorbis',
    name: 'OggVorbisDecoder',
    kind: 'an Ogg Vorbis recording',
  },
  'ogg-opus': { package: 'ogg-opus-decoder', name: 'OggOpusDecoder', kind: 'an Opus recording' },
} as const;

export type Codec = keyof typeof decoders;

/** What the packages have in common: they are optional, and need not be there to compile. */
interface Decoder {
  ready: Promise<void>;
  decode(bytes: Uint8Array): Decoded | Promise<Decoded>;
  /** Hands over what was held back; the MPEG decoder holds nothing back. */
  flush?(): Promise<Decoded>;
  free(): void;
}

interface Decoded {
  channelData: Float32Array[];
  samplesDecoded: number;
  sampleRate: number;
  errors: { message: string; inputBytes: number }[];
}

/** An hour and a half at 48 kHz, in one gigabyte: small files can hold days of silence. */
const mostSamples = 2 ** 28;
const stepBytes = 65_536;
/** Bytes of the longest head of a FLAC frame. */
const longestFlacHead = 16;
/** An encoder's delay at both ends of an MPEG file is taken off: 2 frames and the decoder's own. */
const mostDelay = 4 * 1152;

/**
 * Decodes a packed recording piece by piece, to mono.
 * @param source.samples how many samples there should be, where the file says it
 * @throws DataError when the decoder is not installed, and for a recording that is damaged, empty or
 * longer than `mostSamples`
 */
export async function decodePacked(
  bytes: Uint8Array,
  { codec, path, samples: stated }: { codec: Codec; path: string; samples?: number | undefined },
  limit = mostSamples,
): Promise<Audio> {
  const tooLong = new DataError(
    `${path}: it has more than the ${limit} samples that can be read: cut it, or lower its sample ` +
      'rate with `ffmpeg -i FILE -ac 1 -ar 22050 recording.flac`',
  );
  if (stated !== undefined && stated - mostDelay > limit) throw tooLong;
  const decoder = await openDecoder(codec, path);
  const pieces: Float32Array[] = [];
  let [count, sampleRate] = [0, 0];
  let [loudest, loudestMean] = [0, 0];
  const take = (decoded: Decoded) => {
    const [error] = decoded.errors;
    if (error) {
      const [reason] = error.message.split(';');
      throw new DataError(`${path}: damaged near byte ${error.inputBytes}: ${reason}`);
    }
    if (decoded.samplesDecoded === 0) return;
    if (sampleRate !== 0 && decoded.sampleRate !== sampleRate) {
      throw new DataError(
        `${path}: the sample rate changes from ${sampleRate} to ${decoded.sampleRate} Hz`,
      );
    }
    sampleRate = decoded.sampleRate;
    count += decoded.samplesDecoded;
    if (count > limit) throw tooLong;
    const mono = monoOf(decoded.channelData, decoded.samplesDecoded);
    for (const channel of decoded.channelData) loudest = Math.max(loudest, peakOf(channel));
    loudestMean = Math.max(loudestMean, peakOf(mono));
    pieces.push(mono);
  };
  try {
    for (let at = 0; at < bytes.length; at += stepBytes) {
      take(await decoder.decode(bytes.subarray(at, at + stepBytes)));
    }
    // The decoder looks for the next frame within this length, and else takes two short ones for one.
    if (codec === 'flac') take(await decoder.decode(new Uint8Array(longestFlacHead)));
    if (decoder.flush) take(await decoder.flush());
  } catch (error) {
    if (error instanceof DataError) throw error;
    // Some of its own faults come as exceptions, too.
    throw new DataError(
      `${path}: the decoder ${decoders[codec].package} fails on it (${(error as Error).message}): it is ` +
        'damaged, or of a kind that the decoder does not know; convert it with `ffmpeg -i FILE recording.wav`',
    );
  } finally {
    decoder.free();
  }
  const missing = (stated ?? 0) - count;
  if (missing > (codec === 'mpeg' ? mostDelay : 0)) {
    throw new DataError(
      `${path}: damaged or truncated: ${count} of its ${stated} samples could be decoded`,
    );
  }
  if (count === 0) {
    throw new DataError(`${path}: the recording is empty: expected at least one sample`);
  }
  refuseCancelled(path, { loudest, loudestMean });
  const samples = new Float32Array(count);
  let at = 0;
  for (const piece of pieces) {
    samples.set(piece, at);
    at += piece.length;
  }
  return { sampleRate, samples };
}

async function openDecoder(codec: Codec, path: string): Promise<Decoder> {
  const { package: name, name: constructor, kind } = decoders[codec];
  try {
    const module = (await import(name)) as Record<string, new () => Decoder>;
    const decoder = new module[constructor]!();
    await decoder.ready;
    return decoder;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const isMissing = code === 'ERR_MODULE_NOT_FOUND' && message.includes(name);
    throw new DataError(
      `${path}: it is ${kind}, and its decoder ` +
        (isMissing
          ? `${name} is not installed (optional): npm install ${name}; or convert it to WAV with ` +
            '`ffmpeg -i FILE recording.wav`'
          : `${name} does not start: ${message.split('\n')[0]!}`),
    );
  }
}
