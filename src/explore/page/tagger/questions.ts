import type { OmegaName } from '../../../index.js';
import type { TaggedText } from '../../../experiments/ner/tagging.js';

/** What the view asks the worker: a sentence under a run's model. */
export interface TaggerQuestion {
  /** Which sentence, counted, and for which panel. */
  turn: number;
  side: number;
  /** Where tagger.json and best.bin are. */
  files: { tagger: string; numbers: string };
  words: readonly string[];
  omega: OmegaName;
  gamma: number;
  k: number;
}

export type TaggerAnswer = { turn: number; side: number } & (
  | { kind: 'loading'; part: number }
  | {
      kind: 'tagged';
      text: TaggedText;
      tagNames: readonly string[];
      milliseconds: number;
      threads: number;
    }
  | { kind: 'error'; message: string }
);
