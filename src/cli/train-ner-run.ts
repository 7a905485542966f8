import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chooseEngine } from '../engine/index.js';
import { UsageError } from '../errors.js';
import { nerSchema } from '../experiments/ner/config.js';
import { runNer } from '../experiments/ner/run.js';
import { nerRunTable } from '../experiments/ner/tables.js';
import { tableToText } from '../report/table.js';
import { loadConfig } from '../runner/config.js';
import { startedCommand } from '../runner/provenance.js';
import { RunDirectory } from '../runner/run-directory.js';
import { dataFolderOf } from './data-folder.js';
import { notice } from './notice.js';
import type { TrainNerFlags } from './train-ner.js';

/** Trains a tagger and prints its table. */
export async function trainNer(flags: TrainNerFlags): Promise<void> {
  if (flags.resume && flags.out === undefined) {
    throw new UsageError('--resume needs --out, the run directory to continue');
  }
  const path = flags.config ?? nerConfigPath(flags.lang!);
  const config = await loadConfig(nerSchema, path, {
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
  const engine = await chooseEngine({ backend: flags.backend });
  notice(engine.reason);
  const { result, directory } = await runNer(config, {
    out: flags.out ?? RunDirectory.freshPath(config.name),
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
  process.stdout.write(`${tableToText(nerRunTable(result))}\n\n`);
  process.stdout.write(`Run directory  ${directory.path}\n`);
  process.stdout.write(`Tag a sentence didyprog tag ${directory.path} "a sentence"\n`);
}

function nerConfigPath(language: string): string {
  const path = fileURLToPath(new URL(`../../configs/ner/${language}.yaml`, import.meta.url));
  return existsSync(path) ? path : join('configs', 'ner', `${language}.yaml`);
}
