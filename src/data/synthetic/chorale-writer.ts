import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeMidi, type MidiEvent } from 'midi-file';
import { makeFolder } from '../../make-folder.js';
import type { ChoraleNote, SyntheticChorale } from './chorales.js';
import { encodeWav16, type Audio } from '../readers/audio/wav.js';

const ticksPerBeat = 480;
const beatSeconds = 0.6;
/** How long the last note of a part lasts in the MIDI file. */
const lastNoteSeconds = 1.2;

/** Writes a recording as a 16-bit mono WAV file; what lies outside [−1, 1] is clipped. */
export async function writeWav16(path: string, audio: Audio): Promise<void> {
  await writeFile(path, encodeWav16(audio));
}

/**
 * Writes a chorale in the layout of Bach10, to be read by `readBach10(folder)`:
 * <folder>/<name>/<name>.wav, .txt and .mid.
 */
export async function writeChorale(folder: string, chorale: SyntheticChorale): Promise<void> {
  const { name, notes } = chorale;
  await makeFolder(join(folder, name));
  const path = (extension: string) => join(folder, name, `${name}.${extension}`);
  const milliseconds = (seconds: number) => Math.round(seconds * 1000);
  const rows = notes.map(({ onsetSeconds, scoreOnsetSeconds, pitch, part }) =>
    [milliseconds(onsetSeconds), milliseconds(scoreOnsetSeconds), pitch, part].join('\t'),
  );
  await Promise.all([
    writeWav16(path('wav'), chorale),
    writeFile(path('txt'), `${rows.join('\n')}\n`),
    writeFile(path('mid'), choraleMidi(notes)),
  ]);
}

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
