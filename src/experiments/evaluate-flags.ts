import type { EitherColumns } from '../option-values.js';
import type { Setting } from '../runner/config/settings.js';
import type { EngineFlags } from './experiment.js';

/** The options of `didyprog evaluate`: of taggers, of translators, of aligners, and of several. */
export interface EvaluateFlags extends EngineFlags {
  data?: string;
  set?: readonly Setting[];
  split?: 'test' | 'development' | 'train';
  with?: string;
  file?: string;
  columns?: EitherColumns;
  decode?: 'viterbi' | 'marginals';
  source?: string;
  target?: readonly string[];
  beam?: number;
  truth?: string;
}
