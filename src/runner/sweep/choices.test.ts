import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { loadTried } from './choices.js';
import { loadSweep } from './definition.js';
import { temporaryFolder } from '../../../test/temporary-folder.js';

const folder = temporaryFolder('choices');

const schema = z.strictObject({
  omega: z.string(),
  gamma: z.number(),
  seed: z.int(),
  rate: z.number(),
});
const cell = (values: object, score?: number) => ({
  name: JSON.stringify(values),
  values,
  ...(score !== undefined && { measures: { F1: score, loss: 100 - score } }),
});

function summary(...more: object[]) {
  const cells = [
    cell({ gamma: 1, omega: 'l2', seed: 0 }, 80),
    cell({ gamma: 1, omega: 'l2', seed: 1 }, 90),
    cell({ gamma: 4, omega: 'l2', seed: 0 }, 86),
    cell({ gamma: 1, omega: 'negentropy', seed: 0 }, 70),
    cell({ gamma: 4, omega: 'negentropy', seed: 0 }, 60),
    cell({ omega: 'hard', seed: 0, rate: 0.5 }, 50),
    cell({ omega: 'hard', seed: 0, rate: 0.1 }, 40),
    ...more,
  ];
  writeFileSync(join(folder, 'tried.json'), JSON.stringify({ sweep: 'tried', cells }));
}

async function sweep(choices: string, grid = '{ omega: [l2, negentropy, hard], seed: [0, 7] }') {
  const path = join(folder, 'table.yaml');
  writeFileSync(
    path,
    `name: table\nexperiment: any\nbase: base.yaml\nchoices: ${choices}\ngrid: ${grid}\n`,
  );
  return loadSweep(path, () => schema);
}

describe('settings that another sweep chose', () => {
  beforeAll(() => {
    writeFileSync(join(folder, 'base.yaml'), 'omega: l2\ngamma: 9\nseed: 0\nrate: 9\n');
  });

  it('agree on the config they start from wherever the sweeps are', async () => {
    const tried = (base: string, gamma: number, score: number) => cell({ base, gamma }, score);
    const cells = [
      ...[tried('../ner/es.yaml', 1, 80), tried('../ner/es.yaml', 2, 70)],
      ...[tried('../ner/nl.yaml', 1, 60), tried('../ner/nl.yaml', 2, 65)],
    ];
    const file = join(folder, 'bases.json');
    writeFileSync(file, JSON.stringify({ sweep: 'tried', cells }));
    const choose = await loadTried(folder, { file, highest: 'F1' });
    const gammaOf = (base: string) => choose({ base }).tried[0]!.settings['gamma'];
    for (const root of ['..', '/home/a/configs', 'C:\\configs', './x/..']) {
      expect(gammaOf(`${root}/ner/es.yaml`)).toBe(1);
      expect(gammaOf(`${root}/ner/nl.yaml`)).toBe(2);
    }
    expect(() => choose({ base: '../align/es.yaml' })).toThrow('no cell of');
    expect(() => choose({ base: '../ner/de.yaml' })).toThrow('no cell of');
  });

  it('are those of the best mean over seeds among its cells of the same values', async () => {
    summary();
    const { cells } = await sweep('{ file: tried.json, highest: F1 }');
    const of = (omega: string) =>
      cells.filter(({ values }) => values['omega'] === omega).map(({ config }) => config);
    // 86 of one seed is above the mean of 80 and 90.
    expect(of('l2')).toEqual([0, 7].map((seed) => ({ omega: 'l2', gamma: 4, seed, rate: 9 })));
    expect(of('negentropy')).toMatchObject([{ gamma: 1 }, { gamma: 1 }]);
    // What was not tried for a cell stays the base's.
    expect(of('hard')).toMatchObject([
      { gamma: 9, rate: 0.5 },
      { gamma: 9, rate: 0.5 },
    ]);
    expect(cells[0]!.name).toBe('omega=l2,seed=0');
    expect(cells[0]!.choice).toMatchObject({
      file: 'tried.json',
      sweep: 'tried',
      better: 'higher',
      tried: [
        { settings: { gamma: 4 }, score: 86, seeds: 1 },
        { settings: { gamma: 1 }, score: 85, seeds: 2 },
      ],
    });
  });

  it('are doubted, once, where two are equal or means are of different numbers of seeds', async () => {
    summary(cell({ gamma: 7, omega: 'negentropy', seed: 0 }, 70));
    const said: string[] = [];
    const key = { file: 'tried.json', highest: 'F1' };
    const choose = await loadTried(folder, key, (text) => said.push(text));
    for (const omega of ['l2', 'negentropy', 'negentropy']) choose({ omega });
    const file = join(folder, 'tried.json');
    expect(said).toEqual([
      `choices: the settings in ${file} have different numbers of seeds: 1, 2`,
      `choices: {"gamma":1} and {"gamma":7} have the same F1 in ${file}, 70: the first is taken`,
    ]);
    expect(() => choose({ omega: 'l2', gamma: 1 })).toThrow('there is nothing to choose');
  });

  it('are the lowest where that is asked for', async () => {
    summary();
    const { cells } = await sweep('{ file: tried.json, lowest: F1 }', '{ omega: [negentropy] }');
    expect(cells[0]!.config).toMatchObject({ gamma: 4 });
  });

  it('are refused where they cannot be told: file, cell and measure are named', async () => {
    const refused = async (choices: string, message: RegExp, grid?: string) => {
      await expect(sweep(choices, grid)).rejects.toThrow(message);
    };
    summary();
    await refused('{ file: none.json, highest: F1 }', /choices\.file: cannot read .*none\.json/);
    await refused(
      '{ file: base.yaml, highest: F1 }',
      /choices\.file: \S+base\.yaml: not valid JSON/,
    );
    await refused('{ file: tried.json }', /one of highest and lowest/);
    await refused('{ file: tried.json, highest: f1 }', /has no "f1", but F1, loss/);
    await refused(
      '{ file: tried.json, highest: F1 }',
      /no cell of .* has the values/,
      '{ omega: [x] }',
    );
    summary(cell({ gamma: 2, omega: 'l2', seed: 0 }));
    await refused('{ file: tried.json, highest: F1 }', /cell .*"gamma":2.* is not done/);
  });
});
