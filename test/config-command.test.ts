import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, vi } from 'vitest';
import { parse } from 'yaml';
import type { Backend } from '../src/backends.js';
import { startEngineAgain } from '../src/experiments/start-engine.js';
import { commandLine } from './command-line-here.js';
import { temporaryFolder } from './temporary-folder.js';

// Each test starts the program several times, which a busy machine is slow at.
vi.setConfig({ testTimeout: 180_000 });

const main = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));
const folder = temporaryFolder('config');

const run = (...args: string[]) => commandLine(folder, args);

const small = ['--set', 'data={ source: synthetic, train: 24, development: 8, test: 8, seed: 1 }'];
const tiny = [
  '--set',
  'model={ wordSize: 4, characterSize: 2, characterUnits: 2, units: 4, hiddenUnits: 4 }',
];

describe('a config', () => {
  it('is printed with all options in it, as a config that gives the same again', async () => {
    const { status, stdout } = await run(
      'train',
      'ner',
      '--omega',
      'l2',
      '--set',
      'gamma=2',
      '--print-config',
    );
    expect(status).toBe(0);
    expect(parse(stdout)).toMatchObject({ omega: 'l2', gamma: 2, optimiser: { kind: 'adam' } });
    writeFileSync(join(folder, 'again.yaml'), stdout);
    expect((await run('train', 'ner', '--config', 'again.yaml', '--print-config')).stdout).toBe(
      stdout,
    );
    expect((await run('config', 'show', 'again.yaml')).stdout).toBe(stdout);
    expect(readdirSync(folder)).toEqual(['again.yaml']);
  });

  it('is listed, shown and checked, with line and kind', async () => {
    expect((await run('config', 'list')).stdout).toContain('ner/en');
    expect((await run('config', 'show', 'ner/enn')).stderr).toContain('did you mean ner/en?');
    writeFileSync(
      join(folder, 'bad.yaml'),
      (await run('config', 'show', 'ner/en')).stdout.replace('gamma: 1', 'gama: 1'),
    );
    const bad = await run('config', 'check', 'bad.yaml');
    expect(bad.status).toBe(2);
    expect(bad.stderr).toMatch(/line \d+: gama: there is no such key here; did you mean gamma\?/);
    expect((await run('config', 'check', 'sweeps/ner-losses')).stdout).toContain('(sweep, ');
  });

  it('is written for files of one’s own, never over another, and runs', async () => {
    const data = join(folder, 'my data');
    mkdirSync(data);
    const text = 'Rosa B-PLANT\ncanina I-PLANT\ngrows O\n\nAphids B-PEST\ncome O\n\n';
    for (const name of ['train.conll', 'dev.conll', 'test.conll'])
      writeFileSync(join(data, name), text);
    const made = await run('config', 'init', 'ner', '--from', 'my data', '--out', 'plants.yaml');
    expect(made).toMatchObject({ status: 0, stderr: '' });
    expect(made.stdout).toContain('didyprog train ner --config plants.yaml');
    const config = readFileSync(join(folder, 'plants.yaml'), 'utf8');
    expect(config).toContain('# train.conll: 2 sentences, 2 types (PEST, PLANT)');
    expect((await run('config', 'check', 'plants.yaml')).status).toBe(0);
    const again = await run('config', 'init', 'ner', '--from', 'my data', '--out', 'plants.yaml');
    expect(again.status).toBe(2);
    expect(readFileSync(join(folder, 'plants.yaml'), 'utf8')).toBe(config);
    expect((await run('config', 'init', 'ner', '--from', 'nowhere')).status).toBe(3);
    const below = await run('config', 'init', 'ner', '--from', 'my data', '--out', 'plants.yaml/x');
    expect(below.stderr).toBe('--out plants.yaml/x cannot be written: plants.yaml is no folder\n');
    const trained = await run(
      'train',
      'ner',
      '--config',
      'plants.yaml',
      ...tiny,
      '--epochs',
      '1',
      '--out',
      'plants',
    );
    expect(trained.status, trained.stderr).toBe(0);
  });
});

