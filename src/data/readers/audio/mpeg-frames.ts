import { counted } from '../../../counted.js';
import { DataError } from '../../../errors.js';
import type { Notices } from '../notices.js';
import { afterTags } from './tags.js';

/** Kilobits a second by index, of MPEG 1 in layers I to III, and of MPEG 2 and 2.5 in layers I and II/III. */
const bitrates = {
  v1: [
    [32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448],
    [32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384],
    [32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
  ],
  v2: [
    [32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256],
    [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
    [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
  ],
} as const;
const sampleRates = [44_100, 48_000, 32_000];
/** Frames that may lack at the end, as encoders count differently. */
const tolerableFrames = 2;
/** Bytes that are looked through for the first frame. */
const mostJunk = 100_000;

interface Frame {
  bytes: number;
  samples: number;
  sampleRate: number;
  /** Where the side information ends and a Xing or Info header may begin. */
  headerAt: number;
}

/** The frame at a place (ISO/IEC 11172-3, 2.4.1.3); undefined where none begins. */
function frameAt(bytes: Buffer, at: number): Frame | undefined {
  if (at + 4 > bytes.length || bytes[at] !== 0xff) return undefined;
  const [version, layer] = [(bytes[at + 1]! >> 3) & 3, 4 - ((bytes[at + 1]! >> 1) & 3)];
  const [rate, sampling] = [bytes[at + 2]! >> 4, (bytes[at + 2]! >> 2) & 3];
  if (bytes[at + 1]! < 0xe0 || version === 1 || layer === 4 || sampling === 3) return undefined;
  if (rate === 0 || rate === 15) return undefined;
  const isFirst = version === 3;
  const kilobits = bitrates[isFirst ? 'v1' : 'v2'][layer - 1]![rate - 1]!;
  const sampleRate = sampleRates[sampling]! / (isFirst ? 1 : version === 2 ? 2 : 4);
  const samples = layer === 1 ? 384 : layer === 3 && !isFirst ? 576 : 1152;
  const slot = layer === 1 ? 4 : 1;
  const slots = Math.floor((samples * 1000 * kilobits) / (8 * slot * sampleRate));
  const isMono = bytes[at + 3]! >> 6 === 3;
  const side = isFirst ? (isMono ? 17 : 32) : isMono ? 9 : 17;
  return {
    bytes: slot * (slots + ((bytes[at + 2]! >> 1) & 1)),
    samples,
    sampleRate,
    headerAt: at + 4 + side,
  };
}

/**
 * Looks at the frames of an MPEG file: decoders pass over what is damaged, and all that follows is
 * early by that.
 * @returns the samples that its frames hold, before any delay of the encoder is taken off, and where
 * the last frame ends
 * @throws DataError where it has no frames, or fewer than its header states
 */
export function checkMpeg(
  bytes: Buffer,
  start: number,
  path: string,
  notices: Notices,
): { samples: number; end: number } {
  let at = start;
  let [count, samples, sampleRate] = [0, 0, 0];
  let stated: number | undefined;
  while (at < bytes.length) {
    const frame = frameAt(bytes, at);
    // After a fault, and at the beginning, a frame is one only if another follows it.
    if (frame && at + frame.bytes <= bytes.length) {
      if (
        count === 0 &&
        /^(Xing|Info)/.test(bytes.toString('latin1', frame.headerAt, frame.headerAt + 4))
      ) {
        const hasFrames = (bytes[frame.headerAt + 7]! & 1) !== 0;
        if (hasFrames) stated = bytes.readUInt32BE(frame.headerAt + 8);
        // The header's own frame has no sound, and does not count.
        count--;
        samples -= frame.samples;
      }
      if (sampleRate !== 0 && frame.sampleRate !== sampleRate) {
        throw new DataError(
          `${path}: the sample rate changes from ${sampleRate} to ${frame.sampleRate} Hz at byte ${at}`,
        );
      }
      sampleRate = frame.sampleRate;
      count++;
      samples += frame.samples;
      at += frame.bytes;
      continue;
    }
    // A tag's own length may be wrong: another file may be in it.
    const isEnd = samples > 0 && afterTags(bytes, at) === bytes.length;
    if (isEnd && !holdsMpeg(bytes, at + 1)) break;
    if (frame) {
      notices.add('the last frame is cut off: left out', at);
      break;
    }
    const next = nextFrame(bytes, at + 1);
    if (next === undefined || (samples === 0 && next - start > mostJunk)) {
      if (samples <= 0) throw noFrames(path);
      notices.add(`${bytes.length - at} bytes that are no MPEG frames: passed over`, at);
      break;
    }
    notices.add(
      `${next - at} bytes that are no MPEG frames: passed over, what follows may be early`,
      at,
    );
    at = next;
  }
  if (samples <= 0) throw noFrames(path);
  if (stated !== undefined && count < stated - tolerableFrames) {
    const seconds = (frames: number) => ((frames / count) * samples) / sampleRate;
    throw new DataError(
      `${path}: damaged, or truncated at byte ${bytes.length}: its header states ${counted(stated, 'frame')} ` +
        `(${seconds(stated).toFixed(1)} s), the file holds ${count} (${seconds(count).toFixed(1)} s)`,
    );
  }
  if (stated !== undefined && count > stated + tolerableFrames) {
    notices.add(
      `its header states ${counted(stated, 'frame')}, the file holds ${count}: another recording may follow`,
      start,
    );
  }
  return { samples, end: at };
}

/** Frames in a row that are no chance. */
const certainFrames = 4;

/** Whether frames follow what is no frame, as in a stream that was tuned into. */
export function holdsMpeg(bytes: Buffer, start: number): boolean {
  let at = nextFrame(bytes.subarray(0, start + mostJunk), start) ?? bytes.length;
  for (let n = 1; n < certainFrames; n++) at += frameAt(bytes, at)?.bytes ?? bytes.length;
  return frameAt(bytes, at) !== undefined;
}

/** The next place at which two frames follow each other. */
function nextFrame(bytes: Buffer, from: number): number | undefined {
  for (let at = bytes.indexOf(0xff, from); at >= 0; at = bytes.indexOf(0xff, at + 1)) {
    const frame = frameAt(bytes, at);
    if (frame && frameAt(bytes, at + frame.bytes)) return at;
  }
  return undefined;
}

const noFrames = (path: string) =>
  new DataError(`${path}: no MPEG frames: it is damaged, or no MP3 recording`);
