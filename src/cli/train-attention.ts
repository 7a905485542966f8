import { Command, Option } from 'commander';
import { count, positiveNumber } from './option-values.js';
import { addRunOptions, type RunFlags } from './run-flags.js';

/** The corpora that have configs: configs/attention/CORPUS-PAIR.yaml. */
const corpora = ['multi30k', 'tatoeba', 'wmt14', 'synthetic'] as const;

/** The options of `didyprog train attention`. */
export interface TrainAttentionFlags extends RunFlags {
  pair: string;
  corpus: string;
  attention?: string;
  gamma?: number;
  inputFeeding?: boolean;
  epochs?: number;
  batch?: number;
  learningRate?: number;
}

/** `didyprog train attention`: a translation model with softmax or structured attention. */
export function trainAttentionCommand(): Command {
  const command = new Command('attention')
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
    .option('--gamma <number>', 'strength of the chain’s regulariser', positiveNumber)
    .option('--input-feeding', 'the decoder also reads its previous readout (default: it does not)')
    .option('--epochs <n>', 'passes over the training pairs', count)
    .option('--batch <n>', 'sentence pairs of a step', count)
    .option('--learning-rate <number>', 'of the optimiser', positiveNumber);
  return addRunOptions(command, 'one of corpus and pair')
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
