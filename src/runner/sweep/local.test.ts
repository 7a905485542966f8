import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../../../test/temporary-folder.js';
import { Interruption } from '../interrupt.js';
import { runLocally } from './local.js';
import type { SweepDirectory } from './sweep-directory.js';

const path = temporaryFolder('local');

it('cells are asked to stop when their launcher ends at once, as after a second Ctrl-C', async () => {
  mkdirSync(join(path, 'logs'));
  const before = process.listeners('exit');
  const ended = runLocally({
    directory: { path } as SweepDirectory,
    cells: ['endless'],
    jobs: 1,
    command: () => [process.execPath, '-e', 'setInterval(() => undefined, 1000)'],
    interruption: new Interruption(''),
  });
  const added = process.listeners('exit').filter((one) => !before.includes(one));
  for (const listener of added) listener(0);
  await ended;
  expect(process.listeners('exit')).toEqual(before);
});
