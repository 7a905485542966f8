import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../../../test/temporary-folder.js';
import { kindOfRun, requireKind } from './run-kind.js';

const folder = temporaryFolder('run-kind');
const file = (name: string, text: string) => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};

it('a file is an aligner when it holds a model, and else no run', async () => {
  const model = file('model.json', '{"weights":[1]}');
  expect(await kindOfRun(model)).toBe('aligner');
  await requireKind(model, 'aligner');
  await expect(requireKind(model, 'tagger')).rejects.toThrow(/is an aligner, not a tagger/);
  for (const other of [
    file('config.yaml', 'seed: 1\n'),
    file('s.mid', 'MThd\0'),
    file('result.json', '{"rows":[]}'),
  ]) {
    expect(await kindOfRun(other)).toBeUndefined();
    await expect(requireKind(other, 'tagger')).rejects.toThrow(
      `${other} is a file: the run directory of a tagger is expected`,
    );
  }
  await expect(requireKind(join(folder, 's.mid'), 'aligner')).rejects.toThrow(
    's.mid is a file: the run directory of an aligner, or the model.json of one, is expected',
  );
  // Its reader says what is wrong with it, and of a folder what it lacks.
  await requireKind(file('damaged.json', '{"weights":'), 'aligner');
  mkdirSync(join(folder, 'empty'));
  await requireKind(join(folder, 'empty'), 'tagger');
  writeFileSync(join(folder, 'empty', 'sweep.json'), '{}');
  await expect(requireKind(join(folder, 'empty'), 'tagger')).rejects.toThrow(
    /empty is a sweep, none of whose runs has begun: didyprog resume .*empty starts them/,
  );
  await expect(requireKind(join(folder, 'none'), 'tagger')).rejects.toThrow('there is no folder');
});
