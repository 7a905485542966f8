import { writeMidi, type MidiEvent } from 'midi-file';
import type { ChoraleNote } from './chorales.js';

const ticksPerBeat = 480;
const beatSeconds = 0.6;
/** How long the last note of a part lasts in the MIDI file. */
const lastNoteSeconds = 1.2;

/** The score as a standard MIDI file: a tempo track, then one track a part. */
export function choraleMidi(notes: readonly ChoraleNote[]): Uint8Array {
  const parts = [...new Set(notes.map(({ part }) => part))].sort((a, b) => a - b);
  const microsecondsPerBeat = beatSeconds * 1e6;
  const tracks: MidiEvent[][] = [
    [{ deltaTime: 0, type: 'setTempo', microsecondsPerBeat, meta: true }, endOfTrack],
    ...parts.map((part, index) =>
      partTrack(
        notes.filter((note) => note.part === part),
        index,
      ),
    ),
  ];
  const header = { format: 1, numTracks: tracks.length, ticksPerBeat } as const;
  return Uint8Array.from(writeMidi({ header, tracks }));
}

const endOfTrack: MidiEvent = { deltaTime: 0, type: 'endOfTrack', meta: true };

function partTrack(notes: readonly ChoraleNote[], channel: number): MidiEvent[] {
  const ticks = (seconds: number) => Math.round((seconds / beatSeconds) * ticksPerBeat);
  let now = 0;
  const events = notes.flatMap(({ scoreOnsetSeconds, pitch: noteNumber }, index): MidiEvent[] => {
    const start = ticks(scoreOnsetSeconds);
    const end = ticks(notes[index + 1]?.scoreOnsetSeconds ?? scoreOnsetSeconds + lastNoteSeconds);
    const rest = start - now;
    now = end;
    return [
      { deltaTime: rest, type: 'noteOn', channel, noteNumber, velocity: 80 },
      { deltaTime: end - start, type: 'noteOff', channel, noteNumber, velocity: 64 },
    ];
  });
  return [...events, endOfTrack];
}
