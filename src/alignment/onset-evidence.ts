import type { KeyRange } from './keys.js';
import { lowestPitch, pitchCount, type Spectra } from './spectra.js';

/** A moment of the score: MIDI pitches that sound, and those of them that are struck. */
export interface ScoreMoment {
  scoreOnsetSeconds: number;
  pitches: readonly number[];
  starts: readonly number[];
}

const onsetWindows = ['2048', '4096'] as const;
/** Semitones up to the partials that are heard. */
const partials = [0, 12, 19, 24];
/** Frames around the onset at which the spectrum, its rise, the broadband rise and key scores are read. */
const levelOffsets = [-12, -6, -3, 0, 3, 6, 12];
const riseOffsets = [-6, -4, -2, 0, 2, 4, 6];
const broadOffsets = [-6, -4, -2, 0, 2, 4, 6];
const keyOffsets = [-12, -6, 0, 6, 12];
/** Frames that a rise is measured over. */
const riseFrames = 2;

const spectral = onsetWindows.length * partials.length * (levelOffsets.length + riseOffsets.length);
const broad = onsetWindows.length * broadOffsets.length;
const keyInputs = 2 * keyOffsets.length;
export const fixedInputs = spectral + broad;
/** What the onset evidence reads: of the struck keys the spectrum at partials, then key scores. */
export const onsetInputs = fixedInputs + keyInputs;

/** What an input of the onset evidence reads; `offset` in frames, `partial` in semitones. */
export type InputKind =
  | {
      kind: 'level' | 'rise';
      window: (typeof onsetWindows)[number];
      partial: number;
      offset: number;
    }
  | { kind: 'broad'; window: (typeof onsetWindows)[number]; partial: 0; offset: number }
  | { kind: 'struck' | 'ended'; window: ''; partial: 0; offset: number };

/** Calls `visit` with every input of the onset evidence, in the order of the weights. */
export function eachInput(visit: (input: number, what: InputKind) => void): void {
  let input = 0;
  for (const window of onsetWindows) {
    for (const [kind, offsets] of [
      ['level', levelOffsets],
      ['rise', riseOffsets],
    ] as const) {
      for (const partial of partials) {
        for (const offset of offsets) visit(input++, { kind, window, partial, offset });
      }
    }
    for (const offset of broadOffsets)
      visit(input++, { kind: 'broad', window, partial: 0, offset });
  }
  for (const kind of ['struck', 'ended'] as const) {
    for (const offset of keyOffsets) visit(input++, { kind, window: '', partial: 0, offset });
  }
}

/** The rises of a spectrum over `riseFrames`, and their mean over pitches. */
export interface Rises {
  rise: Record<string, Float32Array>;
  broadband: Record<string, Float32Array>;
}

export function risesOf({ windows, frames }: Spectra): Rises {
  const rise: Rises['rise'] = {};
  const broadband: Rises['broadband'] = {};
  for (const window of onsetWindows) {
    const values = windows[window];
    const rises = new Float32Array(values.length);
    const means = new Float32Array(frames);
    for (let i = riseFrames; i < frames; i++) {
      let sum = 0;
      for (let p = 0; p < pitchCount; p++) {
        const at = i * pitchCount + p;
        const up = Math.max(0, values[at]! - values[at - riseFrames * pitchCount]!);
        rises[at] = up;
        sum += up;
      }
      means[i] = sum / pitchCount;
    }
    rise[window] = rises;
    broadband[window] = means;
  }
  return { rise, broadband };
}

/** The keys that end at a moment: of the one before, not of this one. */
export function endsOf(before: ScoreMoment | undefined, moment: ScoreMoment): number[] {
  return before ? before.pitches.filter((pitch) => !moment.pitches.includes(pitch)) : [];
}

const clamp = (value: number, most: number) => Math.min(most, Math.max(0, value));

/**
 * The inputs of the onset evidence of one moment in frames [from, to), those that depend on the
 * recording alone: the mean over the struck keys.
 * @returns [to − from, fixedInputs]
 */
export function fixedOnsetInputs(
  spectra: Spectra,
  rises: Rises,
  starts: readonly number[],
  from: number,
  to: number,
): Float32Array {
  const inputs = new Float32Array((to - from) * fixedInputs);
  const last = spectra.frames - 1;
  const share = 1 / Math.max(1, starts.length);
  for (let i = from; i < to; i++) {
    let at = (i - from) * fixedInputs;
    for (const window of onsetWindows) {
      for (const [values, offsets] of [
        [spectra.windows[window], levelOffsets],
        [rises.rise[window]!, riseOffsets],
      ] as const) {
        for (const partial of partials) {
          for (const offset of offsets) {
            const row = clamp(i + offset, last) * pitchCount - lowestPitch + partial;
            let sum = 0;
            for (const pitch of starts) sum += values[row + pitch]!;
            inputs[at++] = sum * share;
          }
        }
      }
      const means = rises.broadband[window]!;
      for (const offset of broadOffsets) inputs[at++] = means[clamp(i + offset, last)]!;
    }
  }
  return inputs;
}

/** Calls `visit` with each key score that the evidence of a moment reads in frame i: its input and its cell. */
export function eachKeyInput(
  moment: { starts: readonly number[]; ends: readonly number[]; keys: KeyRange; frames: number },
  i: number,
  visit: (input: number, cell: number, share: number) => void,
): void {
  const { starts, ends, keys, frames } = moment;
  [starts, ends].forEach((pitches, which) => {
    const inside = pitches.filter((p) => p >= keys.lowest && p < keys.lowest + keys.count);
    keyOffsets.forEach((offset, o) => {
      const row = clamp(i + offset, frames - 1) * keys.count - keys.lowest;
      for (const pitch of inside) {
        visit(fixedInputs + which * keyOffsets.length + o, row + pitch, 1 / inside.length);
      }
    });
  });
}
