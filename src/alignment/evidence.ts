import { scaleNames, scalesOf, type OnsetParameters, type Scales } from './model.js';
import {
  eachKeyInput,
  endsOf,
  fixedInputs,
  fixedOnsetInputs,
  onsetInputs,
  risesOf,
  type Rises,
  type ScoreMoment,
} from './onset-evidence.js';
import { keyMaps, type KeyMaps } from './key-maps.js';
import { columnsOf, rangeOf, type KeyRange } from './keys.js';
import { keyScores, keyScoresBackward } from './pitch-evidence.js';
import type { EdgeSegment, ExpectedOnsets } from './expected-onsets.js';
import { loud, type Segments } from './segments.js';
import type { Spectra } from './spectra.js';

/** Where each event may begin, and how long it should last, in frames. */
export type Places = Pick<Segments, 'low' | 'high' | 'durations' | 'pause'>;

/** Segments with what they were made of, for the way back. */
export interface Potentials extends Segments {
  onsets: Float32Array[];
  sums: Float64Array[];
  rests: Float64Array[];
  places: Places;
  evidence: Float32Array[];
  keyScores: Float32Array;
}

/** A recording and its score, ready for any parameters: what does not depend on them is kept. */
export class AlignmentTask {
  readonly #rises: Rises;
  readonly keys: KeyRange;
  /** The columns of the keys that the score has. */
  readonly #used: readonly number[];
  /** The fixed inputs of the onset evidence in the last corridor. */
  #inputs: { places: Places; inputs: Float32Array[] } | undefined;

  constructor(
    readonly spectra: Spectra,
    readonly moments: readonly ScoreMoment[],
  ) {
    this.#rises = risesOf(spectra);
    const pitches = new Set(moments.flatMap((moment) => moment.pitches));
    this.keys = rangeOf([...pitches]);
    this.#used = columnsOf([...pitches], this.keys);
  }

