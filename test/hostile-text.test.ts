import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { commandLine } from './command-line-here.js';
import { temporaryFolder } from './temporary-folder.js';

const folder = temporaryFolder('hostile');

/** Clears the screen, sets the window's title, turns the reading direction, ends a line. */
const hostile = '\u001b[2J\u001b]0;owned\u0007\u009b31m\u202efdp\u2028x\ry';
/** What must not reach a terminal. Line feeds are the program's own. */
// oxlint-disable-next-line no-control-regex -- these are what is looked for
const obeyed = /[\0-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u206f]/;

async function didyprog(...args: string[]) {
  const ended = await commandLine(folder, args);
  expect(ended.stdout).not.toMatch(obeyed);
  expect(ended.stderr).not.toMatch(obeyed);
  return ended;
}

/** A finished run whose every text is hostile; file names cannot hold NUL or /. */
function makeRun(name: string, score: number): string {
  const path = join(folder, name);
  mkdirSync(path, { recursive: true });
  const config = { name: hostile, title: hostile, [hostile]: { [hostile]: `${hostile}${score}` } };
  writeFileSync(join(path, 'config.yaml'), JSON.stringify(config));
  writeFileSync(join(path, 'run.log'), `2026-01-02T03:04:05.000Z started: ${hostile}; x\n`);
  writeFileSync(join(path, 'metrics.jsonl'), `${JSON.stringify({ [hostile]: score })}\n`);
  const result = {
    experiment: hostile,
    config,
    provenance: { engine: `${hostile}${score}` },
    score: { name: hostile, value: score, better: 'lower' },
  };
  writeFileSync(join(path, 'result.json'), JSON.stringify(result));
  return path;
}

describe('texts from outside with control characters', () => {
  const runs = [makeRun(`runs/${hostile}1`, 1), makeRun('runs/second', 2)] as const;

  it('are shown in the list of runs, as a table and as JSON', async () => {
    expect((await didyprog('runs', join(folder, 'runs'))).stdout).toContain('\\u001b[2J');
    const { stdout } = await didyprog('runs', join(folder, 'runs'), '--json');
    const listed = JSON.parse(stdout) as { path: string; score: { name: string } }[];
    expect(listed.map(({ path }) => path)).toEqual(runs);
    expect(listed[0]!.score.name).toBe(hostile);
  });

  it('are shown when two runs are compared', async () => {
    const { stdout } = await didyprog('runs', 'compare', ...runs);
    expect(stdout).toContain('\\u202efdp');
    const { b } = JSON.parse((await didyprog('runs', 'compare', ...runs, '--json')).stdout) as {
      b: string;
    };
    expect(b).toBe(runs[1]);
  });

  it('are shown in errors: of paths, of options, of what a damaged file holds', async () => {
    expect(await didyprog('runs', join(folder, hostile))).toMatchObject({ status: 3 });
    expect(await didyprog(hostile)).toMatchObject({ status: 2 });
    expect(await didyprog('runs', `--${hostile}`)).toMatchObject({ status: 2 });
    expect(await didyprog('data', hostile)).toMatchObject({ status: 2 });
    expect(await didyprog('train', 'ner', '--set', `${hostile}=1`)).toMatchObject({ status: 2 });
    const damaged = makeRun('damaged', 1);
    writeFileSync(join(damaged, 'result.json'), hostile);
    expect(await didyprog('report', damaged)).toMatchObject({ status: 3 });
    writeFileSync(join(damaged, 'result.json'), JSON.stringify(hostile));
    expect((await didyprog('report', damaged)).stderr).toContain('\\u001b[2J');
  });

  it('do not fill the screen: a message quotes the beginning', async () => {
    const long = makeRun('long', 1);
    writeFileSync(join(long, 'result.json'), JSON.stringify('x'.repeat(100_000)));
    const { status, stderr } = await didyprog('report', long);
    expect(status).toBe(3);
    expect(stderr).toMatch(/result\.json: expected an object, not "x{200}…"/);
  });
});