describe('a run', () => {
  it('is tried without a trace, with its data, its steps and what it would write', async () => {
    const before = readdirSync(folder);
    const dry = await run('train', 'ner', ...small, ...tiny, '--dry-run', '--json');
    expect(dry.status, dry.stderr).toBe(0);
    const [plan] = JSON.parse(dry.stdout) as [{ estimate: { work: string; seconds: number } }];
    expect(plan.estimate.work).toBe('24 steps: 8 epochs of 3');
    expect(plan.estimate.seconds).toBeGreaterThan(0);
    const missing = await run('train', 'ner', '--lang', 'en', '--data', 'none', '--dry-run');
    expect(missing.status).toBe(3);
    const said = missing.stdout.replace(/\s+/g, ' ');
    expect(said).toContain('didyprog data conll2003-en');
    expect(said).toContain('result.json, the model, scores and figures');
    expect(readdirSync(folder)).toEqual(before);
  });

  it('is resumed by its folder alone, and goes on to more epochs where its schedule permits', async () => {
    const settings = [...small, ...tiny, '--epochs', '2'];
    expect((await run('train', 'ner', ...settings, '--out', 'r')).status).toBe(0);
    const log = readFileSync(join(folder, 'r', 'run.log'), 'utf8');
    for (const phase of [
      'started: ',
      'loaded and built',
      'scoring the best model',
      'finished: test F1',
    ]) {
      expect(log).toContain(phase);
    }
    const marginals = await run('evaluate', 'r', '--set', 'decode=marginals', '--set', 'omega=l2');
    expect(marginals.stdout).toContain('8 sentences, marginals');
    const fixed = await run('evaluate', 'r', '--set', 'model.units=9');
    expect(fixed.status).toBe(2);
    expect(fixed.stderr).toContain('an evaluation can set omega, gamma, decode');
    expect((await run('evaluate', 'r', '--set', 'omega=l3')).stderr).toContain(
      'one of negentropy, l2',
    );
    expect((await run('resume', 'r')).stderr).toContain('done already');
    const more = await run('resume', 'r', '--epochs', '3', '--json');
    expect(more.status, more.stderr).toBe(0);
    expect(more.stderr).toMatch(/engine: \w+ [\d.]+ \(as in the run’s last start\)/);
    await expect(startEngineAgain('cuda' as Backend)).rejects.toThrow(
      /the run’s last start was on the engine cuda, which does not work here: .*--backend/s,
    );
    const { training } = JSON.parse(more.stdout) as { training: { epochs: number } };
    expect(training.epochs).toBe(3);
    for (const flags of [['--jobs', '2'], ['--retry']]) {
      const refused = await run('resume', 'r', ...flags);
      expect(refused.stderr).toContain(`${flags[0]!} is for a sweep, and r is none`);
    }
    const fewer = await run('resume', 'r', '--epochs', '1');
    expect(fewer.status).toBe(2);
    expect(fewer.stderr).toContain('training.epochs is 3 there and 1 now');
    const other = await run(
      'train',
      'ner',
      ...settings,
      '--set',
      'gamma=2',
      '--out',
      'r',
      '--resume',
    );
    expect(other.status).toBe(2);
    expect(other.stderr).toContain('gamma is 1 there and 2 now');
    expect(existsSync(join(folder, 'r', 'result.json'))).toBe(true);
    const linear = [...settings, '--set', 'optimiser.decay=linear', '--out', 'linear'];
    expect((await run('train', 'ner', ...linear)).status).toBe(0);
    expect((await run('resume', 'linear', '--epochs', '5')).stderr).toContain(
      'optimiser.decay: linear',
    );
  });

  it('of a sweep is tried and printed cell by cell, without a trace', async () => {
    const base = fileURLToPath(new URL('../configs/ner/synthetic.yaml', import.meta.url));
    const sweep = `name: s\nexperiment: ner\nbase: ${base}\ngrid: { omega: [l2, hard], seed: [0, 1] }\n`;
    writeFileSync(join(folder, 's.yaml'), sweep);
    const before = readdirSync(folder);
    const dry = await run('sweep', 's.yaml', ...small, ...tiny, '--dry-run', '--json');
    expect(dry.status, dry.stderr).toBe(0);
    const plan = JSON.parse(dry.stdout) as { cells: object[]; seconds: number };
    expect(plan.cells).toHaveLength(4);
    expect(plan.seconds).toBeGreaterThan(0);
    const printed = (await run('sweep', 's.yaml', '--set', 'gamma=3', '--print-config')).stdout;
    expect(printed.match(/^gamma: 3$/gm)).toHaveLength(4);
    expect((await run('sweep', 's.yaml', '--set', 'omega=l2')).stderr).toContain(
      'the sweep varies omega',
    );
    // What one cell cannot do is said beside the estimate of the others.
    const some = ['--set', 'omega=l2', ...small, ...tiny, '--dry-run', '--json'];
    const grid = 'grid: { gamma: [1.0e-300, 1], seed: [0] }';
    writeFileSync(join(folder, 's.yaml'), sweep.replace(/grid.*/, grid));
    const failing = await run('sweep', 's.yaml', ...some);
    expect(failing.status, failing.stderr).toBe(2);
    const said = JSON.parse(failing.stdout) as { failing: object[]; seconds: number };
    expect(said.failing).toMatchObject([
      {
        cell: 'gamma=1e-300,seed=0',
        message: expect.stringMatching(/^gamma is 1e-300, too small/) as string,
      },
    ]);
    expect(said.seconds).toBeGreaterThan(0);
    expect(readdirSync(folder)).toEqual(before);
  });

  it('is listed by keys, filtered, sorted, as CSV, and compared with any number of others', async () => {
    const csv = await run(
      'runs',
      '.',
      '--columns',
      'run,training.epochs',
      '--sort',
      '-training.epochs',
      '--csv',
    );
    expect(csv.stdout).toBe('run,training.epochs\nr,3\nlinear,2\nplants,1\n');
    const linear = await run(
      'runs',
      '.',
      '--filter',
      'optimiser.decay=linear',
      '--columns',
      'run',
      '--csv',
    );
    expect(linear.stdout).toBe('run\nlinear\nplants\n');
    expect((await run('runs', '.', '--sort', 'gama')).stderr).toContain('did you mean gamma?');
    expect((await run('runs', '.', '--columns', 'started')).stdout).toMatch(/^started \(UTC\)\n/);
    const three = await run('runs', 'compare', 'r', 'linear', 'plants');
    expect(three.stdout).toMatch(/optimiser\.decay +none +linear +linear/);
  });
});

