import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { readArrays } from '../src/runner/checkpoint/checkpoint.js';

/** The built program. */
export const main = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));

/** The records of a run's metrics.jsonl so far; none before there is one. */
function metrics(out: string): { loss: number }[] {
  const path = join(out, 'metrics.jsonl');
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, 'utf8').split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line) as { loss: number });
}

/**
 * Starts a run in `out`, kills it by SIGKILL as soon as metrics.jsonl has `lines` lines, and resumes
 * it.
 * @param args the command line without --out
 * @returns the exit code of the resumed run
 */
export async function killAndResume(args: readonly string[], out: string, lines: number) {
  const command = [main, ...args, '--out', out];
  const child = spawn(process.execPath, command, { stdio: 'ignore' });
  const ended = once(child, 'exit');
  while (metrics(out).length < lines && child.exitCode === null) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  child.kill('SIGKILL');
  expect(await ended).toEqual([null, 'SIGKILL']);
  expect(existsSync(join(out, 'result.json'))).toBe(false);
  return spawnSync(process.execPath, [...command, '--resume'], { stdio: 'ignore' }).status;
}

/** Expects two runs to have gone the same way: the losses of all steps, and the last parameters. */
export async function expectSameTraining(out: string, undisturbed: string) {
  const losses = (path: string) => metrics(path).map(({ loss }) => loss);
  expect(losses(out)).toEqual(losses(undisturbed));
  for (const file of ['best.bin', join('checkpoint', 'latest.bin')]) {
    const [ours, theirs] = await Promise.all(
      [out, undisturbed].map((path) => readArrays(join(path, file))),
    );
    expect(Object.keys(ours!.arrays).length).toBeGreaterThan(0);
    expect(ours!.arrays).toEqual(theirs!.arrays);
  }
}
