import { counted } from '../../../counted.js';
import { DataError } from '../../../errors.js';
import { expectedKind } from '../file-kind.js';
import { TrackReader, type MidiTrack } from './midi-track.js';
import type { Notices } from '../notices.js';

/** A standard MIDI file, without what alignment does not need. */
export interface MidiFile {
  /** 0 or 1: the tracks sound together. 2: each is a piece of its own. */
  format: number;
  /** The header's 16 bits: ticks a beat, or, with the highest bit set, SMPTE time. */
  division: number;
  tracks: MidiTrack[];
}

const chunkHeadBytes = 8;
/** The part of the header that the specification defines; more may follow in later versions. */
const headerBytes = 6;
/** The header that old Macintosh software puts before a file. */
const macBinaryBytes = 128;

/**
 * Reads the header and the tracks. What is no track is skipped, as the specification says. A wrong
 * length or count, and bytes that belong to no chunk, get a notice where the content is whole.
 *
 * Our own reader, since those on npm do not take such files: midi-file and midifile refuse chunks that
 * are no track and odd metadata, jzz-midi-smf longer headers, and it reads part of a track whose
 * length is wrong.
 * @param path what messages call the file
 * @throws DataError, with the place, for a file that is corrupt or cut off
 */
export function readMidiFile(bytes: Uint8Array, path: string, notices: Notices): MidiFile {
  const { start, end } = findMidi(bytes, path, notices);
  if (end - start < chunkHeadBytes + headerBytes) {
    throw new DataError(`${path}: truncated at byte ${end}, within the header`);
  }
  const body = start + chunkHeadBytes;
  const format = viewOf(bytes).getUint16(body);
  const expected = viewOf(bytes).getUint16(body + 2);
  const division = viewOf(bytes).getUint16(body + 4);
  const tracks = readTracks(bytes, { at: afterHeader(bytes, start, end, notices), end }, expected, {
    path,
    notices,
  });
  if (tracks.length === 0) {
    throw new DataError(
      `${path}: truncated at byte ${end}: expected ${Math.max(1, expected)} tracks, found none`,
    );
  }
  if (tracks.length !== expected) {
    const effect = tracks.length > expected ? 'all are read' : 'the file may be cut off at its end';
    notices.add(
      `the header counts ${expected} track${expected === 1 ? '' : 's'}, the file holds ${tracks.length}: ${effect}`,
      body + 2,
    );
  }
  return { format, division, tracks };
}

const viewOf = ({ buffer, byteOffset, byteLength }: Uint8Array) =>
  new DataView(buffer, byteOffset, byteLength);

const idAt = (bytes: Uint8Array, at: number) => String.fromCharCode(...bytes.subarray(at, at + 4));

/** Where the MIDI file lies in the bytes: in a RIFF file of form RMID, in its data chunk. */
function findMidi(
  bytes: Uint8Array,
  path: string,
  notices: Notices,
): { start: number; end: number } {
  if (idAt(bytes, 0) === 'MThd') return { start: 0, end: bytes.length };
  if (idAt(bytes, macBinaryBytes) === 'MThd') {
    notices.add(`${macBinaryBytes} bytes before the MIDI file are ignored`, 0);
    return { start: macBinaryBytes, end: bytes.length };
  }
  if (idAt(bytes, 0) !== 'RIFF' || idAt(bytes, 8) !== 'RMID') {
    throw new DataError(
      `${path}: not a standard MIDI file: ${expectedKind(bytes, 'it to start with MThd')}`,
    );
  }
  for (let at = 12; at + chunkHeadBytes <= bytes.length;) {
    const start = at + chunkHeadBytes;
    const size = viewOf(bytes).getUint32(at + 4, true);
    if (idAt(bytes, at) === 'data' && idAt(bytes, start) === 'MThd') {
      if (start + size > bytes.length) {
        notices.add('the data chunk is longer than the file: read to the end of the file', at);
      }
      return { start, end: Math.min(bytes.length, start + size) };
    }
    at = start + size + (size % 2);
  }
  throw new DataError(`${path}: not a standard MIDI file: a RIFF file without MIDI data`);
}

function afterHeader(bytes: Uint8Array, start: number, end: number, notices: Notices): number {
  const shortest = start + chunkHeadBytes + headerBytes;
  const stated = start + chunkHeadBytes + viewOf(bytes).getUint32(start + 4);
  if (stated === shortest) return stated;
  if (stated > shortest && stated <= end && idAt(bytes, shortest) !== 'MTrk') return stated;
  notices.add('the length of the header is wrong', start + 4);
  return shortest;
}

