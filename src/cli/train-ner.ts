import { Command, InvalidArgumentError, Option } from 'commander';
import type { NerConfig } from '../experiments/ner/config.js';

/** The settings that ship: configs/ner/NAME.yaml. */
const languages = ['en', 'es', 'de', 'nl', 'synthetic'] as const;

/** The options of `didyprog train ner`. */
export interface TrainNerFlags {
  lang?: (typeof languages)[number];
  config?: string;
  data?: string;
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
  seed?: number;
  out?: string;
  resume?: boolean;
  backend?: 'tensorflow' | 'wasm' | 'cpu';
  tensorboard?: boolean;
  json?: boolean;
}

/** `didyprog train ner`: a tagger of named entities. */
export function trainNerCommand(): Command {
  return new Command('ner')
    .description('Train a tagger of named entities with a differentiable Viterbi loss')
    .addOption(
      new Option('--lang <code>', 'the language, or generated sentences')
        .choices(languages)
        .default('synthetic'),
    )
    .option('--config <file>', 'the config to run instead of the one of the language')
    .option('--data <folder>', 'where the data sets are (default: $DIDYPROG_DATA, or data)')
    .addOption(
      new Option('--omega <name>', 'the regulariser').choices(['negentropy', 'l2', 'hard']),
    )
    .option('--gamma <number>', 'its strength', positive)
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
    .option('--learning-rate <number>', 'its rate', positive)
    .option('--epochs <n>', 'passes over the training sentences', count)
    .option('--batch <n>', 'sentences of a batch', count)
    .addOption(
      new Option('--decode <name>', 'how tags are predicted').choices(['viterbi', 'marginals']),
    )
    .option('--vectors <file>', 'pretrained word vectors, below the data folder')
    .option('--no-vectors', 'no pretrained word vectors')
    .option('--seed <n>', 'seed of everything random', whole)
    .option('--out <folder>', 'the run directory (default: a new one under runs)')
    .option('--resume', 'continue the run in --out')
    .addOption(
      new Option('--backend <name>', 'force an engine').choices(['tensorflow', 'wasm', 'cpu']),
    )
    .option('--tensorboard', 'also write event files for TensorBoard')
    .option('--json', 'print the result as JSON')
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

function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0 && value < Infinity)) {
    throw new InvalidArgumentError('It must be a number greater than 0.');
  }
  return value;
}

function whole(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0) {
    throw new InvalidArgumentError('It must be a whole number.');
  }
  return value;
}

function count(text: string): number {
  const value = whole(text);
  if (value < 1) throw new InvalidArgumentError('It must be at least 1.');
  return value;
}
