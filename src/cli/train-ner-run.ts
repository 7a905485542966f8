import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { nerSchema } from '../experiments/ner/config.js';
import { runNer } from '../experiments/ner/run.js';
import { nerRunTable } from '../experiments/ner/tables.js';
import { loadConfig } from '../runner/config.js';
import { shellCommand } from '../shell-words.js';
import { prepareRun, printRun } from './prepare-run.js';
import type { TrainNerFlags } from './train-ner.js';

/** Trains a tagger and prints its table. */
export async function trainNer(flags: TrainNerFlags): Promise<void> {
  const path = flags.config ?? nerConfigPath(flags.lang!);
  const config = await loadConfig(nerSchema, path, {
    data: flags.columns && { columns: { ...flags.columns } },
    omega: flags.omega,
    gamma: flags.gamma,
    loss: flags.loss,
    marginals: flags.marginals,
    optimiser: { kind: flags.optimiser, learningRate: flags.learningRate },
    training: { epochs: flags.epochs },
    batch: flags.batch,
    decode: flags.decode,
    vectors:
      flags.vectors === false
        ? null
        : typeof flags.vectors === 'string'
          ? { path: flags.vectors }
          : undefined,
    seed: flags.seed,
  });
  const options = await prepareRun(flags, config.name);
  const result = await runNer(config, options);
  printRun(flags, {
    result,
    table: nerRunTable(result),
    out: options.out,
    next: `Tag a sentence ${shellCommand(['didyprog', 'tag', options.out])} "a sentence"`,
  });
}

function nerConfigPath(language: string): string {
  const path = fileURLToPath(new URL(`../../configs/ner/${language}.yaml`, import.meta.url));
  return existsSync(path) ? path : join('configs', 'ner', `${language}.yaml`);
}