describe('didyprog --help', () => {
  it('loads no experiment, no schema and no TensorFlow.js, and lists every command', () => {
    // What a loader sees of every module that is resolved.
    const seen = join(folder, 'seen.txt');
    writeFileSync(
      join(folder, 'hooks.mjs'),
      `import { appendFileSync } from 'node:fs';
      export async function resolve(name, context, next) {
        appendFileSync(${JSON.stringify(seen)}, name + '\\n');
        return next(name, context);
      }`,
    );
    writeFileSync(
      join(folder, 'register.mjs'),
      `import { register } from 'node:module'; register('./hooks.mjs', import.meta.url);`,
    );
    const options = ['--import', new URL(`file://${join(folder, 'register.mjs')}`).href];
    const text = execFileSync(process.execPath, [...options, main, '--help'], { encoding: 'utf8' });
    const names = readFileSync(seen, 'utf8').trim().split('\n');
    expect(names.some((name) => name.includes('commander'))).toBe(true);
    expect(
      names.filter((name) => /zod|yaml|tensorflow|experiment\.js|cli-progress/.test(name)),
    ).toEqual([]);
    expect(names.length).toBeLessThan(30);
    for (const name of [
      'align',
      'train',
      'evaluate',
      'tag',
      'translate',
      'resume',
      'sweep',
      'config',
      'runs',
    ]) {
      expect(text).toMatch(new RegExp(`^  ${name}\\b`, 'm'));
    }
  });
});
