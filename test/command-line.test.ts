import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, vi } from 'vitest';
import { encodeWav16 } from '../src/data/readers/audio/wav.js';
import { commandLine } from './command-line-here.js';
import { temporaryFolder } from './temporary-folder.js';

const main = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));
const folder = temporaryFolder('command-line');
const inFolder = (...names: string[]) => join(folder, ...names);

const run = (...args: string[]) => commandLine(folder, args);

describe('the command line', () => {
  it('prints its version and its help, and suggests the near command', async () => {
    expect((await run('--version')).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
    expect((await run('align', 'bach10', '--help')).stdout).toContain('Examples:');
    const wrong = await run('algin');
    expect(wrong.status).toBe(2);
    expect(wrong.stderr).toContain('Did you mean align?');
  });

  it('ends with 2 on a config error, naming key, value and what is allowed, before any work', async () => {
    const config = inFolder('broken.yaml');
    const text = readFileSync(
      fileURLToPath(new URL('../configs/align/synthetic.yaml', import.meta.url)),
      'utf8',
    );
    writeFileSync(config, text.replace('gamma: 3', 'gamma: -3\n    gama: 1'));
    const out = inFolder('never');
    const { status, stderr } = await run('align', 'synthetic', '--config', config, '--out', out);
    expect(status).toBe(2);
    expect(stderr).toContain(config);
    expect(stderr).toContain('endToEnd.0.gamma: got -3');
    expect(stderr).toContain('endToEnd.0.gama: there is no such key here');
    expect(existsSync(out)).toBe(false);
    expect((await run('align', 'synthetic', '--gamma', 'x')).status).toBe(2);
    expect((await run('align', 'synthetic', '--config', inFolder('none.yaml'))).status).toBe(2);
  });

  it('ends with 2 where the environment asks for threads that are no count', async () => {
    vi.stubEnv('DIDYPROG_THREADS', 'two');
    const { status, stderr } = await commandLine(folder, ['doctor']);
    vi.unstubAllEnvs();
    expect(status).toBe(2);
    expect(stderr).toBe('DIDYPROG_THREADS is "two": it must be an integer of at least 1\n');
  });

  it('takes any key by --set, which wins over its option and over the file, and says so', async () => {
    const bad = await run('train', 'ner', '--set', 'model.dropot=0.3', '--set', 'gamma=-1');
    expect(bad.status).toBe(2);
    expect(bad.stderr).toContain('--set model.dropot=0.3: model.dropot: there is no such key');
    expect(bad.stderr).toContain('did you mean model.dropout?');
    expect(bad.stderr).toContain('--set gamma=-1: gamma: got -1; expected number to be >0');
    const both = await run('train', 'ner', '--gamma', '2', '--set', 'gamma=-1', '--set', 'seed=x');
    expect(both.stderr).toContain('--set gamma=-1 counts, not --gamma 2');
    expect((await run('train', 'ner', '--set', 'seed=1', '--set', 'seed=x')).stderr).toContain(
      '--set seed=x counts, not --set seed=1 before it',
    );
    const config = inFolder('lines.yaml');
    writeFileSync(config, 'name: x\ntitle: t\nlanguage: en\nepochs: 3\nmodel:\n  units: 0\n');
    const { stderr } = await run('train', 'ner', '--config', config);
    expect(stderr).toContain(
      'line 4: epochs: there is no such key here; did you mean training.epochs?',
    );
    expect(stderr).toContain('line 6: model.units: got 0');
    expect(stderr).toContain('data: it is missing');
  });

  it('says which value of an option counts that is given twice, unless each does', async () => {
    const files = ['--file', 'a.txt', '--file=b.txt', '--best', '3', '--best', '3'];
    const { stderr } = await run('tag', 'none', ...files);
    expect(stderr).toContain('--file b.txt counts, not --file a.txt before it\n');
    expect(stderr).not.toContain('--best');
    const denied = await run('train', 'ner', '--vectors', 'x', '--no-vectors', '--set', 'seed=x');
    expect(denied.stderr).toContain('--no-vectors counts, not --vectors x before it\n');
    expect((await run('runs', '--json', '--csv')).stderr).toBe(
      '--json and --csv: only one of them\n',
    );
    const both = ['--with', 'a', '--with', 'b'];
    expect((await run('translate', 'none', 'x', ...both)).stderr).not.toContain('counts');
    expect((await run('evaluate', 'none', ...both)).stderr).toContain(
      '--with b counts, not --with a',
    );
  });

  it('refuses an option that chooses a config beside one that names another', async () => {
    const config = inFolder('lines.yaml');
    const own = ['--train', 'a', '--dev', 'b'];
    const text = ['--train', 'a.it,a.en', '--dev', 'b.it,b.en'];
    for (const [chosen, named, ...command] of [
      ['--lang', '--config', 'train', 'ner', '--config', config, '--lang', 'en'],
      ['--lang', '--train', 'train', 'ner', ...own, '--lang', 'synthetic'],
      ['--pair', '--train', 'train', 'attention', ...text, '--pair', 'fr-en'],
      ['--corpus', '--config', 'train', 'attention', '--config', config, '--corpus', 'synthetic'],
    ]) {
      const { status, stderr } = await run(...command);
      expect(status).toBe(2);
      expect(stderr).toContain(`${chosen} chooses a config that ships, and ${named} names another`);
    }
    const twice = await run('align', 'train', 'mine', '--folder', 'others');
    expect(twice.status).toBe(2);
    expect(twice.stderr).toContain('--folder is the same as the argument');
  });

  it('ends with 3 when the data is missing, with the command that gets it', async () => {
    const { status, stderr } = await run(
      'align',
      'bach10',
      '--data',
      inFolder('nothing'),
      '--folds',
      '1',
    );
    expect(status).toBe(3);
    expect(stderr).toContain('didyprog data bach10');
    expect(stderr).toContain(inFolder('nothing'));
  });

  it('ends with 3 on a NaN in the audio, naming the file and the sample', async () => {
    const piece = inFolder('data', 'bach10', '01-Piece');
    mkdirSync(piece, { recursive: true });
    const pcm = encodeWav16({ sampleRate: 8000, samples: new Float64Array(8000) });
    const float = Buffer.alloc(44 + 4 * 8000);
    Buffer.from(pcm).copy(float, 0, 0, 44);
    float.writeUInt32LE(float.length - 8, 4);
    float.writeUInt16LE(3, 20);
    float.writeUInt32LE(8000 * 4, 28);
    float.writeUInt16LE(4, 32);
    float.writeUInt16LE(32, 34);
    float.writeUInt32LE(4 * 8000, 40);
    float.writeFloatLE(NaN, 44 + 4 * 123);
    writeFileSync(join(piece, '01-Piece.wav'), float);
    writeFileSync(join(piece, '01-Piece.txt'), '100\t0\t60\t1\n500\t400\t62\t1\n');
    const { status, stderr } = await run('align', 'bach10', '--data', inFolder('data'));
    expect(status).toBe(3);
    expect(stderr).toContain('01-Piece.wav');
    expect(stderr).toContain('123');
  });

  it('never overwrites a run, and says how to go on', async () => {
    const out = inFolder('taken');
    mkdirSync(out);
    writeFileSync(join(out, 'config.yaml'), 'another: run\n');
    const { status, stderr } = await run('align', 'synthetic', '--out', out);
    expect(status).toBe(2);
    expect(stderr).toContain('--resume');
    expect(readFileSync(join(out, 'config.yaml'), 'utf8')).toBe('another: run\n');
    expect((await run('align', 'synthetic', '--resume')).status).toBe(2);
  });

  it.skipIf(process.platform === 'win32')(
    'saves on Ctrl-C, ends with 130, and resumes to the numbers of an undisturbed run',
    async () => {
      const flags = [
        'align',
        'synthetic',
        '--folds',
        '2',
        '--set',
        'endToEnd.0.epochs=4',
        '--set',
        'data.pieces=3',
        '--set',
        'data.events=12',
        '--set',
        'frameWise.iterations=40',
      ];
      const undisturbed = await run(...flags, '--out', 'whole', '--json');
      expect(undisturbed.status).toBe(0);

      const child = spawn(process.execPath, [main, ...flags, '--out', 'stopped'], { cwd: folder });
      let errors = '';
      child.stderr.on('data', (chunk) => (errors += String(chunk)));
      const exit = new Promise<number | null>((resolve) => child.on('exit', resolve));
      const fold = inFolder('stopped', 'checkpoint', 'fold-01.bin');
      while (!existsSync(fold) && child.exitCode === null) {
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      child.kill('SIGINT');
      expect(await exit).toBe(130);
      expect(errors).toContain('--out stopped --resume');

      const resumed = await run(...flags, '--out', 'stopped', '--resume', '--json');
      expect(resumed.status).toBe(0);
      const rows = (text: string) => (JSON.parse(text) as { rows: unknown }[])[0]!.rows;
      expect(rows(resumed.stdout)).toEqual(rows(undisturbed.stdout));
    },
    180_000,
  );

  it('doctor says which engine is used and why, for a person and for a script', async () => {
    expect((await run('doctor')).stdout).toMatch(/engine: (tensorflow|wasm|cpu) \d/);
    const diagnosis = JSON.parse((await run('doctor', '--json')).stdout) as {
      engine: { name: string };
    };
    expect(['tensorflow', 'wasm', 'cpu']).toContain(diagnosis.engine.name);
  });
});
