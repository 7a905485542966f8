export {
  extractFeatures,
  type FeatureConfig,
  type Features,
  type FrameSizes,
  type MelBands,
} from './extract.js';
export type { Filter, FilterBank } from './filter-bank.js';
export {
  hzToMel,
  logMel,
  melFilterBank,
  melSpectrogram,
  melToHz,
  type MelNorm,
  type MelOptions,
  type MelScale,
} from './mel.js';
export { mfcc, type MfccOptions } from './mfcc.js';
export {
  chroma,
  hzToMidi,
  midiToHz,
  semitoneFilterBank,
  semitoneSpectrum,
  type SemitoneOptions,
} from './semitone.js';
export {
  frameCount,
  periodicHann,
  stft,
  type Signal,
  type SpectrumScale,
  type StftOptions,
} from './spectrum.js';
export {
  fitStandardiser,
  fitStatistics,
  standardise,
  type FeatureStatistics,
  type Frames,
  type Standardisation,
} from './standardise.js';
