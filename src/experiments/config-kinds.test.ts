import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../../test/temporary-folder.js';
import { projectFile } from '../project-file.js';
import { requireConfig, requireSweep } from './config-kinds.js';

const folder = temporaryFolder('config-kinds');

it('a sweep and the config of a run are told apart, with the command of each', async () => {
  const sweep = join(folder, 'sweep.yaml');
  writeFileSync(sweep, 'name: s\nexperiment: ner\nbase: b.yaml\ngrid: { seed: [1] }\n');
  await requireSweep(sweep);
  await expect(requireConfig(sweep)).rejects.toThrow(
    `${sweep} is a sweep, not the config of a run: didyprog sweep ${sweep}`,
  );
  const config = projectFile('configs/ner/synthetic.yaml');
  await requireConfig(config);
  await expect(requireSweep(config)).rejects.toThrow(
    `is the config of a run (ner), not of a sweep: didyprog train ner --config ${config}`,
  );
  // As a run's config.yaml has it, the experiment's name among its keys.
  const own = join(folder, 'config.yaml');
  writeFileSync(own, `experiment: ner\n${readFileSync(config, 'utf8')}`);
  await expect(requireSweep(own)).rejects.toThrow(`${own} is the config of a run (ner)`);
  // A sweep that lacks a key is one all the same: the key is named.
  for (const keys of ['base: b.yaml', 'set: { omega: l2 }', 'gird: { seed: [1] }']) {
    writeFileSync(sweep, `name: s\nexperiment: ner\n${keys}\n`);
    await requireSweep(sweep);
  }
});
