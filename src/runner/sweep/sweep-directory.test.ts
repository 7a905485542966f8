import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../test/temporary-folder.js';
import { DataError } from '../../errors.js';
import { configYaml } from '../config/config.js';
import { slurmSchema, type Sweep } from './definition.js';
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
      await expect(SweepDirectory.check(path, sweep, 'data')).rejects.toThrow(said);
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

  it('keeps what it was started with, and where its data has moved to', async () => {
    const begun = join(folder, 'begun');
    const slurm = slurmSchema.parse({ partition: 'long', time: '2:00:00', cpus: 2, atOnce: 3 });
    const how = { dataFolder: 'data', command: 'didyprog sweep', slurm, backend: 'cpu' } as const;
    await SweepDirectory.create(begun, sweepOf(['a=1']), how);
    const { file } = await SweepDirectory.open(begun);
    expect(file).toMatchObject({ slurm, backend: 'cpu', dataFolder: resolve('data') });
    await (await SweepDirectory.open(begun)).withData('elsewhere');
    const moved = { ...file, dataFolder: resolve('elsewhere') };
    expect((await SweepDirectory.open(begun)).file).toEqual(moved);
  });

  it('takes no cells on other data than those before them had', async () => {
    const mixed = join(folder, 'mixed');
    const data = join(folder, 'data');
    const file = join(data, 'set/train');
    const own = join(folder, 'own.conll');
    const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
    const sweep = sweepOf(['a=1', 'a=2', 'a=3']);
    for (const cell of sweep.cells) cell.config = { cell: cell.name, own };
    mkdirSync(join(data, 'set'), { recursive: true });
    const place = { ...begun, dataFolder: data };
    await SweepDirectory.create(mixed, sweep, place);
    for (const cell of ['a=1', 'a=2']) {
      const path = join(mixed, 'cells', cell);
      mkdirSync(join(path, 'checkpoint'), { recursive: true });
      writeFileSync(join(path, 'config.yaml'), configYaml({ cell, own }));
      writeFileSync(join(path, 'result.json'), '{}');
      const files = [
        { use: 'train', name: 'set/train', bytes: 3, sha256: sha256('one') },
        { use: 'test', name: 'own.conll', bytes: 3, sha256: sha256('own') },
      ];
      writeFileSync(join(path, 'data.json'), JSON.stringify(files));
    }
    const starts: (() => Promise<unknown>)[] = [
      () => SweepDirectory.create(mixed, sweep, place),
      () => SweepDirectory.check(mixed, sweep, data),
      async () => (await SweepDirectory.open(mixed)).checkData(),
    ];
    // Files that are not there, the cells miss.
    for (const start of starts) await start();
    writeFileSync(file, 'one');
    writeFileSync(own, 'own');
    for (const start of starts) await start();
    for (const [path, name, before] of [
      [file, 'set/train', 'one'],
      [own, 'own.conll', 'own'],
    ] as const) {
      writeFileSync(path, 'two');
      const sums = `its SHA-256 was ${sha256(before).slice(0, 12)}… and is ${sha256('two').slice(0, 12)}…`;
      for (const start of starts) {
        const error = await start().catch((error: unknown) => error as Error);
        expect(error).toBeInstanceOf(DataError);
        expect((error as Error).message).toContain(
          `${name} has changed since cells of ${mixed} read it (a=1, a=2): ${sums}`,
        );
      }
      writeFileSync(path, before);
    }
    // With nothing left to run, nothing is mixed.
    writeFileSync(file, 'two');
    mkdirSync(join(mixed, 'cells/a=3'));
    writeFileSync(join(mixed, 'cells/a=3/result.json'), '{}');
    for (const start of starts) await start();
  });
});
