import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command, InvalidArgumentError, Option } from 'commander';
import { chooseEngine } from '../engine/index.js';
import { UsageError } from '../errors.js';
import { attentionSchema, languagePairs } from '../experiments/attention/config.js';
import { runAttention } from '../experiments/attention/run.js';
import { attentionRunTable } from '../experiments/attention/tables.js';
import { attentionKinds } from '../layers/index.js';
import { tableToText } from '../report/table.js';
import { loadConfig } from '../runner/config.js';
import { RunDirectory } from '../runner/run-directory.js';
import { dataFolderOf } from './data-folder.js';

/** The corpora that have configs: configs/attention/CORPUS-PAIR.yaml. */
const corpora = ['multi30k', 'tatoeba', 'wmt14', 'synthetic'] as const;

interface TrainAttentionFlags {
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
      new Option('--pair <languages>', 'from and to').choices(languagePairs).default('fr-en'),
    )
    .addOption(
      new Option('--corpus <name>', 'the data set, or generated number names and dates')
        .choices(corpora)
        .default('multi30k'),
    )
    .addOption(
      new Option('--attention <kind>', 'how scores become weights').choices(attentionKinds),
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
    .action(trainAttention);
}

async function trainAttention(flags: TrainAttentionFlags): Promise<void> {
  if (flags.resume && flags.out === undefined) {
    throw new UsageError('--resume needs --out, the run directory to continue');
  }
  const path = flags.config ?? attentionConfigPath(flags.corpus, flags.pair);
  const config = await loadConfig(attentionSchema, path, {
    model: { attention: flags.attention, gamma: flags.gamma },
    optimiser: { learningRate: flags.learningRate },
    training: { epochs: flags.epochs, batchSize: flags.batch },
    seed: flags.seed,
  });
  const engine = await chooseEngine({ backend: flags.backend });
  process.stderr.write(`${engine.reason}\n`);
  const out = flags.out ?? RunDirectory.freshPath(config.name);
  const result = await runAttention(config, {
    out,
    dataFolder: dataFolderOf(flags.data),
    resume: flags.resume === true,
    tensorboard: flags.tensorboard === true,
    engine: `${engine.name} ${engine.version}`,
    command: ['didyprog', ...process.argv.slice(2)].join(' '),
  });
  if (flags.json) {
    process.stdout.write(`${JSON.stringify(result)}\n`);
    return;
  }
  process.stdout.write(`${tableToText(attentionRunTable(result))}\n\n`);
  process.stdout.write(`Run directory  ${out}\n`);
  process.stdout.write(`Translate      didyprog translate ${out} "a sentence"\n`);
}

const attentionConfigPath = (corpus: string, pair: string) =>
  fileURLToPath(
    new URL(join('../../configs/attention', `${corpus}-${pair}.yaml`), import.meta.url),
  );

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