interface Context {
  path: string;
  notices: Notices;
}

function readTracks(
  bytes: Uint8Array,
  { at, end }: { at: number; end: number },
  expected: number,
  { path, notices }: Context,
): MidiTrack[] {
  const tracks: MidiTrack[] = [];
  while (at < end) {
    const chunk = chunkAt(bytes, at, end);
    if (chunk?.id === 'MTrk') {
      const named = { path, name: `track ${tracks.length}` };
      const { track, next } = readTrack(bytes, { at, end }, named, notices);
      tracks.push(track);
      at = next;
    } else if (chunk?.id === 'MThd') {
      notices.add('a second MIDI file is ignored', at);
      break;
    } else if (chunk && chunk.end <= end) {
      at = chunk.end;
    } else {
      const next = findTrack(bytes, at + 1, end);
      if (next === end && tracks.length < expected) {
        throw new DataError(
          `${path}: truncated at byte ${end}, within the chunk that starts at byte ${at}: ` +
            `expected ${counted(expected, 'track')}, found ${tracks.length}`,
        );
      }
      const count = next - at;
      notices.add(`${count} byte${count > 1 ? 's' : ''} of no chunk ignored`, at);
      at = next;
    }
  }
  return tracks;
}

/** The chunk at a place; undefined where there is none, by its name. */
function chunkAt(bytes: Uint8Array, at: number, end: number) {
  if (at + chunkHeadBytes > end) return undefined;
  const id = idAt(bytes, at);
  if (!/^[\x20-\x7e]{4}$/.test(id)) return undefined;
  return { id, end: at + chunkHeadBytes + viewOf(bytes).getUint32(at + 4) };
}

/**
 * Reads a track up to its End of Track event, whatever the chunk's length says; a track without one
 * ends with its chunk, or where the next begins.
 */
function readTrack(
  bytes: Uint8Array,
  file: { at: number; end: number },
  named: { path: string; name: string },
  notices: Notices,
): { track: MidiTrack; next: number } {
  const start = file.at + chunkHeadBytes;
  const stated = start + viewOf(bytes).getUint32(file.at + 4);
  const lengthHolds = stated === file.end || isChunk(bytes, stated, file.end);
  const end = lengthHolds ? stated : findTrack(bytes, stated < file.end ? stated : start, file.end);
  const reader = new TrackReader(bytes, { at: start, end }, named, notices);
  const read = () => ({ events: [...reader.events], endTicks: reader.ticks });
  const unended = (track: MidiTrack, next: number) => {
    notices.add('a track without an End of Track event ends with its chunk', file.at);
    return { track, next };
  };
  // If the events meet the stated end, the track ends there unless an End of Track event follows.
  let untilStated: MidiTrack | undefined;
  while (!reader.ended) {
    if (reader.at === end && (lengthHolds || end < file.end)) return unended(read(), end);
    if (reader.at === stated) untilStated = read();
    try {
      reader.next();
    } catch (error) {
      if (untilStated) return unended(untilStated, stated);
      throw error;
    }
  }
  if (reader.at === stated) return { track: read(), next: stated };
  if (lengthHolds && idAt(bytes, reader.at) !== 'MTrk') {
    notices.add('bytes after an End of Track event are ignored', reader.at);
    return { track: read(), next: stated };
  }
  notices.add('the length of a track is wrong: read to its End of Track event', file.at + 4);
  return { track: read(), next: reader.at };
}

/** Whether a chunk begins here that ends within the file, or a track of whatever length. */
function isChunk(bytes: Uint8Array, at: number, end: number): boolean {
  const chunk = chunkAt(bytes, at, end);
  return chunk !== undefined && (chunk.id === 'MTrk' || chunk.end <= end);
}

/** Where the next track begins; the file's end if there is none. */
function findTrack(bytes: Uint8Array, from: number, end: number): number {
  const letter = 'M'.charCodeAt(0);
  let at = bytes.indexOf(letter, from);
  while (at >= 0 && at + 4 <= end && idAt(bytes, at) !== 'MTrk') at = bytes.indexOf(letter, at + 1);
  return at < 0 || at + 4 > end ? end : at;
}
