import type { AlignedAudio, AlignmentStep } from '../../../alignment/align-audio.js';
import type { NotedScore } from '../../../data/readers/scores/score-events.js';

/** What the view asks the worker: where the recording plays each event of the score. */
export interface AlignQuestion {
  recording: { samples: Float32Array<ArrayBuffer>; sampleRate: number; path: string };
  score: { bytes: Uint8Array<ArrayBuffer>; path: string };
}

/** A recording aligned, with the score's notes and what was doubtful in its file. */
export interface Heard {
  score: NotedScore;
  aligned: AlignedAudio;
  notices: readonly string[];
}

export type AlignAnswer =
  | { kind: 'step'; step: AlignmentStep }
  | ({ kind: 'heard' } & Heard)
  | { kind: 'error'; message: string };
