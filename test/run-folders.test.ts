import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, vi } from 'vitest';
import { RunDirectory } from '../src/runner/run/run-directory.js';
import { commandLine } from './command-line-here.js';
import { main } from './killed-run.js';
import { temporaryFolder } from './temporary-folder.js';

vi.setConfig({ testTimeout: 120_000 });

const config = fileURLToPath(new URL('small-ner.yaml', import.meta.url));
const folder = temporaryFolder('folders');
const inFolder = (...names: string[]) => join(folder, ...names);
const posix = process.platform !== 'win32';

const run = (args: readonly string[], cwd = folder) => commandLine(cwd, args);

const train = (...more: string[]) =>
  run(['train', 'ner', '--config', config, '--backend', 'cpu', ...more]);

describe('the folder of a run', () => {
  it('is refused before any work when it is a file, has no name, or holds other things', async () => {
    writeFileSync(inFolder('file'), 'mine');
    symlinkSync('nowhere', inFolder('dangling'));
    mkdirSync(inFolder('thesis', 'chapters'), { recursive: true });
    writeFileSync(inFolder('thesis', 'main.tex'), 'mine');
    const ner = ['train', 'ner', '--config', config];
    const other = 'a folder of other things (chapters, main.tex)';
    for (const [said, ...command] of [
      ['is a symbolic link to nowhere, which is not there', ...ner, '--out', 'dangling'],
      ['is a symbolic link to nowhere, which is not there', ...ner, '--out', 'dangling/below'],
      ['it is, or lies below, a file', 'results', '--check', '--folder', 'file'],
      ['there is no such folder', 'results', '--check', '--folder', 'none'],
      ['it is, or lies below, a file', ...ner, '--out', 'file'],
      ['it is, or lies below, a file', ...ner, '--out', 'file/below'],
      ['its value is empty', ...ner, '--out', ''],
      [other, ...ner, '--out', 'thesis'],
      [other, 'align', 'synthetic', '--out', 'thesis'],
      [other, 'align', 'bach10', '--out', 'thesis'],
      [
        other,
        'sweep',
        fileURLToPath(new URL('../bench/sweep.yaml', import.meta.url)),
        '--out',
        'thesis',
      ],
    ]) {
      const { status, stderr } = await run(command);
      expect(status, command.join(' ')).toBe(2);
      expect(stderr).toContain(said);
      expect(stderr).not.toContain('engine:');
    }
    expect(readFileSync(inFolder('file'), 'utf8')).toBe('mine');
    expect(readdirSync(inFolder('thesis'))).toEqual(['chapters', 'main.tex']);
  });

  it('may be there already when it is empty', async () => {
    mkdirSync(inFolder('empty'));
    const first = await train('--out', 'empty', '--resume');
    expect(first.status).toBe(0);
    expect(first.stderr).toContain('there is no run in empty to go on with: a new one starts');
    expect(existsSync(inFolder('empty', 'result.json'))).toBe(true);
  });

  it.skipIf(!posix)(
    'that cannot be read does not hide those beside it, in reports, lists and resuming',
    async () => {
      const cwd = mkdtempSync(inFolder('several-'));
      const words = ['train', 'ner', '--config', config, '--backend', 'cpu', '--epochs', '1'];
      for (const out of ['runs/first', 'runs/second']) {
        expect((await run([...words, '--out', out], cwd)).status).toBe(0);
      }
      const result = join(cwd, 'runs', 'first', 'result.json');
      const good = readFileSync(result, 'utf8');
      const second = readFileSync(join(cwd, 'runs/second/result.json'), 'utf8');
      writeFileSync(result, good.replace(/"f1": [\d.]+/, '"f1": null'));
      const report = await run(['report', 'runs'], cwd);
      expect(report.status).toBe(0);
      expect(report.stderr).toMatch(
        /left out: .*first\/result\.json is not what its experiment writes/,
      );
      const page = readFileSync(join(cwd, 'runs', 'report.html'), 'utf8');
      expect(page).toContain('second');
      const resumed = await run(['resume', 'runs'], cwd);
      expect(resumed.stderr).toMatch(/first is left out: .*first\/result\.json is not what/);
      expect(resumed.stderr).toContain('second is done already');
      expect(resumed.status).toBe(3);
      for (const command of ['report', 'resume']) {
        expect((await run([command, 'runs/first'], cwd)).status).toBe(3);
      }
      writeFileSync(result, good);

      const over = await run(['report', 'runs', '--out', 'runs/first/result.json'], cwd);
      expect(over.status).toBe(2);
      expect(over.stderr).toContain('It must end in .html or .htm');
      symlinkSync(result, join(cwd, 'page.html'));
      const linked = await run(['report', 'runs', '--out', 'page.html'], cwd);
      expect(linked.status).toBe(2);
      expect(linked.stderr).toContain('is a file of the run');
      expect(readFileSync(result, 'utf8')).toBe(good);

      const listed = async (...filter: string[]) =>
        (await run(['runs', ...filter.flatMap((one) => ['--filter', one])], cwd)).stdout;
      expect(await listed('state=don')).toBe(
        'none of the 2 runs in runs has state=don; its values are done; did you mean done?\n',
      );
      expect(await listed('state=done', 'omega=none')).toContain('has omega=none; its values are');
      expect(await listed('state=done', 'run=first')).toContain('first');
      for (const flag of ['--json', '--csv']) {
        const watched = await run(['runs', '--watch', flag], cwd);
        expect(watched.status).toBe(2);
        expect(watched.stderr).toContain(`${flag} prints it once: give one of them`);
      }
      const status = await run(['sweep', 'status', 'runs/first'], cwd);
      expect(status.status).toBe(3);
      expect(status.stderr).toContain('runs/first is the directory of a run, not of a sweep');
      const ofFile = await run(['runs', 'runs/first/result.json'], cwd);
      expect(ofFile.stderr).toContain('result.json is a file: give a run directory');
      const { stderr: parent } = await run(['tag', 'runs', 'x'], cwd);
      expect(parent).toContain(
        'runs is a folder of runs, not a run: give one of them, such as runs/first',
      );
      for (const words of [
        ['tag', 'runs/none', 'x'],
        ['evaluate', 'runs/none'],
      ]) {
        expect((await run(words, cwd)).stderr).toContain('there is no folder runs/none');
      }
      rmSync(join(cwd, 'runs/first/checkpoint'), { recursive: true });
      rmSync(join(cwd, 'runs/first/best.bin'));
      const tagged = await run(['tag', 'runs/first', 'x'], cwd);
      expect(tagged.stderr).toContain('runs/first is done, but its best.bin is missing');
      for (const [file, how] of [
        ['result.json', 'stopped'],
        ['failure.json', 'failed'],
      ] as const) {
        rmSync(join(cwd, 'runs/second/result.json'), { force: true });
        if (how === 'failed') writeFileSync(join(cwd, 'runs/second', file), '{"message":"x"}');
        for (const words of [
          ['tag', 'runs/second', 'x'],
          ['evaluate', 'runs/second'],
        ]) {
          const { status, stderr } = await run(words, cwd);
          expect(status).toBe(0);
          expect(stderr).toMatch(
            new RegExp(`runs/second is not done, it (was )?${how}: .* of epoch 1 of 1\n`),
          );
        }
      }
      rmSync(join(cwd, 'runs/second/failure.json'));
      writeFileSync(join(cwd, 'runs/second/result.json'), second);
      mkdirSync(join(cwd, 'runs/third'));
      writeFileSync(join(cwd, 'runs/third/failure.json'), '{"message":"no data"}');
      expect(await listed()).toMatch(/third +unreadable +–? *.*failed before it began.*"no data"/);
      const none = await run(['sweep', 'status', 'runs'], cwd);
      expect(none.stderr).toContain('sweep.json: there is no such file');
    },
  );

  it('has a name of its own for each of three that start in one second', async () => {
    const cwd = mkdtempSync(inFolder('second-'));
    const at = new Date();
    const program = `
      const { RunDirectory } = await import('${new URL('../dist/runner/run/run-directory.js', import.meta.url).href}');
      const path = await RunDirectory.fresh('ner', new Date(${at.getTime()}));
      const run = await RunDirectory.open({ path, config: {}, resume: false });
      await run.close();`;
    const children = [1, 2, 3].map(() =>
      spawn(process.execPath, ['--input-type=module', '-e', program], { cwd, stdio: 'inherit' }),
    );
    const codes = await Promise.all(children.map((child) => once(child, 'close')));
    expect(codes).toEqual([
      [0, null],
      [0, null],
      [0, null],
    ]);
    const names = readdirSync(join(cwd, 'runs')).sort();
    expect(names).toHaveLength(3);
    expect(names.map((name) => name.slice(21))).toEqual(['', '-2', '-3']);
  });

  it('is not left behind when the data is missing, given or not', () => {
    const cwd = mkdtempSync(inFolder('missing-'));
    mkdirSync(join(cwd, 'mine'));
    for (const out of [[], ['--out', 'new/run'], ['--out', 'mine']]) {
      // A process of its own: its new folder goes when it ends.
      const words = ['train', 'ner', '--lang', 'en', '--data', 'nothing', ...out];
      const options = { cwd, encoding: 'utf8' } as const;
      const { status, stderr } = spawnSync(process.execPath, [main, ...words], options);
      expect(status).toBe(3);
      expect(stderr).toContain('didyprog data');
      expect(readdirSync(cwd)).toEqual(['mine']);
      expect(readdirSync(join(cwd, 'mine'))).toEqual([]);
    }
  });

  it.skipIf(!posix)(
    'is an error, not a wait, where a folder above answers that it is missing',
    async () => {
      const gone = inFolder('gone');
      const script = `mkdir "$2" && cd "$2" && rmdir "$2" && exec "$0" "$1" train ner --config "$3" --backend cpu`;
      const words = [process.execPath, main, gone, config];
      const deleted = spawnSync('sh', ['-c', script, ...words], {
        encoding: 'utf8',
        timeout: 60_000,
      });
      expect(deleted.status).toBe(1);
      expect(deleted.stderr).toMatch(/cannot write runs: .*the folder is missing/);
      if (!existsSync('/proc/self')) return;
      const below = await train('--out', '/proc/none/run');
      expect(below.status).toBe(1);
      expect(below.stderr).toMatch(/cannot write \/proc\/none\/run.*the folder is missing/);
    },
  );

  it.skipIf(!posix)(
    'is refused when a folder or a named pipe stands where a file of it is expected',
    async () => {
      for (const name of [
        'metrics.jsonl',
        'config.yaml',
        'run.log',
        'checkpoint/latest.bin',
        'best.bin',
      ]) {
        for (const [kind, make] of [
          ['a folder', (path: string) => mkdirSync(path)],
          ['a named pipe', (path: string) => spawnSync('mkfifo', [path])],
        ] as const) {
          const path = mkdtempSync(inFolder('odd-'));
          await (await RunDirectory.open({ path, config: {}, resume: false })).close();
          rmSync(join(path, name), { force: true });
          make(join(path, name));
          const opened = RunDirectory.open({ path, config: {}, resume: true });
          await expect(opened).rejects.toThrow(
            `${join(path, name)}: it is ${kind}; a file is expected`,
          );
        }
      }
    },
  );

  it.skipIf(!posix)(
    'keeps pipes, devices and folders: a figure does not replace them',
    async () => {
      spawnSync('mkfifo', [inFolder('pipe')]);
      for (const [out, kind] of [
        ['pipe', 'a named pipe'],
        ['/dev/null', 'a device'],
        ['.', 'a folder'],
      ]) {
        const { status, stderr } = await run(['figure', 'dag', '--out', out!]);
        expect(status).toBe(2);
        expect(stderr).toContain(`it is ${kind}; a file is expected`);
      }
    },
  );
});

