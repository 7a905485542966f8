import { writeMidi, type MidiEvent } from 'midi-file';
import type { MidiNote } from '../../../data/readers/scores/midi.js';

/** A score event as it was found in a recording. */
export interface OnsetEvent {
  /** Of the score's events, from 0; left out where all are there, in order. */
  event?: number;
  onsetSeconds: number;
  scoreOnsetSeconds: number;
  pitches: readonly number[];
  /** Left out by models that know none. */
  interval?: readonly [from: number, to: number];
}

const names = ['C', 'C#', 'D', 'Eb', 'E', 'F', 'F#', 'G', 'Ab', 'A', 'Bb', 'B'];

/** A pitch as musicians write it: 60 is C4. */
const pitchName = (pitch: number) => `${names[pitch % 12]}${Math.floor(pitch / 12) - 1}`;

/** What an event is called: its number, from 1, and what sounds. */
export const eventLabel = ({ pitches, event }: OnsetEvent, at: number) =>
  `${(event ?? at) + 1} ${pitches.map(pitchName).join(' ') || 'rest'}`;

/** A row an event. Numbers and spaces only: nothing in a field that CSV would have to quote. */
export function onsetsCsv(events: readonly OnsetEvent[]): string {
  const head = 'event,onset_seconds,score_seconds,pitches,from_seconds,to_seconds';
  const rows = events.map(({ event, onsetSeconds, scoreOnsetSeconds, pitches, interval }, at) =>
    [
      event ?? at,
      onsetSeconds.toFixed(3),
      scoreOnsetSeconds.toFixed(3),
      pitches.join(' '),
      ...(interval ?? []).map((seconds) => seconds.toFixed(3)),
    ].join(','),
  );
  return `${[interval(events) ? head : head.split(',').slice(0, 4).join(','), ...rows].join('\n')}\n`;
}

const interval = (events: readonly OnsetEvent[]) => events.some((event) => event.interval);

/** Audacity's label track: begin, end and text, separated by tabs; a point label an onset. */
export function audacityLabels(events: readonly OnsetEvent[]): string {
  return events
    .map((event, at) => {
      const seconds = event.onsetSeconds.toFixed(6);
      return `${seconds}\t${seconds}\t${eventLabel(event, at)}\n`;
    })
    .join('');
}

/** A time instants layer for Sonic Visualiser's import of annotations: time and label, as CSV. */
export function sonicVisualiserLabels(events: readonly OnsetEvent[]): string {
  return events
    .map((event, at) => `${event.onsetSeconds.toFixed(9)},${eventLabel(event, at)}\n`)
    .join('');
}

const ticksPerSecond = 960;

/**
 * The notes of a score at the times at which the recording plays them: a MIDI file of one track.
 * Between events, and by their tempo beyond them, times are interpolated.
 * @param score all of the score's events, where the recording does not play them in order
 */
export function warpedMidi(
  notes: readonly MidiNote[],
  events: readonly Placed[],
  score?: readonly Pick<Placed, 'scoreOnsetSeconds'>[],
): Uint8Array {
  const timed = stretches(events, score).flatMap(({ from, to, played }) =>
    notes
      .filter(({ onsetSeconds }) => onsetSeconds >= from && onsetSeconds < to)
      .flatMap(({ onsetSeconds, durationSeconds, pitch, channel }) => {
        const on = Math.round(played(onsetSeconds) * ticksPerSecond);
        const off = Math.max(
          on + 1,
          Math.round(played(onsetSeconds + durationSeconds) * ticksPerSecond),
        );
        const note = { channel, noteNumber: pitch };
        return [
          { tick: on, order: 1, event: { ...note, type: 'noteOn' as const, velocity: 80 } },
          { tick: off, order: 0, event: { ...note, type: 'noteOff' as const, velocity: 0 } },
        ];
      }),
  );
  let now = 0;
  const track: MidiEvent[] = [
    // 120 beats a minute: two beats a second.
    { deltaTime: 0, meta: true, type: 'setTempo', microsecondsPerBeat: 500_000 },
  ];
  for (const { tick, event } of timed.sort((a, b) => a.tick - b.tick || a.order - b.order)) {
    track.push({ deltaTime: tick - now, ...event });
    now = tick;
  }
  track.push({ deltaTime: 0, meta: true, type: 'endOfTrack' });
  const header = { format: 0 as const, numTracks: 1, ticksPerBeat: ticksPerSecond / 2 };
  return Uint8Array.from(writeMidi({ header, tracks: [track] }));
}

/** A stretch of the score that the recording plays in one go. */
export interface Stretch {
  /** Seconds of the score [from, to). */
  from: number;
  to: number;
  /** Score time to recording time. */
  played(scoreSeconds: number): number;
}

type Placed = Pick<OnsetEvent, 'event' | 'onsetSeconds' | 'scoreOnsetSeconds'>;

/** Less than events are apart: their times are rounded in files. */
const early = 0.005;

/**
 * The stretches of an alignment: one, unless the recording jumps.
 * @param score all of the score's events, where `events` are not they
 */
export function stretches(
  events: readonly Placed[],
  score: readonly Pick<Placed, 'scoreOnsetSeconds'>[] = events,
): Stretch[] {
  const indices = events.map(({ event }, at) => event ?? at);
  const starts = indices.flatMap((event, at) =>
    event === (indices[at - 1] ?? NaN) + 1 ? [] : [at],
  );
  return starts.map((start, n) => {
    const end = starts[n + 1] ?? events.length;
    const [first, last] = [indices[start]!, indices[end - 1]!];
    return {
      from: first === 0 ? -Infinity : score[first]!.scoreOnsetSeconds - early,
      to: (score[last + 1]?.scoreOnsetSeconds ?? Infinity) - early,
      played: interpolated(events.slice(start, end)),
    };
  });
}

/** Score time to recording time: linear between events, never before 0. */
function interpolated(events: readonly Placed[]): (scoreSeconds: number) => number {
  return (scoreSeconds) => {
    let j = 0;
    while (j + 2 < events.length && events[j + 1]!.scoreOnsetSeconds <= scoreSeconds) j++;
    const [from, to = from] = events.slice(j, j + 2) as [Placed, Placed?];
    const span = to.scoreOnsetSeconds - from.scoreOnsetSeconds;
    const tempo = span > 0 ? (to.onsetSeconds - from.onsetSeconds) / span : 1;
    return Math.max(0, from.onsetSeconds + tempo * (scoreSeconds - from.scoreOnsetSeconds));
  };
}
