import { readFile } from 'node:fs/promises';
import { parseMidi, type MidiData, type MidiEvent } from 'midi-file';
import { DataError } from '../errors.js';

/** A note of a MIDI file. */
export interface MidiNote {
  onsetSeconds: number;
  durationSeconds: number;
  /** MIDI pitch, 60 is middle C. */
  pitch: number;
  /** From 0; 9 is percussion. */
  channel: number;
  /** From 0. */
  track: number;
}

/** An event with the ticks from the start of the file instead of from the event before. */
interface TimedEvent {
  ticks: number;
  event: MidiEvent;
}

const defaultMicrosecondsPerBeat = 500_000;

/**
 * Reads the notes of a standard MIDI file, its tempo changes applied.
 * @returns the notes by onset, then pitch. A note that is never released ends with its track
 * @throws DataError for a file that is missing or corrupt
 */
export async function readMidi(path: string): Promise<MidiNote[]> {
  const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    throw new DataError(`${path}: cannot be read (${error.code ?? error.message})`);
  });
  return decodeMidi(bytes, path);
}

/**
 * Decodes the bytes of a standard MIDI file.
 * @param path what messages call the file
 * @throws as `readMidi`
 */
export function decodeMidi(bytes: Uint8Array, path: string): MidiNote[] {
  checkChunks(bytes, path);
  const { header, tracks } = parse(bytes, path);
  tracks.forEach((track, index) => checkEvents(track, index, path));
  const timed = tracks.map(withTicks);
  const seconds = clock(header, timed, path);
  return timed
    .flatMap((track, index) => trackNotes(track, index, seconds))
    .sort((a, b) => a.onsetSeconds - b.onsetSeconds || a.pitch - b.pitch);
}

function parse(bytes: Uint8Array, path: string): MidiData {
  try {
    return parseMidi(bytes);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new DataError(`${path}: corrupt MIDI file: ${reason}`);
  }
}

/** The parser reads past a truncated chunk without a word, so that lengths are checked before. */
function checkChunks(bytes: Uint8Array, path: string): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const identifier = (at: number) => String.fromCharCode(...bytes.subarray(at, at + 4));
  if (bytes.length < 14 || identifier(0) !== 'MThd') {
    throw new DataError(`${path}: not a standard MIDI file: expected it to start with MThd`);
  }
  const tracks = view.getUint16(10);
  let found = 0;
  for (let at = 0; at < bytes.length;) {
    const end = at + 8 <= bytes.length ? at + 8 + view.getUint32(at + 4) : Infinity;
    if (end > bytes.length) {
      throw new DataError(
        `${path}: truncated at byte ${bytes.length}, within the chunk that starts at byte ${at}`,
      );
    }
    if (identifier(at) === 'MTrk') found++;
    at = end;
  }
  if (found < tracks) {
    throw new DataError(
      `${path}: truncated at byte ${bytes.length}: expected ${tracks} tracks, found ${found}`,
    );
  }
}

/** The parser reads past the end of a track without a word too: what it finds there is undefined. */
function checkEvents(track: readonly MidiEvent[], index: number, path: string): void {
  track.forEach((event, at) => {
    const isNote = event.type === 'noteOn' || event.type === 'noteOff';
    const numbers = [event.deltaTime, ...(isNote ? [event.noteNumber, event.velocity] : [])];
    if (!numbers.every(Number.isFinite)) {
      throw new DataError(`${path}: corrupt MIDI file: event ${at} of track ${index} is cut short`);
    }
  });
}

function withTicks(track: readonly MidiEvent[]): TimedEvent[] {
  let ticks = 0;
  return track.map((event) => ({ ticks: (ticks += event.deltaTime), event }));
}

/** The function from ticks to seconds. */
function clock(
  header: MidiData['header'],
  tracks: readonly TimedEvent[][],
  path: string,
): (ticks: number) => number {
  const { ticksPerBeat, framesPerSecond, ticksPerFrame } = header;
  if (framesPerSecond && ticksPerFrame) return (ticks) => ticks / (framesPerSecond * ticksPerFrame);
  if (!ticksPerBeat) throw new DataError(`${path}: corrupt MIDI file: 0 ticks a beat`);

  let [lastTicks, lastSeconds, secondsPerTick] = [
    0,
    0,
    defaultMicrosecondsPerBeat / 1e6 / ticksPerBeat,
  ];
  const segments = tracks
    .flat()
    .sort((a, b) => a.ticks - b.ticks)
    .flatMap(({ ticks, event }) => {
      if (event.type !== 'setTempo') return [];
      lastSeconds += (ticks - lastTicks) * secondsPerTick;
      lastTicks = ticks;
      secondsPerTick = event.microsecondsPerBeat / 1e6 / ticksPerBeat;
      return [{ ticks, seconds: lastSeconds, secondsPerTick }];
    });
  const start = {
    ticks: 0,
    seconds: 0,
    secondsPerTick: defaultMicrosecondsPerBeat / 1e6 / ticksPerBeat,
  };
  return (ticks) => {
    const segment = segments.findLast((candidate) => candidate.ticks <= ticks) ?? start;
    return segment.seconds + (ticks - segment.ticks) * segment.secondsPerTick;
  };
}

function trackNotes(
  events: readonly TimedEvent[],
  track: number,
  seconds: (ticks: number) => number,
): MidiNote[] {
  const notes: MidiNote[] = [];
  // Several notes of one pitch may be held at once: the first to start is the first to end.
  const held = new Map<string, { ticks: number; pitch: number; channel: number }[]>();
  const release = (key: string, endTicks: number) => {
    const note = held.get(key)?.shift();
    if (!note) return;
    const onsetSeconds = seconds(note.ticks);
    const durationSeconds = seconds(endTicks) - onsetSeconds;
    notes.push({ onsetSeconds, durationSeconds, pitch: note.pitch, channel: note.channel, track });
  };
  for (const { ticks, event } of events) {
    if (event.type !== 'noteOn' && event.type !== 'noteOff') continue;
    const { noteNumber: pitch, channel } = event;
    const key = `${channel} ${pitch}`;
    if (event.type === 'noteOff' || event.velocity === 0) release(key, ticks);
    else held.set(key, [...(held.get(key) ?? []), { ticks, pitch, channel }]);
  }
  const end = events.at(-1)?.ticks ?? 0;
  for (const [key, open] of held) while (open.length > 0) release(key, end);
  return notes;
}
