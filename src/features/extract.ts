import { checkOptions } from '../option-names.js';
import { checkNumber, checkOneOf, renamed } from '../value-checks.js';
import { logMel, type MelNorm, type MelScale } from './mel.js';
import { mfcc } from './mfcc.js';
import { chroma, semitoneSpectrum } from './semitone.js';
import { frameCount, type Signal } from './spectrum.js';

/** The frames of every kind of features. */
export interface FrameSizes {
  /** The window's length; the power of two of samples that is nearest to it is used. */
  windowSeconds: number;
  /** From one frame to the next; the nearest whole number of samples is used. */
  hopSeconds: number;
}

/** The bands of features on a mel scale. */
export interface MelBands extends FrameSizes {
  /** How many. */
  melBands: number;
  mel?: MelScale;
  norm?: MelNorm;
  /** Default 0. */
  lowestHz?: number;
  /** Default: half the sample rate. */
  highestHz?: number;
}

/** Which features, with sizes in seconds and Hz, so that a config holds for any sample rate. */
export type FeatureConfig =
  | (MelBands & { kind: 'mfcc'; coefficients: number; log?: 'db' | 'ln'; offset?: number })
  | (MelBands & { kind: 'mel'; /** C of log(1 + C x). */ scale: number })
  | (FrameSizes & {
      kind: 'semitone';
      /** The first and the last MIDI pitch. */
      lowestPitch: number;
      highestPitch: number;
      scale: number;
    })
  | (FrameSizes & { kind: 'chroma'; scale: number });

const sizeNames = ['kind', 'windowSeconds', 'hopSeconds'];
const melNames = [...sizeNames, 'melBands', 'mel', 'norm', 'lowestHz', 'highestHz'];
const optionNames = {
  mfcc: [...melNames, 'coefficients', 'log', 'offset'],
  mel: [...melNames, 'scale'],
  semitone: [...sizeNames, 'lowestPitch', 'highestPitch', 'scale'],
  chroma: [...sizeNames, 'scale'],
} satisfies Record<FeatureConfig['kind'], string[]>;

/** What a config calls the options of the features. */
const window = { fftSize: 'windowSeconds in samples' };
const melEnds = { ...window, fmin: 'lowestHz', fmax: 'highestHz' };
const configNames = {
  mfcc: melEnds,
  mel: melEnds,
  semitone: { ...window, lowest: 'lowestPitch', highest: 'highestPitch' },
  chroma: window,
} satisfies Record<FeatureConfig['kind'], Record<string, string>>;

/** Features of a recording. Frame i is centred at i · hopSeconds. */
export interface Features {
  /** Row-major [frames, dimensions]. */
  values: Float64Array;
  frames: number;
  dimensions: number;
  /** Exactly hopSamples / sampleRate. */
  hopSeconds: number;
  hopSamples: number;
}

/**
 * The features that a config describes, of a mono signal.
 * @param sampleRate samples per second
 * @throws RangeError for a config that is not allowed at this sample rate; DataError for a signal that
 * is empty or not finite
 *
 * @example
 * ```ts
 * import { extractFeatures } from 'didyprog/features';
 *
 * const config = { kind: 'chroma', windowSeconds: 0.1, hopSeconds: 0.01, scale: 100 } as const;
 * const { frames, dimensions } = extractFeatures(new Float32Array(8000), 8000, config);
 * console.log(frames, dimensions); // 101 12
 * ```
 */
export function extractFeatures(
  samples: Signal,
  sampleRate: number,
  config: FeatureConfig,
): Features {
  checkOptions('extractFeatures', config, sizeNames);
  checkOneOf('kind', config.kind, Object.keys(optionNames));
  checkOptions(`extractFeatures ${config.kind}`, config, optionNames[config.kind]);
  checkNumber('sampleRate', sampleRate, 'positive');
  checkNumber('windowSeconds', config.windowSeconds, 'positive');
  checkNumber('hopSeconds', config.hopSeconds, 'positive');
  const fftSize = 2 ** Math.max(1, Math.round(Math.log2(config.windowSeconds * sampleRate)));
  const hop = Math.max(1, Math.round(config.hopSeconds * sampleRate));
  const values = renamed(configNames[config.kind], () =>
    frameValues(samples, { sampleRate, fftSize, hop }, config),
  );
  const frames = frameCount(samples.length, hop);
  return {
    values,
    frames,
    dimensions: values.length / frames,
    hopSeconds: hop / sampleRate,
    hopSamples: hop,
  };
}

function frameValues(
  samples: Signal,
  sizes: { sampleRate: number; fftSize: number; hop: number },
  config: FeatureConfig,
): Float64Array {
  switch (config.kind) {
    case 'mfcc':
      return mfcc(samples, { ...config, ...sizes, ...melRange(config) });
    case 'mel':
      return logMel(samples, { ...config, ...sizes, ...melRange(config) });
    case 'semitone': {
      const { lowestPitch: lowest, highestPitch: highest, scale } = config;
      return semitoneSpectrum(samples, { ...sizes, lowest, highest, scale });
    }
    case 'chroma':
      return chroma(samples, { ...sizes, scale: config.scale });
  }
}

const melRange = ({ lowestHz, highestHz }: MelBands) => ({ fmin: lowestHz, fmax: highestHz });
