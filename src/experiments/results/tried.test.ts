import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { recorded } from '../../../test/recorded.js';
import { temporaryFolder } from '../../../test/temporary-folder.js';
import { loadTried } from '../../runner/sweep/choices.js';
import type { NerResult } from '../ner/result.js';
import { checkResults, publishRuns } from './results.js';

const folder = temporaryFolder('tried');
const [run] = recorded<NerResult>('ner');

/** A sweep over γ that is done, with these development and test scores. */
function sweep(name: string, scores: readonly (readonly [development: number, test: number])[]) {
  const path = join(folder, 'runs', name);
  const cells = scores.map((_, index) => ({
    ...{ name: `gamma=${index + 1}`, values: { gamma: index + 1 }, config: { name: 'ner' } },
  }));
  for (const [index, [development, test]] of scores.entries()) {
    const cell = join(path, 'cells', cells[index]!.name);
    mkdirSync(cell, { recursive: true });
    const scored = { development: { ...run!.development, f1: development } };
    const result = { ...run!, ...scored, test: { ...run!.test!, f1: test } };
    writeFileSync(join(cell, 'config.yaml'), 'experiment: ner\n');
    writeFileSync(join(cell, 'result.json'), JSON.stringify(result));
  }
  const about = { name, title: 'γ tried', experiment: 'ner', dataFolder: '.', command: 'sweep' };
  writeFileSync(join(path, 'sweep.json'), JSON.stringify({ ...about, slurm: {}, cells }));
  return path;
}

it('a sweep is published as what it tried, by development scores alone', async () => {
  const results = join(folder, 'results');
  const path = sweep('gammas', [
    [71.11, 99.99],
    [74.44, 55.55],
  ]);
  expect(await publishRuns([path], results)).toEqual(['gammas']);
  const page = readFileSync(join(results, 'gammas.md'), 'utf8');
  expect(page).toMatch(/^# γ tried[^]*2 settings, judged by development F1[^]*71\.11[^]*74\.44/);
  expect(page).not.toMatch(/99\.99|55\.55/);
  // Another sweep chooses by it: γ of the higher development score.
  const file = join(results, 'gammas.json');
  const choose = await loadTried(folder, { file, highest: 'development F1' });
  expect(choose({ seed: 0 }).tried.map(({ settings }) => settings)).toEqual([
    { gamma: 2 },
    { gamma: 1 },
  ]);

  const state = async () => (await checkResults(results)).map((page) => page.state);
  expect(await state()).toEqual(['agrees']);
  renameSync(path, `${path}-away`);
  expect(await state()).toEqual(['consistent']);
  writeFileSync(join(results, 'gammas.md'), page.replace('74.44', '75.44'));
  expect(await state()).toEqual(['differs']);
});

it('names all data that its cells read, and what was chosen for them', async () => {
  const results = join(folder, 'mixed-results');
  const path = sweep('mixed', [
    [70, 1],
    [80, 1],
  ]);
  const file = join(path, 'sweep.json');
  const written = JSON.parse(readFileSync(file, 'utf8')) as { cells: object[] };
  const choice = {
    ...{ file: 'tried.json', sha256: 'c'.repeat(64), sweep: 'before', measure: 'development F1' },
    ...{ better: 'higher', tried: [0.5, 0.1].map((rate, at) => ({ rate, score: 60 - at })) },
  };
  const tried = choice.tried.map(({ rate, score }) => ({ settings: { rate }, score, seeds: 2 }));
  const cells = written.cells.map((cell, seed) => ({
    ...cell,
    ...{ values: { omega: 'l2', seed }, choice: { ...choice, tried } },
  }));
  writeFileSync(file, JSON.stringify({ ...written, cells }));
  for (const [at, sum] of ['a', 'b'].entries()) {
    const result = join(path, `cells/gamma=${at + 1}/result.json`);
    const value = JSON.parse(readFileSync(result, 'utf8')) as object;
    const files = [{ use: 'train', name: 'mine.conll', bytes: 1, sha256: sum.repeat(64) }];
    writeFileSync(result, JSON.stringify({ ...value, files }));
  }
  await publishRuns([path], results);
  const page = readFileSync(join(results, 'mixed.md'), 'utf8');
  const [a, b] = ['a', 'b'].map((sum) => `mine.conll (SHA-256 ${sum.repeat(12)}…)`);
  expect(page).toContain(`Data: ${a!}, ${b!}.`);
  expect(page).toMatch(/\| l2 +\| 0 +\| mine\.conll \(SHA-256 aaaaaaaaaaaa…\) +\| done/);
  expect(page).not.toContain('Mean ±');
  expect(page).toMatch(/\| omega=l2 \| rate 0\.5 +\| rate 0\.5: 60; rate 0\.1: 59 +\|/);
  expect(page).toContain('From tried.json (SHA-256 cccccccccccc…), sweep before, 2 seeds of each.');
  expect((await checkResults(results)).map(({ state }) => state)).toEqual(['agrees']);
  const choose = await loadTried(folder, {
    ...{ file: join(results, 'mixed.json'), highest: 'development F1' },
  });
  expect(() => choose({ omega: 'l2' })).toThrow(`did not read the same data (${a!}; ${b!})`);
});

it('a cell that is not done is published as such, and nothing is chosen by it', async () => {
  const results = join(folder, 'open-results');
  const path = sweep('open', [
    [71.11, 70],
    [72.22, 70],
  ]);
  const result = join(path, 'cells/gamma=1/result.json');
  const text = readFileSync(result, 'utf8');
  rmSync(result);
  expect(await publishRuns([path], results)).toEqual(['open']);
  const page = readFileSync(join(results, 'open.md'), 'utf8');
  expect(page).toMatch(/2 settings, of which 1 not done yet, judged by[^]*not done[^]*72\.22/);
  expect((await checkResults(results)).map(({ state }) => state)).toEqual(['agrees']);
  const file = join(results, 'open.json');
  const choose = await loadTried(folder, { file, highest: 'development F1' });
  expect(() => choose({ seed: 0 })).toThrow(/gamma=1/);

  writeFileSync(result, text.slice(0, -9));
  await expect(publishRuns([path], results)).rejects.toThrow(
    /gamma=1: result\.json: not valid JSON/,
  );
  rmSync(result);
  rmSync(join(path, 'cells/gamma=2/result.json'));
  await expect(publishRuns([path], results)).rejects.toThrow(/no cell of the sweep is done/);
});

it('a sweep takes the place of no other page, nor of a file elsewhere; damage is named', async () => {
  const results = join(folder, 'pages');
  mkdirSync(results);
  writeFileSync(join(results, 'taken.json'), '[]');
  await expect(publishRuns([sweep('taken', [[71, 70]])], results)).rejects.toThrow(
    /taken\.json holds the results of runs/,
  );
  expect(readFileSync(join(results, 'taken.json'), 'utf8')).toBe('[]');
  const path = sweep('outside', [[71, 70]]);
  const file = join(path, 'sweep.json');
  const text = readFileSync(file, 'utf8');
  writeFileSync(file, text.replace('"outside"', '"../outside"'));
  await expect(publishRuns([path], results)).rejects.toThrow(/sweep\.json/);
  writeFileSync(file, text.slice(0, -9));
  await expect(publishRuns([path], results)).rejects.toThrow(/sweep\.json/);
});
