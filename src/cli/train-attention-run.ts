import { fileURLToPath } from 'node:url';
import { attentionSchema } from '../experiments/attention/config.js';
import { runAttention } from '../experiments/attention/run.js';
import { attentionRunTable } from '../experiments/attention/tables.js';
import { loadConfig } from '../runner/config.js';
import { shellCommand } from '../shell-words.js';
import { prepareRun, printRun } from './prepare-run.js';
import type { TrainAttentionFlags } from './train-attention.js';

/** Trains, and says what came out and where it is. */
export async function trainAttention(flags: TrainAttentionFlags): Promise<void> {
  const path = flags.config ?? attentionConfigPath(flags.corpus, flags.pair);
  const { attention, gamma, inputFeeding } = flags;
  const config = await loadConfig(attentionSchema, path, {
    model: { attention, gamma, inputFeeding },
    optimiser: { learningRate: flags.learningRate },
    training: { epochs: flags.epochs, batchSize: flags.batch },
    seed: flags.seed,
  });
  const options = await prepareRun(flags, config.name);
  const result = await runAttention(config, options);
  printRun(flags, {
    result,
    table: attentionRunTable(result),
    out: options.out,
    next: `Translate      ${shellCommand(['didyprog', 'translate', options.out])} "a sentence"`,
  });
}

const attentionConfigPath = (corpus: string, pair: string) =>
  fileURLToPath(new URL(`../../configs/attention/${corpus}-${pair}.yaml`, import.meta.url));
