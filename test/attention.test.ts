import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { AttentionResult } from '../src/experiments/attention/result.js';
import { expectSameTraining, killAndResume, main } from './killed-run.js';

const folder = mkdtempSync(join(tmpdir(), 'didyprog-attention-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const config = join(folder, 'small.yaml');
writeFileSync(
  config,
  `name: small
corpus: { source: synthetic, pair: fr-en, training: 200, development: 12, test: 12 }
text: { minimumCount: 1 }
model: { embedding: 12, encoder: 8, decoder: 12, attention: crf-l2, dropout: 0.2 }
training: { epochs: 3, batchSize: 8, logSteps: 5, checkpointSteps: 7 }
decoding: { beam: 2, maximumLength: 12 }
`,
);
const args = ['train', 'attention', '--config', config, '--backend', 'cpu'];

/** What a run measured, without when and how long. */
function resultOf(out: string) {
  const { config, training, development, tests, attention, sizes } = JSON.parse(
    readFileSync(join(out, 'result.json'), 'utf8'),
  ) as AttentionResult;
  return { config, training: { ...training, seconds: 0 }, development, tests, attention, sizes };
}

describe('didyprog train attention', () => {
  it('killed in the middle of an epoch and resumed, ends with the same numbers', async () => {
    const [whole, killed] = [join(folder, 'whole'), join(folder, 'killed')];
    const run = spawnSync(process.execPath, [main, ...args, '--out', whole], { encoding: 'utf8' });
    expect(run.status).toBe(0);
    expect(run.stdout).toContain('no input feeding');
    // Five lines of steps an epoch, and one of its evaluation: in the second epoch.
    expect(await killAndResume(args, killed, 8)).toBe(0);
    expect(resultOf(killed)).toEqual(resultOf(whole));
    await expectSameTraining(killed, whole);
  }, 300_000);
});
