import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../test/temporary-folder.js';
import { configYaml } from '../config.js';
import type { Sweep } from './definition.js';
import { SweepDirectory } from './sweep-directory.js';

const folder = temporaryFolder('sweep-directory');
const begun = { dataFolder: 'data', command: 'didyprog sweep' };

function sweepOf(cells: readonly string[], name = 's', experiment = 'ner'): Sweep {
  const definition = { name, experiment, slurm: { setup: [], warningSeconds: 120 } };
  return {
    definition: definition as unknown as Sweep['definition'],
    cells: cells.map((cell) => ({ name: cell, values: {}, config: { cell } })),
  };
}

describe('the folder of a sweep', () => {
  const path = join(folder, 'sweep');
  it('takes its own sweep again, also grown or in another order, and no other', async () => {
    await SweepDirectory.create(path, sweepOf(['a=1', 'a=2', 'a=3']), begun);
    for (const cell of ['a=1', 'a=2']) {
      mkdirSync(join(path, 'cells', cell, 'checkpoint'), { recursive: true });
      writeFileSync(join(path, 'cells', cell, 'config.yaml'), configYaml({ cell }));
    }
    // What was not begun may go.
    await SweepDirectory.create(path, sweepOf(['a=4', 'a=2', 'a=1']), begun);
    const before = readFileSync(join(path, 'sweep.json'), 'utf8');
    for (const [said, sweep] of [
      ['its name is "s", and that of this one "other"', sweepOf(['a=1', 'a=2'], 'other')],
      ['its experiment is "ner", and that', sweepOf(['a=1', 'a=2'], 's', 'align')],
      ['has 1 cell that this sweep has not: a=1.', sweepOf(['a=2'])],
      ['has 2 cells that this sweep has not: a=1, a=2.', sweepOf(['b=1'])],
    ] as const) {
      await expect(SweepDirectory.create(path, sweep, begun)).rejects.toThrow(said);
      await expect(SweepDirectory.check(path, sweep)).rejects.toThrow(said);
    }
    expect(readFileSync(join(path, 'sweep.json'), 'utf8')).toBe(before);
  });

  it('whose sweep.json is damaged is written again', async () => {
    const damaged = join(folder, 'damaged');
    cpSync(path, damaged, { recursive: true });
    writeFileSync(join(damaged, 'sweep.json'), '{"name":');
    await SweepDirectory.create(damaged, sweepOf(['a=1', 'a=2']), begun);
    expect((await SweepDirectory.open(damaged)).file.cells).toHaveLength(2);
  });
});
