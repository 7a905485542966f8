import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { UsageError } from '../../errors.js';
import { loadSweep } from './definition.js';
import { temporaryFolder } from '../../../test/temporary-folder.js';

const folder = temporaryFolder('definition');
writeFileSync(join(folder, 'base.yaml'), 'model: { size: 1, layers: 2 }\nepochs: 5\n');

const schema = z.strictObject({
  model: z.strictObject({ size: z.int(), layers: z.int() }),
  epochs: z.int(),
});

async function configs(set: string) {
  const path = join(folder, 'sweep.yaml');
  writeFileSync(
    path,
    `name: s\nexperiment: any\nbase: base.yaml\nset: ${set}\ngrid: { epochs: [1, 2] }\n`,
  );
  return (await loadSweep(path, () => schema)).cells.map(({ config }) => config);
}

describe('what a sweep names', () => {
  it('is refused with its line, where there is no such experiment or config', async () => {
    const path = join(folder, 'named.yaml');
    const load = (text: string) => {
      writeFileSync(path, `name: s\nexperiment: nr\n${text}`);
      return loadSweep(path, (name) => {
        if (text.includes('base')) return schema;
        throw new UsageError(`experiment: got ${name}; it must be ner`);
      });
    };
    await expect(load('grid: { epochs: [1] }\n')).rejects.toThrow(
      `${path}: line 2: experiment: got nr; it must be ner`,
    );
    await expect(load('base: none.yaml\ngrid: { epochs: [1] }\n')).rejects.toThrow(
      new RegExp(`^${path}: line 3: base: .*none\\.yaml: there is no such file`),
    );
    await expect(load('grid:\n  base: [none.yaml]\n')).rejects.toThrow(/: line 4: grid\.base: /);
  });
});

describe('the base of a sweep', () => {
  it('is a file beside it, else the config that ships under that name', async () => {
    const path = join(folder, 'shipped.yaml');
    writeFileSync(path, 'name: s\nexperiment: any\nbase: ner/synthetic\ngrid: { seed: [4] }\n');
    const names = async () =>
      (await loadSweep(path, () => z.looseObject({}))).cells.map(({ config }) => config);
    expect(await names()).toMatchObject([{ name: 'ner-synthetic', seed: 4 }]);
    mkdirSync(join(folder, 'ner'));
    writeFileSync(join(folder, 'ner/synthetic'), 'name: own\n');
    expect(await names()).toEqual([{ name: 'own', seed: 4 }]);
  });
});

describe('what a sweep sets in every cell', () => {
  it('may be nested, dotted, or both: dotted keys come after', async () => {
    const expected = [1, 2].map((epochs) => ({ model: { size: 7, layers: 2 }, epochs }));
    expect(await configs('{ model: { size: 7 } }')).toEqual(expected);
    expect(await configs('{ model.size: 7 }')).toEqual(expected);
    expect(await configs('{ model.size: 7, model: { size: 3, layers: 2 } }')).toEqual(expected);
  });

  it('is refused where the grid varies it, but not where `include` has an exception', async () => {
    await expect(configs('{ epochs: 3 }')).rejects.toThrow('set.epochs: the grid varies epochs');
    const loaded = (rest: string) => {
      const path = join(folder, 'both.yaml');
      writeFileSync(path, `name: s\nexperiment: any\nbase: base.yaml\n${rest}\n`);
      return loadSweep(path, () => schema);
    };
    for (const set of ['{ model: { size: 3 } }', '{ model.size: 3 }']) {
      for (const grid of ['{ model.size: [1, 2] }', '{ model: [{ size: 1, layers: 2 }] }']) {
        await expect(loaded(`set: ${set}\ngrid: ${grid}`)).rejects.toThrow(
          'set.model.size: the grid',
        );
      }
    }
    const sweep = await loaded(
      'set: { model.size: 3 }\ngrid: { epochs: [1], base: [base.yaml] }\n' +
        'include: [{ epochs: 2, base: base.yaml, model.size: 4 }]',
    );
    expect(sweep.cells.map(({ config }) => (config as { model: object }).model)).toEqual([
      { size: 3, layers: 2 },
      { size: 4, layers: 2 },
    ]);
  });

  it('is refused by its key where there is no such key, or no room for one', async () => {
    await expect(configs('{ model.siz: 7 }')).rejects.toThrow(
      /model\.siz: there is no such key here; did you mean (model\.)?size\?/,
    );
    await expect(configs('{ model.size.deep: 7 }')).rejects.toThrow(
      'model.size.deep: there is no "deep" in 1',
    );
  });
});

