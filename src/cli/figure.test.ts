import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { UsageError } from '../errors.js';
import { drawnPrograms, programFigure } from '../report/figures/program-figure.js';
import { dagFigure } from '../report/figures/dag-figure.js';
import { figureCommand } from './figure.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'didyprog-figure-'));
});
afterAll(() => rm(folder, { recursive: true }));

const run = (...args: string[]) => figureCommand().parseAsync(args, { from: 'user' });

describe('didyprog figure', () => {
  it('writes the figure, nothing else, and prints where', async () => {
    const printed = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
    const out = join(folder, 'graph.svg');
    await run('dag', '--out', out);
    expect(printed.mock.calls).toEqual([[`${out}\n`]]);
    printed.mockRestore();
    expect(await readdir(folder)).toEqual(['graph.svg']);
    expect(await readFile(out, 'utf8')).toBe(dagFigure());
  });

  it('names the figures when there is no such one', async () => {
    await expect(run('constructor')).rejects.toThrow(UsageError);
    await expect(run('gamma')).rejects.toThrow(
      'no figure "gamma": the figures are omega, dag, linearChain, ',
    );
  });

  it('has a figure of every program that can be drawn, the one that its page shows', async () => {
    vi.spyOn(process.stdout, 'write').mockReturnValue(true);
    for (const program of drawnPrograms) {
      const out = join(folder, `${program}.svg`);
      await run(program, '--out', out);
      const drawn = await readFile(out, 'utf8');
      expect(drawn).toBe(programFigure(program));
      const shown = new URL(`../../docs/figures/${program}.svg`, import.meta.url);
      expect(await readFile(shown, 'utf8'), program).toBe(drawn);
    }
    vi.restoreAllMocks();
    const shown = new URL('../../docs/figures/dag.svg', import.meta.url);
    expect(await readFile(shown, 'utf8')).toBe(dagFigure());
    expect(() => programFigure('crf')).toThrow(
      "no figure of 'crf': there are those of linearChain",
    );
  });

  it('says which file it could not write', async () => {
    const out = join(folder, 'missing', 'dag.svg');
    await expect(run('dag', '--out', out)).rejects.toThrow(`--out ${out} cannot be written`);
    // The wish is as it should be, and the disk is not: 1, and no text of the system.
    if (process.platform !== 'linux') return;
    const full = run('dag', '--out', '/proc/dag.svg');
    await expect(full).rejects.toMatchObject({ exitCode: 1 });
    await expect(full).rejects.toThrow(/^cannot write \/proc\/dag\.svg: the folder is missing, or/);
  });
});
