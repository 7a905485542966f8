import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { bleuOfCounts } from '../src/metrics/bleu.js';
import type { AttentionResult } from '../src/experiments/attention/result.js';
import { expectSameTraining, killAndResume, main } from './killed-run.js';
import { smallTranslator } from './small-translator.js';
import { temporaryFolder } from './temporary-folder.js';

const folder = temporaryFolder('attention-resume');
const args = smallTranslator(folder);

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
    // What tests of significance read adds up to the scores of the whole.
    const kept = JSON.parse(readFileSync(join(whole, 'test-scores.json'), 'utf8')) as {
      name: string;
      counts: number[][];
    }[];
    const [test] = resultOf(whole).tests;
    expect(kept.map(({ name }) => name)).toEqual([
      `${test!.name}, tokens`,
      `${test!.name}, 13a cased`,
    ]);
    const scores = kept.map(({ counts }) =>
      bleuOfCounts(counts[0]!.map((_, k) => counts.reduce((sum, row) => sum + row[k]!, 0))),
    );
    expect(scores[0]!.score).toBeCloseTo(test!.bleuTokens, 10);
    expect(scores[0]!.brevityPenalty).toBeCloseTo(test!.brevityPenalty, 10);
    expect(scores[1]!.score).toBeCloseTo(test!.bleu13aCased, 10);
  }, 300_000);
});
