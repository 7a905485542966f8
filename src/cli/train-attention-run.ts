import { fileURLToPath } from 'node:url';
import { chooseEngine } from '../engine/index.js';
import { UsageError } from '../errors.js';
import { attentionSchema } from '../experiments/attention/config.js';
import { runAttention } from '../experiments/attention/run.js';
import { attentionRunTable } from '../experiments/attention/tables.js';
import { tableToText } from '../report/table.js';
import { loadConfig } from '../runner/config.js';
import { startedCommand } from '../runner/provenance.js';
import { RunDirectory } from '../runner/run-directory.js';
import { dataFolderOf } from './data-folder.js';
import { notice } from './notice.js';
import type { TrainAttentionFlags } from './train-attention.js';

/** Trains, and says what came out and where it is. */
export async function trainAttention(flags: TrainAttentionFlags): Promise<void> {
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
  notice(engine.reason);
  const out = flags.out ?? RunDirectory.freshPath(config.name);
  const result = await runAttention(config, {
    out,
    dataFolder: dataFolderOf(flags.data),
    resume: flags.resume === true,
    tensorboard: flags.tensorboard === true,
    engine: `${engine.name} ${engine.version}`,
    command: startedCommand(),
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
  fileURLToPath(new URL(`../../configs/attention/${corpus}-${pair}.yaml`, import.meta.url));