describe.skipIf(!posix)('a named pipe or a folder where a file is expected', () => {
  it('is said at once, whatever command reads it', async () => {
    const cwd = mkdtempSync(inFolder('kinds-'));
    spawnSync('mkfifo', [join(cwd, 'pipe')]);
    mkdirSync(join(cwd, 'folder'));
    expect(
      (await run(['train', 'ner', '--config', config, '--backend', 'cpu', '--out', 'run'], cwd))
        .status,
    ).toBe(0);
    for (const path of ['pipe', 'folder']) {
      for (const [code, ...command] of [
        [2, 'train', 'ner', '--config', path],
        [2, 'sweep', path],
        [3, 'tag', 'run', '--file', path],
        [3, 'evaluate', 'run', '--file', path],
        [3, 'align', 'file', path, path],
        [3, 'report', path],
      ] as const) {
        const { status, stderr } = await run(command, cwd);
        expect(status, command.join(' ')).toBe(code);
        expect(stderr).toContain(path);
      }
    }
  });

  it('is read all the same when the shell has opened it: <(…)', async () => {
    const script = `"$0" "$1" train ner --config <(cat "$2") --backend cpu --epochs 1 --out "$3"`;
    const words = [process.execPath, main, config, inFolder('substituted')];
    expect(spawnSync('bash', ['-c', script, ...words]).status).toBe(0);
  });
});
