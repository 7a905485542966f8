import { counted } from '../../../counted.js';
import { DataError } from '../../../errors.js';
import { readMidiFile, type MidiFile } from './midi-chunks.js';
import type { MidiTrack } from './midi-track.js';
import { Notices, type Notify } from '../notices.js';
import { shortened } from '../../../visible.js';

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

/** Until a tempo is set: 120 beats a minute. */
const defaultSecondsPerBeat = 0.5;

/**
 * Decodes the notes of a standard MIDI file (format 0 or 1, or the one piece of a format 2; also within
 * RIFF), the tempo changes of all tracks applied.
 * @param path what messages call the file
 * @param notify takes a message for everything doubtful that was read all the same
 * @returns the notes by onset, then pitch. A note that is never released ends with its track
 * @throws DataError for a file that is corrupt or cut off, with the place
 */
export function decodeMidi(bytes: Uint8Array, path: string, notify?: Notify): MidiNote[] {
  const notices = new Notices();
  const file = readMidiFile(bytes, path, notices);
  const sounding = soundingTracks(file, path, notices);
  const seconds = clock(
    file.division,
    sounding.map((track) => file.tracks[track]!),
    path,
  );
  const held: MidiNote[] = [];
  const notes = sounding
    .flatMap((track) => trackNotes(file.tracks[track]!, track, seconds, held))
    .sort((a, b) => a.onsetSeconds - b.onsetSeconds || a.pitch - b.pitch);
  if (notify) {
    notices.send(path, notify);
    noticeHeld(path, held, notify);
  }
  return notes;
}

/** The tracks that sound together, by their index. */
function soundingTracks({ format, tracks }: MidiFile, path: string, notices: Notices): number[] {
  const all = tracks.map((_, track) => track);
  if (format > 2) throw new DataError(`${path}: MIDI format ${format}, expected 0, 1 or 2`);
  if (format < 2) {
    if (format === 0 && tracks.length > 1) {
      notices.add(`format 0 with ${tracks.length} tracks instead of one: all are read`, 8);
    }
    return all;
  }
  const pieces = all.filter((track) => tracks[track]!.events.some(({ kind }) => kind === 'noteOn'));
  if (pieces.length > 1) {
    throw new DataError(
      `${path}: MIDI format 2 with ${pieces.length} independent pieces: save the one that is meant ` +
        'as format 0 or 1',
    );
  }
  return pieces;
}

/** Frames a second of SMPTE time, by what the header says; 29 stands for 30 with frames dropped. */
const smpteFramesPerSecond: Readonly<Record<number, number>> = {
  24: 24,
  25: 25,
  29: 30000 / 1001,
  30: 30,
};

/** The function from ticks to seconds. */
function clock(
  division: number,
  tracks: readonly MidiTrack[],
  path: string,
): (ticks: number) => number {
  if (division >= 0x8000) {
    const frames = 256 - (division >> 8);
    const ticksPerSecond = (smpteFramesPerSecond[frames] ?? 0) * (division & 0xff);
    if (ticksPerSecond > 0) return (ticks) => ticks / ticksPerSecond;
    throw new DataError(
      `${path}: corrupt MIDI file: SMPTE time of ${frames} frames a second and ${division & 0xff} ` +
        'ticks a frame, expected 24, 25, 29 or 30 and 1 or more',
    );
  }
  if (division === 0) throw new DataError(`${path}: corrupt MIDI file: 0 ticks a beat`);

  let current = { ticks: 0, seconds: 0, secondsPerTick: defaultSecondsPerBeat / division };
  const secondsAt = (segment: typeof current, ticks: number) =>
    segment.seconds + (ticks - segment.ticks) * segment.secondsPerTick;
  const segments = [current];
  const tempos = tracks
    .flatMap(({ events }) => events.filter((event) => event.kind === 'tempo'))
    .sort((a, b) => a.ticks - b.ticks);
  for (const { ticks, microsecondsPerBeat } of tempos) {
    const secondsPerTick = microsecondsPerBeat / 1e6 / division;
    current = { ticks, seconds: secondsAt(current, ticks), secondsPerTick };
    segments.push(current);
  }
  return (ticks) => {
    // The last segment that begins at or before the tick.
    let [low, high] = [0, segments.length];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (segments[middle]!.ticks <= ticks) low = middle;
      else high = middle;
    }
    return secondsAt(segments[low]!, ticks);
  };
}

/** Says how many notes are never released. Where one release is missing, the next one of its pitch ends it. */
function noticeHeld(path: string, held: readonly MidiNote[], notify: Notify): void {
  if (held.length === 0) return;
  const pitches = [...new Set(held.map(({ pitch }) => pitch))].sort((a, b) => a - b);
  const one = pitches.length === 1;
  notify(
    `${path}: ${counted(held.length, 'note')} ${held.length === 1 ? 'is' : 'are'} never released: notes of ` +
      `the pitch${one ? '' : 'es'} ${shortened(pitches.join(', '))} may last too long, to the end of their ` +
      'track at most',
  );
}

/** @param unended takes the notes that are never released, too */
function trackNotes(
  { events, endTicks }: MidiTrack,
  track: number,
  seconds: (ticks: number) => number,
  unended: MidiNote[],
): MidiNote[] {
  const notes: MidiNote[] = [];
  // Several notes of one pitch may be held at once: the first to start is the first to end.
  const held = new Map<number, { ticks: number; pitch: number; channel: number }[]>();
  const release = (key: number, ticks: number) => {
    const note = held.get(key)?.shift();
    if (!note) return;
    const onsetSeconds = seconds(note.ticks);
    const durationSeconds = seconds(ticks) - onsetSeconds;
    notes.push({ onsetSeconds, durationSeconds, pitch: note.pitch, channel: note.channel, track });
  };
  for (const event of events) {
    if (event.kind === 'tempo') continue;
    if (event.kind === 'allOff') {
      for (const [key, open] of held) {
        if (key >> 7 === event.channel) while (open.length > 0) release(key, event.ticks);
      }
      continue;
    }
    const { ticks, pitch, channel } = event;
    const key = channel * 128 + pitch;
    if (event.kind === 'noteOff') {
      release(key, ticks);
      continue;
    }
    const open = held.get(key);
    if (open) open.push({ ticks, pitch, channel });
    else held.set(key, [{ ticks, pitch, channel }]);
  }
  const released = notes.length;
  for (const [key, open] of held) while (open.length > 0) release(key, endTicks);
  for (const note of notes.slice(released)) unended.push(note);
  return notes;
}
