import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { nerClaims } from '../src/experiments/ner/claims.js';
import type { NerResult } from '../src/experiments/ner/result.js';
import { experimentNamed } from '../src/experiments/registry.js';
import {
  sweepFileOf,
  sweepsOf,
  tablesNamed,
  type Reproducible,
} from '../src/experiments/reproduce.js';
import { loadSweep } from '../src/runner/sweep/definition.js';
import { main } from './killed-run.js';
import { temporaryFolder } from './temporary-folder.js';

const folder = temporaryFolder('reproduce');

describe('the sweeps of the paper’s tables', () => {
  const cells = async (table: Reproducible, sweep: string, seeds?: number) => {
    const file = await sweepFileOf(sweep, { seeds, folder });
    return (await loadSweep(file, () => experimentNamed(table).config)).cells;
  };

  it.each(tablesNamed('all'))(
    'of %s are valid, and with seeds run each cell from each',
    async (name) => {
      for (const sweep of [...sweepsOf(name, false), ...sweepsOf(name, true)]) {
        const shipped = await cells(name, sweep);
        const once = await cells(name, sweep, 1);
        const twice = await cells(name, sweep, 2);
        const settings = (all: typeof once) =>
          new Set(all.map(({ config }) => JSON.stringify({ ...config, seed: undefined })));
        expect(settings(twice)).toEqual(settings(shipped));
        expect(once).toHaveLength(settings(shipped).size);
        expect(twice).toHaveLength(2 * settings(once).size);
      }
    },
  );

  it('are known by name', () => {
    expect(tablesNamed('ner')).toEqual(['ner']);
    expect(() => tablesNamed('wmt')).toThrow('align, ner, attention or all');
  });
});

describe('didyprog reproduce', () => {
  it('says what data is missing and how to get it, and starts nothing', () => {
    const out = join(folder, 'none');
    const { status, stderr } = spawnSync(
      process.execPath,
      [main, 'reproduce', 'all', '--data', folder, '--out', out],
      { encoding: 'utf8' },
    );
    expect(status).toBe(3);
    for (const command of ['bach10', 'conll2002', 'conll2003-en --from', 'multi30k-fr-en']) {
      expect(stderr).toContain(`didyprog data ${command}`);
    }
  });
});

describe('the paper’s findings on taggers', () => {
  const run = (omega: string, loss: string, f1: number, zeros = 0) =>
    ({
      config: { omega, loss, data: { source: 'synthetic' } },
      test: { f1, sparsity: { zeros } },
    }) as NerResult;

  it('hold or not by the mean differences of pairs', () => {
    const [losses, omegas, sparse] = nerClaims([
      run('negentropy', 'convex', 90),
      run('negentropy', 'cost', 88),
      run('l2', 'convex', 87, 0.9),
      run('l2', 'cost', 88, 0.7),
    ]);
    expect(losses).toMatchObject({
      holds: true,
      measured: 'convex is ahead of cost in 1 of 2 pairs, by +0.50 F1 on average',
    });
    expect(omegas).toMatchObject({
      holds: true,
      measured: 'l2 is ahead of negentropy in 0 of 2 pairs, by −1.50 F1 on average',
    });
    expect(sparse).toMatchObject({
      holds: true,
      measured: 'exactly 0: 80.0 % with l2, 0.0 % with negentropy',
    });
    const worse = nerClaims([run('negentropy', 'convex', 90), run('l2', 'convex', 87)]);
    expect(worse.map(({ holds }) => holds)).toEqual([undefined, false, false]);
  });
});
