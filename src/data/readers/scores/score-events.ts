import { counted } from '../../../counted.js';
import { DataError } from '../../../errors.js';
import { decodeMidi, type MidiNote } from './midi.js';
import type { Notify } from '../notices.js';

/** What a score asks for from one onset to the next. */
export interface ScoreEvent {
  /** Time in the score, in seconds. */
  scoreOnsetSeconds: number;
  /** The MIDI pitches that sound, ascending, each once. */
  pitches: number[];
  /** Those of them that are struck here, repeated notes included. */
  starts: number[];
}

/** A note of one part (voice) of a score: it sounds until the part's next onset. */
export interface PartNote {
  scoreOnsetSeconds: number;
  /** MIDI pitch. */
  pitch: number;
  part: number;
}

/** The MIDI channel of percussion, counted from 0: its note numbers are no pitches. */
export const percussionChannel = 9;

/**
 * Every distinct onset of any part becomes an event: the pitches that sound from then on, each
 * part's until that part's next onset.
 * @returns the events by onset
 */
export function scoreEventsFromParts(notes: readonly PartNote[]): ScoreEvent[] {
  const byOnset = [...notes].sort((a, b) => a.scoreOnsetSeconds - b.scoreOnsetSeconds);
  const events: ScoreEvent[] = [];
  const sounding = new Map<number, { scoreOnsetSeconds: number; pitches: number[] }>();
  for (const { scoreOnsetSeconds, pitch, part } of byOnset) {
    const current = sounding.get(part);
    // Two notes of a part at once are a chord in it.
    if (current?.scoreOnsetSeconds === scoreOnsetSeconds) current.pitches.push(pitch);
    else sounding.set(part, { scoreOnsetSeconds, pitches: [pitch] });
    const pitches = distinct([...sounding.values()].flatMap((voice) => voice.pitches));
    const last = events.at(-1);
    if (last?.scoreOnsetSeconds === scoreOnsetSeconds) {
      Object.assign(last, { pitches, starts: distinct([...last.starts, pitch]) });
    } else {
      events.push({ scoreOnsetSeconds, pitches, starts: [pitch] });
    }
  }
  return events;
}

/**
 * The events of a score given as MIDI notes: one at every distinct onset, with the pitches that
 * sound then. Percussion (channel 10, index 9) is left out.
 * @param options.mergeSeconds notes that start within this time of an event's first onset belong to
 * it, and notes that end within it no longer sound: so chords that were played into a sequencer stay
 * whole, and legato does not smear. Default 0.03
 * @returns the events by onset
 */
export function scoreEventsFromNotes(
  notes: readonly MidiNote[],
  { mergeSeconds = 0.03 }: { mergeSeconds?: number } = {},
): ScoreEvent[] {
  const byOnset = notes
    .filter(({ channel }) => channel !== percussionChannel)
    .sort((a, b) => a.onsetSeconds - b.onsetSeconds);
  const events: ScoreEvent[] = [];
  // When each pitch that sounds ends, at the latest.
  const sounding = new Map<number, number>();
  for (let next = 0; next < byOnset.length;) {
    const scoreOnsetSeconds = byOnset[next]!.onsetSeconds;
    const merged = scoreOnsetSeconds + mergeSeconds;
    for (const [pitch, end] of sounding) if (end <= merged) sounding.delete(pitch);
    const first = next;
    while (next < byOnset.length && byOnset[next]!.onsetSeconds <= merged) next++;
    const struck = byOnset.slice(first, next);
    for (const { pitch, onsetSeconds, durationSeconds } of struck) {
      sounding.set(pitch, Math.max(onsetSeconds + durationSeconds, sounding.get(pitch) ?? 0));
    }
    events.push({
      scoreOnsetSeconds,
      pitches: distinct([...sounding.keys()]),
      starts: distinct(struck.map(({ pitch }) => pitch)),
    });
  }
  return events;
}

/** The notes of a score and its events. */
export interface NotedScore {
  events: ScoreEvent[];
  notes: MidiNote[];
}

/**
 * A score of notes.
 * @param path what messages call the file
 * @param notify told how many notes are percussion
 * @throws DataError for a score without a note that has a pitch
 */
export function scoreOfNotes(notes: MidiNote[], path: string, notify?: Notify): NotedScore {
  if (notes.length === 0) throw new DataError(`${path}: the score has no notes`);
  const events = scoreEventsFromNotes(notes);
  if (events.length === 0) {
    throw new DataError(
      `${path}: the score has nothing but percussion (all ${notes.length} notes are on channel ` +
        '10 or name no pitch): notes with a pitch are needed',
    );
  }
  const percussion = notes.filter(({ channel }) => channel === percussionChannel).length;
  if (percussion > 0) {
    notify?.(
      `${path}: ${counted(percussion, 'note')} of percussion left out (on channel 10, or without a pitch): ` +
        'an instrument with pitches needs another channel',
    );
  }
  return { events, notes };
}

/** Millions of notes: their times still fit in memory. */
const mostMidiBytes = 32_000_000;

/**
 * Decodes a score that is a standard MIDI file.
 * @throws DataError as `decodeMidi` and `scoreOfNotes`, and for a file that is too long
 */
export function decodeMidiScore(bytes: Uint8Array, path: string, notify?: Notify): NotedScore {
  if (bytes.length > mostMidiBytes) {
    throw new DataError(`${path}: more than ${mostMidiBytes / 1e6} MB, the most that can be read`);
  }
  return scoreOfNotes(decodeMidi(bytes, path, notify), path, notify);
}

/**
 * The event that each frame belongs to: the last whose onset is at or before the frame's centre,
 * i · hopSeconds; before the first onset, event 0.
 * @param onsetsSeconds when each event is played, ascending [events]
 * @returns [frames]
 */
export function frameEvents(
  onsetsSeconds: readonly number[],
  frames: number,
  hopSeconds: number,
): Int32Array {
  // Onsets are whole milliseconds: far more than this, which absorbs the rounding of i · hopSeconds.
  const rounding = 1e-9;
  let event = 0;
  return Int32Array.from({ length: frames }, (_, frame) => {
    const centre = frame * hopSeconds + rounding;
    while (event + 1 < onsetsSeconds.length && onsetsSeconds[event + 1]! <= centre) event++;
    return event;
  });
}

function distinct(pitches: readonly number[]): number[] {
  return [...new Set(pitches)].sort((a, b) => a - b);
}
