import { DataError } from '../../../errors.js';
import { readWholeFile } from '../../../read-file.js';
import { asDataError } from '../../acquire/download.js';
import { expectedKind, isMpeg } from '../file-kind.js';
import { Notices, type Notify } from '../notices.js';
import { checkFlac } from './flac-frames.js';
import { checkMpeg, holdsMpeg } from './mpeg-frames.js';
import { checkOgg } from './ogg-pages.js';
import { decodePacked, type Codec } from './packed-audio.js';
import { afterId3v2 } from './tags.js';
import { decodeWav, type Audio } from './wav.js';

/** The endings of recordings that can be read; what is in a file decides how. */
export const audioEndings = ['wav', 'mp3', 'flac', 'ogg', 'oga', 'opus'] as const;

const advice = 'convert it to mono with `ffmpeg -i FILE -ac 1 recording.flac`';

/**
 * Reads a recording: WAV by `decodeWav`, and MP3, FLAC, Ogg Vorbis, Ogg FLAC and Opus by decoders in
 * WebAssembly, which are optional packages. The contents decide, not the name. Channels are mixed down
 * to mono by their mean.
 * @param notify takes a message for everything doubtful that was read all the same
 * @throws DataError for a file that is missing, of another kind, damaged, truncated, empty or too long,
 * or whose decoder is not installed
 */
export async function readAudio(path: string, notify?: Notify): Promise<Audio> {
  const bytes = await readWholeFile(path, undefined, advice).catch((error: unknown) => {
    throw asDataError(error, path);
  });
  return decodeAudio(bytes, path, notify);
}

/**
 * Decodes the bytes of a recording.
 * @param path what messages call the file
 * @throws as `readAudio`
 */
export async function decodeAudio(file: Uint8Array, path: string, notify?: Notify): Promise<Audio> {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  const notices = new Notices();
  const start = afterId3v2(bytes);
  const codec = codecOf(bytes, start, path);
  if (codec === 'wav') {
    if (start > 0)
      notify?.(`${path}: ${start} bytes before RIFF are ignored: bytes count from there`);
    return decodeWav(bytes.subarray(start), path, notify);
  }
  let samples: number | undefined;
  let end = bytes.length;
  if (codec === 'mpeg') ({ samples, end } = checkMpeg(bytes, start, path, notices));
  else if (codec === 'flac') ({ samples, end } = checkFlac(bytes, start, path, notices));
  else checkOgg(bytes, start, path, notices);
  const audio = await decodePacked(bytes.subarray(start, end), { codec, path, samples });
  if (notify) notices.send(path, notify);
  return audio;
}

function codecOf(bytes: Buffer, start: number, path: string): Codec | 'wav' {
  const head = bytes.toString('latin1', start, start + 64);
  if (/^(RIFF|RF64|BW64)[^]{4}WAVE/.test(head)) return 'wav';
  if (head.startsWith('fLaC')) return 'flac';
  if (head.startsWith('OggS')) {
    const first = head.slice(28);
    if (first.startsWith('\x01vorbis')) return 'ogg-vorbis';
    if (first.startsWith('OpusHead')) return 'ogg-opus';
    if (first.startsWith('\x7fFLAC')) return 'ogg-flac';
    throw new DataError(
      `${path}: an Ogg file of neither Vorbis, Opus nor FLAC: ` +
        'convert it with `ffmpeg -i FILE -vn recording.flac`',
    );
  }
  // A tag alone says MP3, whatever is left of the file; so does the start of a frame.
  if (start > 0 || isMpeg.test(head)) return 'mpeg';
  const expected = 'one of these';
  const kind = expectedKind(bytes, expected);
  if (kind.endsWith(expected) && holdsMpeg(bytes, start)) return 'mpeg';
  throw new DataError(
    `${path}: not a recording that can be read (WAV, MP3, FLAC, Ogg Vorbis, Opus): ${kind}`,
  );
}
