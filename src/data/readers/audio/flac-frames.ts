import { counted } from '../../../counted.js';
import { DataError } from '../../../errors.js';
import type { Notices } from '../notices.js';
import { afterTags } from './tags.js';

/** A checksum from the highest bit on, of 8 or 16 bits: 0 over what ends with its own (RFC 9639). */
function checksums(width: 8 | 16, polynomial: number): (value: number, byte: number) => number {
  const mask = 2 ** width - 1;
  const table = Uint16Array.from({ length: 256 }, (_, byte) => {
    let value = byte << (width - 8);
    for (let bit = 0; bit < 8; bit++) {
      value = ((value << 1) ^ (value >> (width - 1) ? polynomial : 0)) & mask;
    }
    return value;
  });
  return (value, byte) => ((value << 8) & mask) ^ table[(value >> (width - 8)) ^ byte]!;
}
const ofHead = checksums(8, 0x07);
const ofFrame = checksums(16, 0x8005);

/** Codes of block sizes that are followed by one byte or two with the size less 1. */
const codedSizes = { byte: 6, two: 7 };

interface Frame {
  samples: number;
  /** Of the frame among frames of one size, or of its first sample where sizes vary. */
  number: number;
  /** The number that the next frame has. */
  next: number;
}

/** The frame whose head is at a place (RFC 9639, 9.1); undefined where none with a right checksum is. */
function frameAt(bytes: Buffer, at: number): Frame | undefined {
  if (at + 6 > bytes.length || bytes[at] !== 0xff || bytes[at + 1]! >> 1 !== 0x7c) return undefined;
  const [sizeCode, rateCode] = [bytes[at + 2]! >> 4, bytes[at + 2]! & 0xf];
  // The number is written as UTF-8 writes a character, with up to 36 bits.
  const leading = Math.clz32(~(bytes[at + 4]! << 24));
  if (sizeCode === 0 || rateCode === 15 || leading === 1 || leading > 7) return undefined;
  let number = bytes[at + 4]! & (0x7f >> leading);
  let end = at + 5;
  for (let n = 1; n < leading; n++) number = number * 64 + (bytes[end++]! & 0x3f);
  const coded = bytes.subarray(end);
  let samples = sizeCode === 1 ? 192 : sizeCode < 6 ? 144 * 2 ** sizeCode : 2 ** sizeCode;
  if (sizeCode === codedSizes.byte) samples = coded[0]! + 1;
  if (sizeCode === codedSizes.two) samples = coded[0]! * 256 + coded[1]! + 1;
  end += sizeCode === codedSizes.byte ? 1 : sizeCode === codedSizes.two ? 2 : 0;
  end += rateCode < 12 ? 0 : rateCode === 12 ? 1 : 2;
  if (end >= bytes.length || bytes.subarray(at, end + 1).reduce(ofHead, 0) !== 0) return undefined;
  return { samples, number, next: number + (bytes[at + 1]! & 1 ? samples : 1) };
}

/**
 * Where the next head of a frame is, at `from` or later.
 * @param isOne whether a head is one that is looked for: bytes of sound may look like a head by chance
 */
function nextFrame(
  bytes: Buffer,
  from: number,
  isOne: (frame: Frame, at: number) => boolean,
): number | undefined {
  for (let at = bytes.indexOf(0xff, from); at >= 0; at = bytes.indexOf(0xff, at + 1)) {
    const frame = frameAt(bytes, at);
    if (frame && isOne(frame, at)) return at;
  }
  return undefined;
}

/**
 * Looks at the frames of a FLAC file: where the file does not state its length, a decoder leaves out
 * what is damaged or cut off without a word. It also takes what follows the last frame for damage.
 * @param start where `fLaC` is
 * @param path what messages call the file
 * @returns the samples of a channel that the file states, or else those of its frames, and where the
 * last whole frame ends, as a place in `bytes`
 * @throws DataError where frames are missing. Time is linear in the bytes
 */
export function checkFlac(
  bytes: Buffer,
  start: number,
  path: string,
  notices: Notices,
): { samples: number | undefined; end: number } {
  let [at, samples] = [afterMetadata(bytes, start), 0];
  let last = frameAt(bytes, at);
  // The decoder says what is wrong with a file without frames.
  if (!last) return { samples: statedSamples(bytes, start), end: bytes.length };
  const follows = (wanted: number) => (frame: Frame) => frame.number === wanted;
  for (;;) {
    const next = nextFrame(bytes, at + 1, follows(last.next));
    if (next === undefined) break;
    samples += last.samples;
    [at, last] = [next, frameAt(bytes, next)!];
  }
  const end = endOfFrame(bytes, at);
  const rest = end === undefined ? at : afterTags(bytes, end);
  if (bytes.toString('latin1', rest, rest + 4) !== 'fLaC') {
    // One head may be a chance, two that follow each other are none.
    const another = nextFrame(
      bytes,
      at + 1,
      ({ next }, place) => nextFrame(bytes, place + 1, follows(next)) !== undefined,
    );
    if (another !== undefined) {
      throw new DataError(
        `${path}: damaged between the frames at bytes ${at} and ${another}: what was there is missing`,
      );
    }
  }
  if (end === undefined) notices.add('the last frame is cut off: left out', at);
  else {
    samples += last.samples;
    if (rest < bytes.length) {
      notices.add(`${counted(bytes.length - rest, 'byte')} after the last frame ignored`, rest);
    }
  }
  return { samples: statedSamples(bytes, start) ?? samples, end: end ?? at };
}

/** Where the checksum of the frame at a place is right: at the end of the file, or else first. */
function endOfFrame(bytes: Buffer, start: number): number | undefined {
  let value = 0;
  let first: number | undefined;
  for (let at = start; at < bytes.length; at++) {
    value = ofFrame(value, bytes[at]!);
    if (value === 0) first ??= at + 1;
  }
  return value === 0 ? bytes.length : first;
}

/** Where the blocks before the frames end. */
function afterMetadata(bytes: Buffer, start: number): number {
  let at = start + 4;
  for (let isLast = false; !isLast && at + 4 <= bytes.length;) {
    isLast = bytes[at]! >= 0x80;
    at += 4 + bytes.readUIntBE(at + 1, 3);
  }
  return at;
}

/** The samples of a channel that the first block states; undefined where it does not know them. */
function statedSamples(bytes: Buffer, start: number): number | undefined {
  const at = start + 8 + 13;
  if (at + 5 > bytes.length) return undefined;
  const samples = (bytes[at]! & 0x0f) * 2 ** 32 + bytes.readUInt32BE(at + 1);
  return samples > 0 ? samples : undefined;
}
