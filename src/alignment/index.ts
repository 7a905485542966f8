/** Alignment of a recording with its score. */
export { alignAudio, type AlignedAudio, type StructureOptions } from './align-audio.js';
export { readOnsetModel, shippedOnsets } from './trained-onsets.js';
export type { ScoreMoment } from './onset-evidence.js';
export type { Jump } from './structure.js';
