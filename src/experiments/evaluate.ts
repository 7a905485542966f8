import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ColumnChoice } from '../data/readers/column-layout.js';
import { UsageError } from '../errors.js';
import { columnChoice, countTo } from '../option-values.js';
import { ownWords } from './command-words.js';
import type { Setting } from '../runner/settings.js';
import { backendFlag, dataFlag, setFlag, type EngineFlags, type UseCommand } from './experiment.js';

/** The options of `didyprog evaluate`: of taggers, of translators, and of both. */
export interface EvaluateFlags extends EngineFlags {
  data?: string;
  set?: readonly Setting[];
  split?: 'test' | 'development' | 'train';
  with?: string;
  file?: string;
  columns?: ColumnChoice;
  decode?: 'viterbi' | 'marginals';
  source?: string;
  target?: string;
  beam?: number;
}

/** Scores a finished run of any experiment that has something to score. */
export const evaluate: UseCommand = {
  words: ['evaluate'],
  description: ownWords.evaluate,
  arguments: [['<run>', 'the run directory of didyprog train']],
  flags: [
    dataFlag,
    {
      flag: '--split <name>',
      description: 'the part of the corpus (default: test, or development where there is none)',
      choices: ['test', 'development', 'train'],
    },
    { flag: '--with <run>', description: 'another run, and whether the difference is significant' },
    { flag: '--file <path>', description: 'taggers: a CoNLL column file instead' },
    {
      flag: '--columns <choice>',
      description: 'its columns, such as word=2,tag=3',
      parse: columnChoice,
    },
    {
      flag: '--decode <name>',
      description: 'taggers: how tags are predicted (default: as the run says)',
      choices: ['viterbi', 'marginals'],
    },
    {
      flag: '--source <file>',
      description: 'translators: a test set of your own, a sentence a line',
    },
    { flag: '--target <file>', description: 'and its reference translations' },
    {
      flag: '--beam <n>',
      description: 'translators: hypotheses that are followed (default: the run’s)',
      parse: countTo(64),
    },
    {
      ...setFlag,
      description:
        'a key that training leaves open: omega, gamma, decode of taggers, decoding.* of translators',
    },
    backendFlag,
    { flag: '--json', description: 'print the scores as JSON' },
  ],
  help: `
Two taggers are compared by approximate randomisation of their sentences, two translators by a paired
bootstrap.

Examples:
  didyprog evaluate runs/ner-en
  didyprog evaluate runs/ner-en --split development --decode marginals
  didyprog evaluate runs/ner-en --file mine.conll --with runs/ner-en-l2
  didyprog evaluate runs/ner-en --file germeval.tsv --columns word=2,tag=3
  didyprog evaluate runs/fr-en --source mine.fr --target mine.en`,
  async run(run: string, flags: EvaluateFlags) {
    // The words of both sides: only a translator has them.
    const translates = await stat(join(run, 'vocabulary.json')).then(
      () => true,
      () => false,
    );
    const foreign = translates
      ? (['file', 'columns', 'decode'] as const)
      : (['source', 'target', 'beam'] as const);
    const wrong = foreign.find((name) => flags[name] !== undefined);
    if (wrong !== undefined) {
      throw new UsageError(
        `--${wrong} is for ${translates ? 'taggers' : 'translators'}; ${run} is none`,
      );
    }
    if (translates) {
      const { evaluateTranslator } = await import('./attention/evaluate-command.js');
      await evaluateTranslator(run, flags);
    } else {
      const { evaluateRun } = await import('./ner/evaluate-command.js');
      await evaluateRun(run, flags);
    }
  },
};