  fixedInputs(places: Places): Float32Array[] {
    if (this.#inputs?.places !== places) {
      const inputs = this.moments.map(({ starts }, j) =>
        fixedOnsetInputs(this.spectra, this.#rises, starts, places.low[j]!, places.high[j]!),
      );
      this.#inputs = { places, inputs };
    }
    return this.#inputs.inputs;
  }

  /** What the recording says of the score's keys. */
  keyMaps(parameters: OnsetParameters): KeyMaps {
    return keyMaps(this.spectra, parameters, this.keys, this.#rises);
  }

  keyScores(parameters: OnsetParameters): Float32Array {
    return keyScores(this.spectra, parameters, this.keys);
  }

  /** The onset evidence of each event in its corridor, before its scale. */
  onsetEvidence(places: Places, keyScores: Float32Array, weights: Float32Array): Float32Array[] {
    const { frames } = this.spectra;
    return this.fixedInputs(places).map((inputs, j) => {
      const [from, to] = [places.low[j]!, places.high[j]!];
      const { starts } = this.moments[j]!;
      const ends = endsOf(this.moments[j - 1], this.moments[j]!);
      return Float32Array.from({ length: to - from }, (_, at) => {
        let sum = 0;
        const row = at * fixedInputs;
        for (let k = 0; k < fixedInputs; k++) sum += weights[k]! * inputs[row + k]!;
        eachKeyInput({ starts, ends, keys: this.keys, frames }, from + at, (input, cell, share) => {
          sum += weights[input]! * share * keyScores[cell]!;
        });
        return sum;
      });
    });
  }

  /** All inputs of the onset evidence of each event in its corridor: [high − low, onsetInputs]. */
  allInputs(places: Places, keyScores: Float32Array): Float32Array[] {
    const { frames } = this.spectra;
    return this.fixedInputs(places).map((fixed, j) => {
      const from = places.low[j]!;
      const { starts } = this.moments[j]!;
      const ends = endsOf(this.moments[j - 1], this.moments[j]!);
      const rows = new Float32Array((fixed.length / fixedInputs) * onsetInputs);
      for (let at = 0; at * fixedInputs < fixed.length; at++) {
        rows.set(fixed.subarray(at * fixedInputs, (at + 1) * fixedInputs), at * onsetInputs);
        eachKeyInput({ starts, ends, keys: this.keys, frames }, from + at, (input, cell, share) => {
          rows[at * onsetInputs + input]! += share * keyScores[cell]!;
        });
      }
      return rows;
    });
  }

  /** The potentials of an alignment within a corridor. */
  segments(
    parameters: OnsetParameters,
    places: Places,
    outside: Float64Array = new Float64Array(this.spectra.frames + 1),
    keyScores = this.keyScores(parameters),
  ): Potentials {
    const scales = scalesOf(parameters);
    const { frames } = this.spectra;
    const { low, high } = places;
    const evidence = this.onsetEvidence(places, keyScores, parameters.onset);
    const onsets = evidence.map((values) => values.map((value) => scales.onset * value));
    const last = this.moments.length - 1;
    const { count } = this.keys;
    const addUp = (from: number, to: number, keys: readonly number[], of: typeof loud) => {
      const sum = new Float64Array(to - from + 1);
      for (let i = from; i < to; i++) {
        let score = 0;
        for (const key of keys) score += of(keyScores[i * count + key]!);
        sum[i - from + 1] = sum[i - from]! + scales.pitch * score;
      }
      return sum;
    };
    const own = this.moments.map(({ pitches }) => columnsOf(pitches, this.keys));
    const until = (j: number) => (j < last ? high[j + 1]! : frames);
    const sums = own.map((keys, j) => addUp(low[j]!, until(j), keys, (score) => score));
    const sounding = addUp(0, frames, this.#used, loud);
    const rests = own.slice(0, -1).map((keys, j) => {
      const from = low[j]!;
      const ringing = addUp(from, until(j), keys, loud);
      return ringing.map((sum, at) => sum - sounding[from + at]! + sounding[from]!);
    });
    return { ...places, frames, onsets, sums, rests, outside, scales, evidence, keyScores, places };
  }

  /** Adds ∂/∂parameters of Σ slopes · edge scores to `gradient`. */
  backward(
    parameters: OnsetParameters,
    segments: Potentials,
    program: ExpectedOnsets,
    slopes: Float32Array,
    gradient: OnsetParameters,
  ): void {
    const { frames } = this.spectra;
    const { low, high, evidence, keyScores, durations } = segments;
    const scales = scalesOf(parameters);
    const events = low.length;
    const onsetSlopes = Array.from(low, (from, j) => new Float64Array(high[j]! - from));
    // Slopes by frame are the sums of these up to it: of each event's keys where they should sound and
    // where they may ring on, and of all keys in rests.
    const stepsOf = () =>
      Array.from(low, (from, j) => {
        const to = j + 1 < events ? high[j + 1]! : frames;
        return new Float64Array(to - from + 1);
      });
    const [steps, ringing] = [stepsOf(), stepsOf()];
    const rests = new Float64Array(frames + 1);
    let [duration, rest, hold] = [0, 0, 0];
    program.eachSlope(segments, slopes, (slope, segment: EdgeSegment) => {
      const { event, begin, end, rest: restFrom } = segment;
      if (event + 1 < events) onsetSlopes[event + 1]![end - low[event + 1]!]! += slope;
      if (event < 0) return;
      steps[event]![begin - low[event]!]! += slope;
      steps[event]![restFrom - low[event]!]! -= slope;
      if (restFrom < end) rest -= slope;
      if (event + 1 < events) {
        ringing[event]![restFrom - low[event]!]! += slope;
        ringing[event]![end - low[event]!]! -= slope;
        rests[restFrom]! -= slope;
        rests[end]! += slope;
        const ratio = (end - begin) / durations[event]!;
        const square = Math.log(ratio) ** 2;
        if (ratio > 1 && scales.duration * square > scales.hold) hold -= slope;
        else duration -= slope * square;
      }
    });
    const keySlopes = new Float32Array(keyScores.length);
    let pitch = 0;
    const add = (steps: Float64Array, from: number, keys: readonly number[], of: typeof loud) => {
      let slope = 0;
      for (let at = 0; at + 1 < steps.length; at++) {
        slope += steps[at]!;
        if (Math.abs(slope) < 1e-12) continue;
        const row = (from + at) * this.keys.count;
        for (const key of keys) {
          const score = keyScores[row + key]!;
          if (of(score) !== score) continue;
          pitch += slope * score;
          keySlopes[row + key]! += slope * scales.pitch;
        }
      }
    };
    this.moments.forEach(({ pitches }, j) => {
      const keys = columnsOf(pitches, this.keys);
      add(steps[j]!, low[j]!, keys, (score) => score);
      add(ringing[j]!, low[j]!, keys, loud);
    });
    add(rests, 0, this.#used, loud);
    let onset = 0;
    const inputs = this.fixedInputs(segments.places);
    onsetSlopes.forEach((values, j) => {
      const { starts } = this.moments[j]!;
      const ends = endsOf(this.moments[j - 1], this.moments[j]!);
      values.forEach((slope, at) => {
        if (slope === 0) return;
        onset += slope * evidence[j]![at]!;
        const scaled = slope * scales.onset;
        const row = at * fixedInputs;
        for (let k = 0; k < fixedInputs; k++) gradient.onset[k]! += scaled * inputs[j]![row + k]!;
        eachKeyInput(
          { starts, ends, keys: this.keys, frames },
          low[j]! + at,
          (input, cell, share) => {
            gradient.onset[input]! += scaled * share * keyScores[cell]!;
            keySlopes[cell]! += scaled * share * parameters.onset[input]!;
          },
        );
      });
    });
    keyScoresBackward(
      this.spectra,
      { scores: keyScores, slopes: keySlopes },
      { parameters, keys: this.keys },
      gradient,
    );
    // The scales are exponentials of their parameters.
    const scaleSlopes = { pitch, onset, duration, rest, hold };
    for (const [name, slope] of Object.entries(scaleSlopes) as [keyof Scales, number][]) {
      gradient.scales[scaleNames.indexOf(name)]! += slope * scales[name];
    }
  }
}
