import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { bleuOfCounts } from '../src/metrics/bleu.js';
import type { AttentionResult } from '../src/experiments/attention/result.js';
import { expectSameTraining, killAndResume, main } from './killed-run.js';
import { temporaryFolder } from './temporary-folder.js';

const folder = temporaryFolder('attention');

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

describe('didyprog translate', () => {
  it('takes piped lines as they are: blank ones, CRLF, U+2028, one without an end, a very long one', () => {
    const out = join(folder, 'small');
    const small = [...args, '--epochs', '1', '--out', out];
    expect(spawnSync(process.execPath, [main, ...small]).status).toBe(0);
    const translate = (input: string | Uint8Array) =>
      spawnSync(process.execPath, [main, 'translate', out, '--backend', 'cpu'], {
        ...{ input, encoding: 'utf8' },
      });
    const sentences = ['deux', '', '  ', 'trois\u2028quatre', 'cinq\u0085six\fsept', 'mille'];
    const lines = translate(sentences.join('\n'));
    expect(lines.status).toBe(0);
    const translated = lines.stdout.split('\n');
    expect(translated).toHaveLength(sentences.length + 1);
    expect([translated[1], translated[2], translated.at(-1)]).toEqual(['', '', '']);
    expect(translated[0]).not.toBe('');
    for (const text of [sentences.join('\r\n'), `\ufeff${sentences.join('\n')}\n`]) {
      expect(translate(text).stdout).toBe(lines.stdout);
    }
    const none = translate('');
    expect(none).toMatchObject({ status: 2, stdout: '' });
    expect(none.stderr).toContain('no sentence: stdin is empty');

    const long = translate(`deux\n${'un '.repeat(20_000)}\n`);
    expect(long.status).toBe(0);
    expect(long.stdout.split('\n')).toHaveLength(3);
    expect(long.stderr).toContain('sentence 2 has 20000 tokens: only the first 48 are translated');

    for (const [input, said] of [
      [Buffer.from('deux\ntrois \xff\n', 'latin1'), 'stdin, line 2: not UTF-8 text'],
      [Buffer.from('\ufeffun\ndeux', 'utf16le').subarray(0, -1), 'not UTF-16 text'],
      [Buffer.from('un\ndeux\0\n'), 'stdin, line 2: a NUL character'],
      [`un\n\n${'x'.repeat(5_000_000)}`, 'stdin, line 3: a line of over 1,000,000 characters'],
    ] as const) {
      const { status, stderr, stdout } = translate(input);
      expect([status, stdout]).toEqual([3, '']);
      expect(stderr).toContain(said);
      expect(stderr).not.toMatch(/\n\s+at /);
    }
  }, 300_000);
});
