import { Command, Option } from 'commander';
import type { ColumnChoice } from '../data/column-layout.js';
import type { NerConfig } from '../experiments/ner/config.js';
import type { Split } from '../experiments/ner/corpus.js';
import { columnChoice } from './option-values.js';
import { backendOption, type RunFlags } from './run-flags.js';

/** The options of `didyprog evaluate`. */
export interface EvaluateFlags {
  data?: string;
  split: Split;
  file?: string;
  columns?: ColumnChoice;
  decode?: NerConfig['decode'];
  backend?: RunFlags['backend'];
  json?: boolean;
}

/** `didyprog evaluate`: the scores of a trained tagger. */
export function evaluateCommand(): Command {
  return new Command('evaluate')
    .description('Score the tagger of a run, on a part of its corpus or a file of your own')
    .argument('<run>', 'the run directory of didyprog train ner')
    .option('--data <folder>', 'where the data sets are (default: $DIDYPROG_DATA, or data)')
    .addOption(
      new Option('--split <name>', 'the part of the corpus')
        .choices(['test', 'development', 'train'])
        .default('test'),
    )
    .option('--file <path>', 'a CoNLL column file instead')
    .option('--columns <choice>', 'its columns, such as word=2,tag=3', columnChoice)
    .addOption(
      new Option('--decode <name>', 'how tags are predicted (default: as the run says)').choices([
        'viterbi',
        'marginals',
      ]),
    )
    .addOption(backendOption())
    .option('--json', 'print the scores as JSON')
    .addHelpText(
      'after',
      `
Examples:
  didyprog evaluate runs/ner-en
  didyprog evaluate runs/ner-en --split development --decode marginals
  didyprog evaluate runs/ner-en --file mine.conll --json
  didyprog evaluate runs/ner-en --file germeval.tsv --columns word=2,tag=3`,
    )
    .action(async (run: string, flags: EvaluateFlags) => {
      const { evaluateRun } = await import('./evaluate-run.js');
      await evaluateRun(run, flags);
    });
}
