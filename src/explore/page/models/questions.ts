import type { Translation } from '../../../experiments/attention/translator.js';
import type { TaggedText } from '../../../experiments/ner/tagging.js';
import type { OmegaName } from '../../../index.js';

/** What a view asks the worker: a text under a run's model. */
export type ModelQuestion = {
  /** Which text, counted, and for which panel. */
  turn: number;
  side: number;
  /** Where page-model.json and best.bin are. */
  files: { model: string; numbers: string };
} & (
  | { kind: 'tag'; words: readonly string[]; omega: OmegaName; k: number }
  | { kind: 'translate'; text: string; beam: number }
);

export interface Tagged {
  kind: 'tagged';
  text: TaggedText;
  tagNames: readonly string[];
}

/** A text translated, or as far as that has come. */
export interface Translated {
  kind: 'translated';
  translation: Translation;
  attention: string;
  isWhole: boolean;
}

export type ModelAnswer = { turn: number; side: number } & (
  | { kind: 'loading'; part: number }
  | ((Tagged | Translated) & { milliseconds: number; threads: number })
  | { kind: 'error'; message: string }
);
