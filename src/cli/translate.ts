import { Command } from 'commander';
import { countTo } from './option-values.js';
import { backendOption, type RunFlags } from './run-flags.js';

/** The options of `didyprog translate`. */
export interface TranslateFlags {
  file?: string;
  beam?: number;
  figure?: string;
  with?: string[];
  backend?: RunFlags['backend'];
  json?: boolean;
}

/** `didyprog translate`: sentences by the model of a run. */
export function translateCommand(): Command {
  return new Command('translate')
    .description('Translate sentences by the best model of a run of `train attention`')
    .argument('<run>', 'the run directory')
    .argument('[sentences...]', 'sentences; else --file, else a sentence a line on stdin')
    .option('--file <file>', 'a file with a sentence a line, plain or gzip')
    .option('--beam <n>', 'hypotheses that are followed (default: the run’s)', countTo(64))
    .option('--figure <file>', 'draw what each word attended to, as SVG')
    .option('--with <run...>', 'further runs to set beside the first in the figure')
    .addOption(backendOption())
    .option('--json', 'print translations with tokens and attention as JSON, a line each')
    .addHelpText(
      'after',
      `
Examples:
  didyprog translate runs/mine "Un chien court sur l'herbe."
  didyprog translate runs/mine --file sentences.fr > sentences.en
  didyprog translate runs/softmax "Deux enfants jouent." --with runs/l2 --figure maps.svg`,
    )
    .action(async (run: string, sentences: string[], flags: TranslateFlags) => {
      const { translate } = await import('./translate-run.js');
      await translate(run, sentences, flags);
    });
}
