import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { spawnSync } from 'node:child_process';
import { expect, it, vi } from 'vitest';
import { killAndResume, main } from './killed-run.js';
import { temporaryFolder } from './temporary-folder.js';

vi.setConfig({ testTimeout: 180_000 });

const folder = temporaryFolder('align-resume');
const inFolder = (...names: string[]) => join(folder, ...names);

/** The shipped config of generated music, smaller, with a second way of training. */
function smallConfig(): string {
  const shipped = fileURLToPath(new URL('../configs/align/synthetic.yaml', import.meta.url));
  const text = readFileSync(shipped, 'utf8')
    .replace('pieces: 5', 'pieces: 3')
    .replace('iterations: 150', 'iterations: 10')
    .replace('epochs: 60', 'epochs: 20');
  const second = text.slice(text.indexOf('  - name:'), text.indexOf('baselines:'));
  const area = second
    .replace('convex loss', 'area')
    .replace('loss: convex', 'loss: area')
    .replace('start: zero', 'start: frame-wise\n    penalty: start');
  const path = inFolder('small.yaml');
  writeFileSync(path, text.replace(second, second + area) + 'training: { checkpointSteps: 3 }\n');
  return path;
}

/** What a run ends with, without times and places. */
function outcome(out: string) {
  const result = JSON.parse(readFileSync(join(out, 'result.json'), 'utf8')) as {
    rows: object;
    folds: { seconds: number }[];
  };
  const folds = result.folds.map((fold) => ({ ...fold, seconds: 0 }));
  const model = JSON.parse(readFileSync(join(out, 'model.json'), 'utf8')) as object;
  return { rows: result.rows, folds, model: { ...model, provenance: 0 } };
}

const metrics = (out: string) => readFileSync(join(out, 'metrics.jsonl'), 'utf8');

it('a leave-one-out that is killed within a fold goes on there, to the same numbers', async () => {
  const args = ['align', 'synthetic', '--config', smallConfig(), '--backend', 'cpu'];
  const whole = inFolder('whole');
  expect(spawnSync(process.execPath, [main, ...args, '--out', whole]).status).toBe(0);
  // Each fold has 20 lines of either end-to-end training: this is within the second of the second.
  const out = inFolder('killed');
  expect(await killAndResume(args, out, 40 + 20 + 5)).toBe(0);
  const log = readFileSync(join(out, 'run.log'), 'utf8');
  expect(log).toMatch(/fold-02-2: going on from epoch (?!1,)/);
  expect(log).not.toContain('fold-01');
  expect(outcome(out)).toEqual(outcome(whole));
  expect(metrics(out)).toBe(metrics(whole));
  // What it needed on the way is gone.
  const left = readdirSync(join(out, 'checkpoint')).filter((name) => name.startsWith('fold'));
  expect(left).toEqual(['fold-01.bin', 'fold-02.bin', 'fold-03.bin']);
});
