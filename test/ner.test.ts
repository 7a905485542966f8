import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formatConll } from '../src/data/conll.js';
import { syntheticCorpus } from '../src/data/synthetic-sentences.js';
import type { NerResult } from '../src/experiments/ner/run.js';
import { expectSameTraining, killAndResume, main } from './killed-run.js';

const folder = mkdtempSync(join(tmpdir(), 'didyprog-ner-'));
const config = join(folder, 'small.yaml');
const whole = join(folder, 'whole');

beforeAll(() => {
  writeFileSync(
    config,
    `name: small
title: generated sentences, a tiny model
language: synthetic
data: { source: synthetic, train: 240, development: 60, test: 60 }
model: { wordSize: 16, characterSize: 8, characterUnits: 8, units: 12, hiddenUnits: 12 }
omega: l2
optimiser: { kind: adam, learningRate: 0.01, clipNorm: 5 }
training: { epochs: 3, checkpointSteps: 7, logSteps: 10 }
`,
  );
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const run = (...args: string[]) =>
  spawnSync(process.execPath, [main, ...args, '--backend', 'cpu'], {
    encoding: 'utf8',
    input: '',
  });

const resultOf = (out: string) =>
  JSON.parse(readFileSync(join(out, 'result.json'), 'utf8')) as NerResult;

describe('didyprog train ner', () => {
  it('learns generated sentences, neither nothing nor everything', () => {
    const { status, stdout, stderr } = run('train', 'ner', '--config', config, '--out', whole);
    expect(stderr).toContain('engine');
    expect(status).toBe(0);
    expect(stdout).toContain('development');
    const { test, training } = resultOf(whole);
    expect(test.f1).toBeGreaterThan(30);
    expect(test.f1).toBeLessThan(100);
    expect(training.history).toHaveLength(3);
    expect(test.sparsity.zeros).toBeGreaterThan(0.3);
  });

  it('killed in the middle of an epoch and resumed, ends with the same numbers', async () => {
    const out = join(folder, 'killed');
    const args = ['train', 'ner', '--config', config, '--backend', 'cpu'];
    // In the second epoch, of 30 steps each.
    expect(await killAndResume(args, out, 5)).toBe(0);
    const { test, development, training } = resultOf(out);
    const expected = resultOf(whole);
    expect(test).toEqual(expected.test);
    expect(development).toEqual(expected.development);
    expect(training.history).toEqual(expected.training.history);
    await expectSameTraining(out, whole);
  });

  it('refuses the cost-sensitive loss of the hard maximum, whose gradient is 0', () => {
    const { status, stderr } = run(
      ...['train', 'ner', '--config', config, '--omega', 'hard', '--loss', 'cost'],
      ...['--out', join(folder, 'hard')],
    );
    expect(status).toBe(2);
    expect(stderr).toContain('loss: got "cost"');
  });

  it('says which command gets data that is missing', () => {
    const { status, stderr } = run(
      ...['train', 'ner', '--lang', 'es', '--data', folder, '--out', join(folder, 'es')],
    );
    expect(status).toBe(3);
    expect(stderr).toContain('didyprog data conll2002');
  });
});

describe('a trained tagger', () => {
  it('scores a column file as training scored its test sentences', () => {
    const { test } = syntheticCorpus({ train: 240, development: 60, test: 60, seed: 1 });
    const file = join(folder, 'test.conll');
    writeFileSync(file, formatConll(test, 'IOB1'));
    const { status, stdout } = run('evaluate', whole, '--file', file, '--json');
    expect(status).toBe(0);
    expect((JSON.parse(stdout) as NerResult['test']).f1).toBe(resultOf(whole).test.f1);
  });

  it('tags sentences from the command line, with the ranked taggings and a figure', () => {
    const figure = join(folder, 'tags.svg');
    const text = 'Ada Brouson joined Kelmer Bank .';
    const { status, stdout } = run('tag', whole, text, '--figure', figure, '--best', '2');
    expect(status).toBe(0);
    expect(stdout.split('\n')[0]).toMatch(/^word +tag +1: [\d.]+ %/);
    expect(stdout).toContain('Brouson');
    expect(stdout).toMatch(/all there is|there are more/);
    expect(readFileSync(figure, 'utf8')).toContain('<svg');
  });

  it('tags piped text, a JSON object a sentence', () => {
    const { status, stdout } = spawnSync(
      process.execPath,
      [main, 'tag', whole, '--json', '--backend', 'cpu'],
      { encoding: 'utf8', input: 'Rosa lives in Grouton .\n\nIt rained .\n' },
    );
    expect(status).toBe(0);
    const words = stdout
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { words: string[] }).words);
    expect(words).toEqual([
      ['Rosa', 'lives', 'in', 'Grouton', '.'],
      ['It', 'rained', '.'],
    ]);
  });

  it('is not found in a folder that is no run', () => {
    const { status, stderr } = run('tag', folder, 'x');
    expect(status).toBe(3);
    expect(stderr).toContain('train one by didyprog train ner');
  });
});
