import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../../../test/temporary-folder.js';
import { openBestModel } from './opened-model.js';
import { RunLock } from './run-lock.js';

const run = temporaryFolder('opened-model');

it('a run without a model says why it has none, and how it goes on', async () => {
  writeFileSync(join(run, 'config.yaml'), 'name: x\n');
  await expect(openBestModel(run, 3)).rejects.toThrow(
    /it was stopped before its first epoch was finished; didyprog resume \S+ goes on$/,
  );
  const lock = await RunLock.acquire(join(run, 'lock'));
  await expect(openBestModel(run, 3)).rejects.toThrow(/it is still in its first epoch$/);
  await lock.release();
  writeFileSync(join(run, 'failure.json'), '{"message":"full"}');
  await expect(openBestModel(run, 3)).rejects.toThrow(
    /it failed before its first epoch was finished \(failure\.json says why\); didyprog resume/,
  );
  writeFileSync(join(run, 'result.json'), '{}');
  await expect(openBestModel(run, 3)).rejects.toThrow(/is done, but its best\.bin is missing/);
});
