export { extractFeatures, type FeatureConfig, type Features } from './extract.js';
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
  type Standardisation,
} from './standardise.js';
