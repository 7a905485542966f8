import { readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { silenceProgress } from '../../runner/quiet.js';
import { RunDirectory } from '../../runner/run/run-directory.js';
import { choicesFor, loadChoices, runSelection, type Selection } from './selection.js';
import { temporaryFolder } from '../../../test/temporary-folder.js';

const folder = temporaryFolder('choices');
const project = fileURLToPath(new URL('../../..', import.meta.url));

it('a run goes on with the choices that it began with, or says that they have changed', async () => {
  const file = join(folder, 'choices.json');
  const data = [{ use: 'a.wav', name: 'a.wav', bytes: 1, sha256: '0'.repeat(64) }];
  const write = (gamma: number) => {
    const about = { about: '', config: '', provenance: [] };
    writeFileSync(file, JSON.stringify({ ...about, files: data, folds: { a: { gamma } } }));
  };
  const config = { name: 'mine', seed: 0, choices: relative(project, file) };
  const path = join(folder, 'run');
  const directory = await RunDirectory.open({ path, config, resume: false });
  const used = async () => {
    const recorded = await loadChoices(config, z.object({ gamma: z.number() }));
    return (await choicesFor({ data, directory }, config, recorded))?.folds;
  };
  write(1);
  expect(await used()).toEqual({ a: { gamma: 1 } });
  expect(await used()).toEqual({ a: { gamma: 1 } });
  write(2);
  await expect(used()).rejects.toThrow(
    `choices.json is not what it was when ${path} began (used-choices.json)`,
  );
  await directory.close();
});

it('--select leaves what ships as it is where the config names no file, and says how to use what it chose', async () => {
  silenceProgress();
  const gamma = z.object({ gamma: z.number() });
  const selection: Selection<string, z.output<typeof gamma>> = {
    schema: gamma,
    folds: (pieces) => pieces.map((_, fold) => fold),
    nameOf: (piece) => piece,
    choose: (training) => Promise.resolve({ gamma: training.length }),
    say: (choice) => String(choice.gamma),
  };
  const shipped = () => readFileSync(join(project, 'models/align-bach10-choices.json'), 'utf8');
  const before = shipped();
  const said = await runSelection(
    { name: 'align-bach10', seed: 0 },
    {
      ...{ out: join(folder, 'select'), dataFolder: folder, resume: false },
      ...{ startEngine: () => Promise.resolve('none'), command: 'didyprog align train' },
    },
    () => Promise.resolve(['a', 'b']),
    selection,
  );
  expect(shipped()).toBe(before);
  const path = join(folder, 'select', 'choices.json');
  expect(said).toBe(`Choices written to ${path}; a run uses them by --set choices=${path}`);
  const used = await loadChoices({ name: 'mine', seed: 0, choices: path }, gamma);
  expect(used?.folds).toEqual({ a: { gamma: 1 }, b: { gamma: 1 }, 'all pieces': { gamma: 2 } });
});
