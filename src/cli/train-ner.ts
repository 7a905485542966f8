import { Command, Option } from 'commander';
import type { ColumnChoice } from '../data/column-layout.js';
import type { NerConfig } from '../experiments/ner/config.js';
import { columnChoice, count, positiveNumber } from './option-values.js';
import { addRunOptions, type RunFlags } from './run-flags.js';

/** The settings that ship: configs/ner/NAME.yaml. */
const languages = ['en', 'es', 'de', 'nl', 'synthetic'] as const;

/** The options of `didyprog train ner`. */
export interface TrainNerFlags extends RunFlags {
  lang?: (typeof languages)[number];
  columns?: ColumnChoice;
  omega?: NerConfig['omega'];
  gamma?: number;
  loss?: NerConfig['loss'];
  marginals?: NerConfig['marginals'];
  optimiser?: NerConfig['optimiser']['kind'];
  learningRate?: number;
  epochs?: number;
  batch?: number;
  decode?: NerConfig['decode'];
  vectors?: string | false;
}

/** `didyprog train ner`: a tagger of named entities. */
export function trainNerCommand(): Command {
  const command = new Command('ner')
    .description('Train a tagger of named entities with a differentiable Viterbi loss')
    .addOption(
      new Option('--lang <code>', 'the language, or generated sentences')
        .choices(languages)
        .default('synthetic'),
    )
    .option('--columns <choice>', 'the columns of the files, such as word=2,tag=3', columnChoice)
    .addOption(
      new Option('--omega <name>', 'the regulariser').choices(['negentropy', 'l2', 'hard']),
    )
    .option('--gamma <number>', 'its strength', positiveNumber)
    .addOption(
      new Option('--loss <name>', 'the loss: convex, or a cost on marginals').choices([
        'convex',
        'cost',
      ]),
    )
    .addOption(
      new Option('--marginals <name>', 'the marginals of the cost').choices(['tags', 'edges']),
    )
    .addOption(new Option('--optimiser <name>', 'the update rule').choices(['sgd', 'adam']))
    .option('--learning-rate <number>', 'its rate', positiveNumber)
    .option('--epochs <n>', 'passes over the training sentences', count)
    .option('--batch <n>', 'sentences of a batch', count)
    .addOption(
      new Option('--decode <name>', 'how tags are predicted').choices(['viterbi', 'marginals']),
    )
    .option('--vectors <file>', 'pretrained word vectors, below the data folder')
    .option('--no-vectors', 'no pretrained word vectors');
  return addRunOptions(command, 'one of the language')
    .addHelpText(
      'after',
      `
Examples:
  didyprog train ner                      generated sentences, a minute
  didyprog train ner --lang en --omega l2
  didyprog train ner --lang es --loss cost --seed 1 --out runs/es-cost
  didyprog train ner --lang es --loss cost --seed 1 --out runs/es-cost --resume`,
    )
    .action(async (flags: TrainNerFlags) => {
      // Loaded only now: TensorFlow.js takes longer than a help text may.
      const { trainNer } = await import('./train-ner-run.js');
      await trainNer(flags);
    });
}