describe('what is wrong with a sweep', () => {
  it('is said once of all cells that share it, with the line or the option it comes from', async () => {
    const path = join(folder, 'shared.yaml');
    const set = 'set:\n  model:\n    layers: no\n  bach: 3';
    const grid = 'grid:\n  model.size: [1, 2]\n  base: [base.yaml]';
    writeFileSync(path, `name: s\nexperiment: any\n${set}\n${grid}\n`);
    const settings = [{ key: 'epochs', text: 'many' }];
    const { message } = (await loadSweep(path, () => schema, settings).catch(
      (error: unknown) => error as Error,
    )) as Error;
    expect(message.split('\n')).toEqual([
      `${path}: 2 cells are not valid, nothing was started`,
      'cell size=1,base=base and 1 more: the config is not valid',
      '  line 5: model.layers: got "no"; expected number',
      '  --set epochs=many: epochs: got "many"; expected number',
      '  line 6: bach: there is no such key here',
    ]);
    writeFileSync(path, 'name: s\nexperiment: any\nbase: base.yaml\ngrid:\n  epochs: [1, x]\n');
    await expect(loadSweep(path, () => schema)).rejects.toThrow(
      'cell epochs=x: the config is not valid\n  line 5: epochs: got "x"',
    );
  });

  it.each([
    ['grid: {}', '4: grid: the sweep has no cell: its grid is empty'],
    ['grid:\n  epochs: [1]\nexclude:\n  - epochs: 1', '6: exclude: the sweep has no cell: all of'],
    ['grid:\n  epochs: [1]\nexclude:\n  - epochs: 2', '7: exclude.0: no cell has {"epochs":2}'],
    ['grid:\n  model.size: [1]\n  epochs: [1, 1]', '6: grid.epochs: 1 is twice in this list'],
    [
      'grid:\n  epohcs: [1, 1]',
      '5: grid.epohcs: there is no such key in a config; did you mean epochs?',
    ],
    ['grid: { epochs: [1] }\nset:\n  epochs: 3', '6: set.epochs: the grid varies epochs'],
    [
      'grid: { epochs: [1] }\nchoices: { file: none.json, highest: x }',
      '5: choices.file: cannot read',
    ],
    [
      'grid:\n  model.size: [1, 2]\n  model: [{ size: 3, layers: 4 }]',
      '5: grid.model.size: model has it within',
    ],
    [
      'grid: { epochs: [1] }\ninclude:\n  - model: { size: 3, layers: 4 }\n    model.size: 1',
      '7: include.0.model.size: model has it within',
    ],
    ['grid:\n  epochs: 3', '5: grid.epochs: got 3; expected a list, or { from, to }'],
  ])('is said with the file, its line and the key: %j', async (rest, said) => {
    const path = join(folder, 'wrong.yaml');
    writeFileSync(path, `name: s\nexperiment: any\nbase: base.yaml\n${rest}\n`);
    const error = await loadSweep(path, () => schema).catch((error: unknown) => error as Error);
    expect(error).toBeInstanceOf(UsageError);
    expect((error as Error).message).toContain(`line ${said}`);
    expect((error as Error).message).toContain(path);
  });

  it('says which cells do the same', async () => {
    const path = join(folder, 'same.yaml');
    writeFileSync(
      path,
      'name: s\nexperiment: any\nbase: base.yaml\ngrid: { epochs: [4, 5] }\ninclude:\n  - model.size: 1\n',
    );
    const said: string[] = [];
    await loadSweep(
      path,
      () => schema,
      [],
      (text) => said.push(text),
    );
    expect(said).toEqual([`${path}: cells have the same settings: size=1 the same as epochs=5`]);
  });
});
