import { counted } from '../counted.js';
import { DataError } from '../errors.js';
import { bach10Level, levelled } from '../features/level.js';
import type { Signal } from '../features/spectrum.js';
import { alignMaps, softOnsets, type OnsetModel, type SoftOnsets } from './align.js';
import { agreementOf, distinctnessOf, doubtsAbout } from './doubt.js';
import { readKeyMaps, type KeyMaps } from './key-maps.js';
import { scalesOf, type OnsetParameters } from './model.js';
import type { ScoreMoment } from './onset-evidence.js';
import { outsideScores } from './outside.js';
import { piano } from './keys.js';
import { coarseScore } from './search.js';
import { riseAfter, type Rise } from './rise.js';
import { silentOnsets } from './silence.js';
import { openSpectra, type SpectraReader } from './spectra.js';
import {
  canFindOrder,
  departuresFrom,
  faintEnds,
  inOrder,
  playedOrder,
  type Jump,
} from './structure.js';
import { estimateTuning } from './tuning.js';

/** A moment of the score and when the recording plays it. */
interface AlignedMoment extends ScoreMoment {
  /** Of the score's events, from 0. */
  event: number;
  /** Seconds from the beginning of the recording. */
  onsetSeconds: number;
  /** Between these the onset is with a probability of about 90 %. */
  interval: [from: number, to: number];
}

/** A recording aligned with its score, and what is doubtful about it. */
export interface AlignedAudio {
  /** In the order in which they are played: all of the score, unless `structure` says otherwise. */
  events: AlignedMoment[];
  hopSeconds: number;
  frames: number;
  /** How far the recording is above A = 440 Hz, whole semitones left out. */
  tuningCents: number;
  /** Semitones that the recording sounds above the score. */
  transposition: number;
  /** How well what sounds agrees with the score, 0 to 1. */
  agreement: number;
  /** How much better it fits the score than the score backwards, up to 1; about 0 for other music. */
  distinctness: number;
  /** Where the recording departs from the order of the score, in words. */
  structure: string[];
  /** What is doubtful, in words. */
  warnings: string[];
  /** The expected alignments that were asked for; frame 0 is at −`biasSeconds`. */
  soft: SoftOnsets[];
  biasSeconds: number;
}

/** What else is known of the score, or wanted. */
export interface StructureOptions {
  /** The γ of expected alignments that are wanted beside the best one. */
  gammas?: readonly number[];
  /** Repeats that may be left out or played once more. */
  jumps?: readonly Jump[];
  /** The recording is known to play all of the score in its order. */
  asWritten?: boolean;
  /** What messages call an event: the bar that it is in. */
  nameOf?: (event: number) => string;
  /** Told what is done next, as each step begins. */
  onStep?: (step: AlignmentStep) => void;
}

/** What an alignment does, in this order. */
export const alignmentSteps = [
  'the spectra of the recording',
  'the key',
  'what is played of the score',
  'the onsets',
  'how sure they are',
] as const;
export type AlignmentStep = (typeof alignmentSteps)[number];

const noneFaint = { first: 0, last: 0 };
const takenAsWritten =
  'the recording is too long to look for parts and repeats: it is taken to play all of the score as written';

/** Samples a second below which too little of the higher notes is left to say when they begin. */
const leastRate = 8000;
/** Semitones that a recording may be above or below its score. */
const mostSemitones = 6;
/** Of the transpositions, how many are tried by an alignment beside none. */
const triedTranspositions = 3;
/** What an alignment in another key must score more, in a frame: log-odds of keys. */
const transpositionGain = 0.1;

/**
 * Aligns a recording with a score: at any level, tuning and transposition up to six semitones, with
 * noise, with silence or other sound around the music, and of a part of the score or with other repeats.
 *
 * @param recording samples of one channel; path: what messages call it
 * @throws DataError when the recording is silent, or too short for the score
 */
