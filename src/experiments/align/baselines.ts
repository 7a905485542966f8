import { extractFeatures } from '../../features/index.js';
import type { OnsetErrors } from '../../metrics/onset-errors.js';
import { alignmentErrors } from './evaluation.js';
import { bestAlignment } from './frame-alignment.js';
import type { Recording } from './piece.js';

/** The even diagonal: the frames spread evenly over the events, no audio heard. */
export function evenDiagonal({ chorale, features }: Recording): OnsetErrors {
  const { events } = chorale;
  const { frames, hopSeconds } = features;
  const alignment = Int32Array.from({ length: frames }, (_, frame) =>
    Math.floor((frame * events.length) / frames),
  );
  return alignmentErrors(alignment, { events, hopSeconds });
}

const template = {
  lowestPitch: 36,
  highestPitch: 108,
  harmonics: 8,
  /** Amplitude of a harmonic relative to the one below. */
  decay: 0.8,
};

/**
 * An untrained template: each event's pitches as eight decaying harmonics on a semitone spectrum,
 * the cost one minus the cosine with the frame's.
 */
export function cosineTemplate({ chorale, features }: Recording): OnsetErrors {
  const { events } = chorale;
  const spectrum = extractFeatures(chorale.samples, chorale.sampleRate, {
    kind: 'semitone',
    windowSeconds: 0.1858,
    hopSeconds: features.hopSeconds,
    lowestPitch: template.lowestPitch,
    highestPitch: template.highestPitch,
    scale: 100,
  });
  const { frames, dimensions, hopSeconds } = spectrum;
  const templates = events.map(({ pitches }) => normalised(eventTemplate(pitches, dimensions)));
  const costs = new Float64Array(frames * events.length);
  for (let i = 0; i < frames; i++) {
    const frame = normalised(spectrum.values.slice(i * dimensions, (i + 1) * dimensions));
    templates.forEach((pattern, j) => {
      let cosine = 0;
      for (let d = 0; d < dimensions; d++) cosine += frame[d]! * pattern[d]!;
      costs[i * events.length + j] = 1 - cosine;
    });
  }
  const alignment = bestAlignment(costs, frames, events.length, 'advance');
  return alignmentErrors(alignment, { events, hopSeconds });
}

function eventTemplate(pitches: readonly number[], dimensions: number): Float64Array {
  const pattern = new Float64Array(dimensions);
  for (const pitch of pitches) {
    for (let harmonic = 1; harmonic <= template.harmonics; harmonic++) {
      const bin = Math.round(pitch + 12 * Math.log2(harmonic)) - template.lowestPitch;
      if (bin >= 0 && bin < dimensions) pattern[bin]! += template.decay ** (harmonic - 1);
    }
  }
  return pattern;
}

/** Scaled to length 1; silence stays 0. */
function normalised(vector: Float64Array): Float64Array {
  const norm = Math.hypot(...vector);
  return norm > 0 ? vector.map((value) => value / norm) : vector;
}
