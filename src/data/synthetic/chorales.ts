import type { Chorale } from '../readers/bach10.js';
import { SeededRandom } from '../../random.js';
import { scoreEventsFromParts } from '../readers/scores/score-events.js';
import { renderNotes } from './audio.js';
import { beatsPerPhrase, syntheticScore, type ScoreNote } from './score.js';

/** A generated chorale: its notes as well as their events. */
export interface SyntheticChorale extends Chorale {
  samples: Float64Array;
  /** By onset. A note sounds until its part's next onset. */
  notes: ChoraleNote[];
}

/** A note with its part, in the score and as it is played. */
export interface ChoraleNote {
  scoreOnsetSeconds: number;
  onsetSeconds: number;
  /** MIDI pitch. */
  pitch: number;
  part: number;
}

export interface SyntheticChoraleOptions {
  pieces: number;
  /** The same seed gives the same chorales; a piece does not depend on how many are asked for. */
  seed: number;
  /** Score events of each piece, default 40. */
  events?: number;
  /** Samples per second, default 22050. */
  sampleRate?: number;
}

/** The score's tempo: 100 beats a minute. */
const scoreHalfBeatSeconds = 0.3;
const lastChordSeconds = 1.4;

/**
 * Generates chorales in the manner of Bach10 with exact truth: four-part scores, additive
 * instruments with vibrato, attacks and noise, a wandering tempo with held phrase ends. Repeated and
 * held notes, slow attacks, reverberation and changing timbres make their alignment imperfect.
 * Onsets are whole milliseconds.
 * @throws RangeError for options that are not allowed
 */
export function syntheticChorales(options: SyntheticChoraleOptions): SyntheticChorale[] {
  const { pieces, seed, events = 40, sampleRate = 22_050 } = options;
  for (const [name, value, least] of [
    ['pieces', pieces, 0],
    ['events', events, 1],
    ['sampleRate', sampleRate, 4000],
  ] as const) {
    if (!Number.isInteger(value) || value < least) {
      throw new RangeError(`${name} is ${value}: it must be a whole number, ${least} or more`);
    }
  }
  return Array.from({ length: pieces }, (_, piece) => {
    const name = `synthetic-${String(piece + 1).padStart(2, '0')}`;
    return syntheticChorale(name, { events, sampleRate }, new SeededRandom(seed * 7919 + piece));
  });
}

function syntheticChorale(
  name: string,
  { events, sampleRate }: { events: number; sampleRate: number },
  random: SeededRandom,
): SyntheticChorale {
  const score = syntheticScore(events, random);
  const played = performance(score, random);
  const notes = score.map(({ halfBeat, pitch, part }) => ({
    scoreOnsetSeconds: wholeMilliseconds(halfBeat * scoreHalfBeatSeconds),
    onsetSeconds: played.get(halfBeat)!,
    pitch,
    part,
  }));
  const endSeconds = notes.at(-1)!.onsetSeconds + lastChordSeconds;
  const onsetAt = new Map(notes.map((note) => [note.scoreOnsetSeconds, note.onsetSeconds]));
  const samples = renderNotes(
    notes.map((note, index) => {
      const before = notes.slice(0, index).findLast(({ part }) => part === note.part);
      const after = notes.slice(index + 1).find(({ part }) => part === note.part);
      return {
        ...note,
        endSeconds: after?.onsetSeconds ?? endSeconds,
        repeated: before?.pitch === note.pitch,
      };
    }),
    { durationSeconds: endSeconds + 0.3, sampleRate },
    random,
  );
  return {
    name,
    sampleRate,
    samples,
    notes,
    events: scoreEventsFromParts(notes).map((event) => ({
      ...event,
      onsetSeconds: onsetAt.get(event.scoreOnsetSeconds)!,
    })),
  };
}

/**
 * When each half beat with an onset is played, in seconds: the tempo wanders as an autoregressive
 * process in the logarithm, no two halves of a beat are quite equal, and phrase ends are held.
 */
function performance(score: readonly ScoreNote[], random: SeededRandom): Map<number, number> {
  const phraseHalfBeats = 2 * (beatsPerPhrase + 1);
  const halfBeats = score.at(-1)!.halfBeat;
  const played = new Map<number, number>();
  const halfBeatSeconds = random.between(0.22, 0.32);
  let [seconds, drift] = [random.between(0.1, 0.32), 0];
  for (let halfBeat = 0; halfBeat <= halfBeats; halfBeat++) {
    played.set(halfBeat, wholeMilliseconds(seconds));
    drift = 0.95 * drift + 0.07 * random.normal();
    const inPhrase = halfBeat % phraseHalfBeats;
    const hold = inPhrase >= phraseHalfBeats - 4 ? random.between(1.2, 2) : 1;
    seconds += halfBeatSeconds * hold * Math.exp(drift + 0.04 * random.normal());
  }
  return played;
}

const wholeMilliseconds = (seconds: number) => Math.round(seconds * 1000) / 1000;