export function alignAudio(
  recording: { samples: Signal; sampleRate: number; path?: string },
  score: readonly ScoreMoment[],
  model: OnsetModel,
  { jumps = [], asWritten = false, nameOf, gammas = [], onStep }: StructureOptions = {},
): AlignedAudio {
  const { sampleRate, path = 'the recording' } = recording;
  const sound = levelled(recording.samples, sampleRate, bach10Level);
  if (!sound) throw new DataError(`${path}: the recording is silent from beginning to end`);
  onStep?.('the spectra of the recording');
  const tuningCents = estimateTuning(sound, sampleRate);
  const spectra = openSpectra(sound, sampleRate, { tuningCents });
  const { frames, hopSeconds } = spectra;
  const { parameters, interval, doubt } = model;
  const maps = readKeyMaps(spectra, parameters, piano);
  const outside = outsideScores(maps, parameters);
  onStep?.('the key');
  const isWhole = frames >= 2 * score.length;
  const transposition = isWhole ? findTransposition(maps, score, parameters, outside) : 0;
  const whole = transposed(score, transposition);
  onStep?.('what is played of the score');
  const written = { maps, moments: whole, parameters, outside };
  const isTooLong = !asWritten && !canFindOrder(written);
  const { order, faint } =
    asWritten || isTooLong ? { order: undefined, faint: noneFaint } : playedOrder(written, jumps);
  const moments = order ? inOrder(whole, order) : whole;
  if (frames < 2 * moments.length) {
    throw new DataError(
      `${path}: ${counted(frames, 'frame')} of ${hopSeconds} s, too few for the score's ` +
        `${score.length} events: is it the right recording?`,
    );
  }
  const task = { maps, moments, parameters, outside };
  onStep?.('the onsets');
  const aligned = alignMaps(task, spectra, model);
  const { late, width } = besideTraining(spectra, moments, aligned.onsets, model.rise);
  const biasSeconds = model.biasSeconds + late;
  const events = moments.map((_, j) => {
    const event = order?.[j] ?? j;
    const onsetSeconds = Math.max(0, aligned.onsets[j]! - late);
    const half =
      width * interval.factor * Math.hypot(aligned.deviations[j]!, interval.floorSeconds);
    return {
      ...score[event]!,
      event,
      onsetSeconds,
      interval: [Math.max(0, onsetSeconds - half), onsetSeconds + half] as [number, number],
    };
  });
  onStep?.('how sure they are');
  const agreement = agreementOf(task, aligned);
  const distinctness = distinctnessOf(task);
  const found = { tuningCents, transposition, agreement, distinctness };
  const structure = order ? departuresFrom(score.length, order, nameOf) : [];
  if (isTooLong) structure.push(takenAsWritten);
  const warnings = doubtsAbout(found, doubt, events);
  warnings.push(...faintEnds(faint));
  const struck = events.filter(({ starts }) => starts.length > 0);
  const times = struck.map(({ onsetSeconds }) => onsetSeconds);
  const inSilence = silentOnsets(sound, sampleRate, times, bach10Level);
  if (inSilence.length > 0) {
    warnings.push(
      `${inSilence.length} of ${counted(struck.length, 'onset')} lie where the recording is silent, the ` +
        `first at ${times[inSilence[0]!]!.toFixed(2)} s`,
    );
  }
  if (sampleRate < leastRate) {
    warnings.push(
      `${sampleRate} samples a second are few: below ${leastRate} onsets may be late or early`,
    );
  }
  const soft = gammas.map((gamma) => softOnsets(task, aligned.frames, aligned.segments, gamma));
  return { events, hopSeconds, frames, ...found, structure, warnings, soft, biasSeconds };
}

/** No instrument begins more slowly, or more suddenly, than those of the training pieces by more. */
const [latest, earliest] = [0.12, -0.03];

/**
 * What the beginnings of notes say of a recording beside the training pieces: by how many seconds all its
 * onsets are heard later, and how wide its intervals are as a share of theirs.
 */
function besideTraining(
  spectra: SpectraReader,
  moments: readonly ScoreMoment[],
  onsets: ArrayLike<number>,
  training: Rise | undefined,
): { late: number; width: number } {
  const { frames, hopSeconds } = spectra;
  const read = (from: number, to: number) => spectra.read(from, to, ['2048']).windows['2048'];
  const rise = training && riseAfter({ frames, hopSeconds, read }, moments, onsets);
  if (!rise) return { late: 0, width: 1 };
  return {
    late: Math.min(latest, Math.max(earliest, training.median - rise.median)),
    // Between the training pieces' widths and those in proportion to how evenly notes begin: their
    // geometric mean. Where they begin less evenly the expected alignment is less sure by itself.
    width: Math.sqrt(Math.min(1, rise.spread / training.spread)),
  };
}

const transposed = (score: readonly ScoreMoment[], semitones: number): ScoreMoment[] =>
  score.map((moment) => ({
    ...moment,
    pitches: moment.pitches.map((pitch) => pitch + semitones),
    starts: moment.starts.map((pitch) => pitch + semitones),
  }));

/**
 * Semitones that the recording sounds above the score: those by which the keys that sound are most
 * like the score's are tried, and 0.
 */
function findTransposition(
  maps: KeyMaps,
  score: readonly ScoreMoment[],
  parameters: OnsetParameters,
  outside: Float32Array,
): number {
  const { keys, sounds, frames } = maps;
  const heard = new Float64Array(keys.count);
  for (let cell = 0; cell < sounds.length; cell++) {
    heard[Math.floor(cell / frames)]! += Math.max(0, sounds[cell]!);
  }
  const asked = new Float64Array(keys.count);
  score.forEach(({ pitches, scoreOnsetSeconds }, j) => {
    const seconds = (score[j + 1]?.scoreOnsetSeconds ?? scoreOnsetSeconds + 1) - scoreOnsetSeconds;
    for (const pitch of pitches) asked[pitch - keys.lowest]! += seconds;
  });
  const likeness = (semitones: number) =>
    asked.reduce((sum, weight, key) => sum + weight * Math.sqrt(heard[key + semitones] ?? 0), 0);
  const others = Array.from({ length: 2 * mostSemitones + 1 }, (_, n) => n - mostSemitones)
    .filter((semitones) => semitones !== 0)
    .sort((a, b) => likeness(b) - likeness(a))
    .slice(0, triedTranspositions);
  let best = 0;
  let bestScore = coarseScore({ maps, moments: score, parameters, outside });
  bestScore += transpositionGain * scalesOf(parameters).pitch * frames;
  for (const semitones of others) {
    const moments = transposed(score, semitones);
    const found = coarseScore({ maps, moments, parameters, outside });
    if (found > bestScore) [best, bestScore] = [semitones, found];
  }
  return best;
}
