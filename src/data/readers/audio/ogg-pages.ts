import { counted } from '../../../counted.js';
import { DataError } from '../../../errors.js';
import type { Notices } from '../notices.js';
import { afterTags } from './tags.js';

const headBytes = 27;
const flags = { first: 2, last: 4 };

/** The checksum of Ogg: CRC-32 by the polynomial 0x04c11db7, from the highest bit on (RFC 3533). */
const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte << 24;
  for (let bit = 0; bit < 8; bit++) value = (value << 1) ^ (value < 0 ? 0x04c11db7 : 0);
  return value;
});

function checksum(page: Buffer): number {
  let value = 0;
  for (let at = 0; at < page.length; at++) {
    // Its own place counts as 0.
    const byte = at >= 22 && at < 26 ? 0 : page[at]!;
    value = (value << 8) ^ table[(value >>> 24) ^ byte]!;
  }
  return value >>> 0;
}

/**
 * Looks whether the pages of an Ogg file are whole: decoders leave out what is damaged, and all that
 * follows would be early by that. Other bytes between two pages that follow each other are passed over.
 * @throws DataError, with the place, for a page that is damaged, missing or cut off, and for several
 * streams in one file
 */
export function checkOgg(bytes: Buffer, start: number, path: string, notices: Notices): void {
  let serial: number | undefined;
  let sequence: number | undefined;
  let ended = false;
  let inHeaders = true;
  let passedOver = false;
  let at = start;
  while (at < bytes.length && !ended) {
    const damaged = `${path}: damaged at byte ${at}`;
    if (bytes.toString('latin1', at, Math.min(at + 4, bytes.length)) !== 'OggS') {
      // Editors of tags leave such bytes. That no page is lost, the number of the next one says.
      const next = bytes.indexOf('OggS', at, 'latin1');
      if (next < 0) throw new DataError(`${damaged}: no Ogg page begins there`);
      notices.add(`${counted(next - at, 'byte')} that are no Ogg page: passed over`, at);
      passedOver = true;
      at = next;
      continue;
    }
    const segments = bytes[at + headBytes - 1];
    const bodyStart = at + headBytes + (segments ?? 0);
    let end = bodyStart;
    for (let n = at + headBytes; n < Math.min(bodyStart, bytes.length); n++) end += bytes[n]!;
    if (segments === undefined || end > bytes.length) {
      throw new DataError(
        `${path}: truncated at byte ${bytes.length}, within the page that starts at byte ${at}`,
      );
    }
    const page = bytes.subarray(at, end);
    if (checksum(page) !== page.readUInt32LE(22)) {
      throw new DataError(`${damaged}: the checksum of the page there is wrong`);
    }
    serial ??= page.readUInt32LE(14);
    if (page.readUInt32LE(14) !== serial) {
      throw severalStreams(path, at);
    }
    const number = page.readUInt32LE(18);
    if (sequence !== undefined && number !== sequence + 1) {
      // A station's stream that was tuned into has its headers, then pages from the middle.
      if (number <= sequence || !inHeaders || passedOver) {
        throw new DataError(`${damaged}: page ${sequence + 1} is missing, page ${number} is there`);
      }
      notices.add(
        `pages ${sequence + 1} to ${number - 1} are missing: it begins in the middle`,
        at,
      );
    }
    inHeaders = page.readBigUInt64LE(6) === 0n;
    passedOver = false;
    sequence = number;
    ended = (page[5]! & flags.last) !== 0;
    at = end;
  }
  if (!ended) notices.add('the stream has no last page: the recording may be cut off', at);
  else if ((at = afterTags(bytes, at)) < bytes.length) {
    if (bytes.toString('latin1', at, at + 4) === 'OggS' && (bytes[at + 5]! & flags.first) !== 0) {
      throw severalStreams(path, at);
    }
    notices.add(`${counted(bytes.length - at, 'byte')} after the last page ignored`, at);
  }
}

const severalStreams = (path: string, at: number) =>
  new DataError(
    `${path}: it holds several streams (another begins at byte ${at}), expected one: ` +
      'convert it with `ffmpeg -i FILE -vn recording.flac`',
  );
