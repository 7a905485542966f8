import { Command, InvalidArgumentError, Option } from 'commander';

/** The corpora that have configs: configs/attention/CORPUS-PAIR.yaml. */
const corpora = ['multi30k', 'tatoeba', 'wmt14', 'synthetic'] as const;

/** The options of `didyprog train attention`. */
export interface TrainAttentionFlags {
  pair: string;
  corpus: string;
  attention?: string;
  gamma?: number;
  config?: string;
  data?: string;
  epochs?: number;
  batch?: number;
  learningRate?: number;
  seed?: number;
  out?: string;
  resume?: boolean;
  backend?: 'tensorflow' | 'wasm' | 'cpu';
  tensorboard?: boolean;
  json?: boolean;
}

/** `didyprog train attention`: a translation model with softmax or structured attention. */
export function trainAttentionCommand(): Command {
  return new Command('attention')
    .description('Train a translation model with softmax or structured attention')
    .addOption(
      new Option('--pair <languages>', 'from and to').choices(['fr-en', 'en-fr']).default('fr-en'),
    )
    .addOption(
      new Option('--corpus <name>', 'the data set, or generated number names and dates')
        .choices(corpora)
        .default('multi30k'),
    )
    .addOption(
      new Option('--attention <kind>', 'how scores become weights').choices([
        'softmax',
        'crf-negentropy',
        'crf-l2',
      ]),
    )
    .option('--gamma <number>', 'strength of the chain’s regulariser', positive)
    .option('--config <file>', 'the config to run instead of the one of corpus and pair')
    .option('--data <folder>', 'where the data sets are (default: $DIDYPROG_DATA, or data)')
    .option('--epochs <n>', 'passes over the training pairs', count)
    .option('--batch <n>', 'sentence pairs of a step', count)
    .option('--learning-rate <number>', 'of the optimiser', positive)
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
  didyprog train attention --corpus synthetic          generated pairs, a few minutes
  didyprog train attention --pair fr-en --attention crf-l2
  didyprog train attention --pair en-fr --out runs/mine --resume`,
    )
    .action(async (flags: TrainAttentionFlags) => {
      const { trainAttention } = await import('./train-attention-run.js');
      await trainAttention(flags);
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
