import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, vi } from 'vitest';
import { commandLine } from './command-line-here.js';
import { temporaryFolder } from './temporary-folder.js';

// Each test starts the program several times, which a busy machine is slow at.
vi.setConfig({ testTimeout: 180_000 });

const main = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));
const folder = temporaryFolder('help');

const run = (args: readonly string[]) => commandLine(folder, args);

function started(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, ...env },
  });
  return { status, stdout, stderr };
}

const helpOf = async (path: readonly string[]) => (await run([...path, '--help'])).stdout;

/** Every command with its help, found as a reader would: by the lists of commands. */
async function allHelp(path: readonly string[] = []): Promise<{ path: string; help: string }[]> {
  const help = await helpOf(path);
  const list = /\nCommands:\n((?: .*\n)+)/.exec(help)?.[1] ?? '';
  const names = [...list.matchAll(/^ {2}([\w-]+)/gm)].map(([, name]) => name!);
  const found = [{ path: path.join(' '), help }];
  for (const name of names) if (name !== 'help') found.push(...(await allHelp([...path, name])));
  return found;
}

describe('help', () => {
  it('has an example for every command, and says that --quiet is there', async () => {
    const commands = await allHelp();
    expect(commands.length).toBeGreaterThan(10);
    for (const { path, help } of commands) {
      expect(help, path).toMatch(new RegExp(`\\nExamples?:\\n(.*\\n)*?.*didyprog ${path}`));
      expect(help, path).toContain('--quiet');
    }
  });

  it('of a command below another has its own options, and those above are refused', async () => {
    const status = await helpOf(['sweep', 'status']);
    expect(status).toContain('--json');
    expect(status).not.toContain('--dry-run');
    expect(await run(['sweep', 'status', 'x', '--dry-run'])).toMatchObject({
      status: 2,
      stderr: '--dry-run: an option of sweep, which sweep status does not take\n',
    });
    expect((await run(['runs', '--sort', 'seed', 'compare', 'x', 'y'])).stderr).toContain(
      '--sort: an option of runs, which runs compare does not take',
    );
    expect(await run(['sweep', 'status', 'x', '--json'])).toMatchObject({ status: 3 });
  });

  it('suggests the near option and the near command', async () => {
    expect(await run(['align', 'bach10', '--omgea', 'l2'])).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('Did you mean --omega?') as string,
    });
    expect((await run(['runs', '--jsn'])).stderr).toContain('Did you mean --json?');
    expect((await run(['runs', 'compar', 'a', 'b'])).status).toBe(2);
    expect((await run(['reprot'])).stderr).toContain('Did you mean report?');
  });

  it('of names behind help is that of the last, and what is no command is named', async () => {
    for (const words of [
      ['help', 'config', 'show'],
      ['config', 'help', 'show'],
    ]) {
      expect((await run(words)).stdout).toMatch(/^Usage: didyprog config show /);
    }
    expect(await run(['help', 'train', 'nre'])).toMatchObject({
      status: 2,
      stdout: '',
      stderr: 'help: nre is no command of train; did you mean ner?\n',
    });
    // Here it is the value of an option.
    expect((await run(['sweep', '--out', 'help', 'none.yaml'])).stderr).toContain(
      'none.yaml: there',
    );
  });
});

describe('output', () => {
  it('has no colour codes when NO_COLOR is set, and none where there is no terminal', () => {
    for (const env of [{ NO_COLOR: '1' }, { FORCE_COLOR: undefined }]) {
      const { stdout, stderr } = started(['doctor'], env);
      // oxlint-disable-next-line no-control-regex
      expect(stdout + stderr).not.toMatch(/\x1b/);
    }
  });

  it('is the result alone with --quiet, wherever that stands', () => {
    const path = join(folder, 'runs', 'one');
    mkdirSync(path, { recursive: true });
    writeFileSync(join(path, 'config.yaml'), 'name: one\n');
    writeFileSync(join(path, 'run.log'), '');
    const small = [
      'data.pieces=3',
      'data.events=10',
      'features.windowSeconds=0.25',
      'features.hopSeconds=0.2',
      'frameWise.iterations=5',
      'endToEnd.0.epochs=1',
    ];
    const flags = ['align', 'synthetic', '--folds', '1', '--json'];
    flags.push(...small.flatMap((setting) => ['--set', setting]));
    const quiet = started(['--quiet', ...flags, '--out', 'quiet']);
    expect(quiet).toMatchObject({ status: 0, stderr: '' });
    expect(JSON.parse(quiet.stdout)).toHaveLength(1);
    expect(started(['runs', '-q', '--json'])).toMatchObject({ status: 0, stderr: '' });
  });

  it('lists and compares runs, and reports them, as JSON for a script', async () => {
    const json = async (...args: string[]) =>
      JSON.parse((await run([...args, '--json'])).stdout) as never;
    expect(await json('runs')).toMatchObject([{ path: 'runs/one', state: 'stopped' }]);
    expect(await json('runs', 'compare', 'runs/one', 'quiet')).toMatchObject({ a: 'runs/one' });
    expect(await json('report', 'runs/one')).toEqual({ report: 'runs/one/report.html' });
    // Outside a clone pages are no files of the program.
    expect((await run(['results', 'quiet'])).stdout).toMatch(
      /^align-synthetic: rebuilt from its runs: results\/align-synthetic\.md\n$/,
    );
    expect(await json('results', 'quiet', '--folder', 'pages')).toMatchObject([
      { state: 'rebuilt' },
    ]);
    expect(await json('results', '--check', '--folder', 'pages')).toMatchObject([
      { state: 'agrees' },
    ]);
    expect(await json('figure', 'dag')).toEqual({ figure: 'dag.svg' });
  });

  it('is an error of ours for what is no run directory', async () => {
    for (const args of [
      ['report', 'nowhere'],
      ['runs', 'nowhere'],
      ['runs', 'compare', '.', 'quiet'],
      ['results', 'nowhere', '--folder', 'pages'],
    ]) {
      const { status, stderr } = await run(args);
      expect(status, args.join(' ')).toBe(3);
      expect(stderr).not.toMatch(/\n\s+at /);
    }
  });
});

/** The script of each shell, printed once. */
const completions = new Map<string, string>();
function completionOf(shell: string): string {
  const script = completions.get(shell) ?? started(['completion', shell]).stdout;
  completions.set(shell, script);
  return script;
}

const has = (shell: string) => spawnSync(shell, ['-c', 'exit 0']).status === 0;

describe.skipIf(!has('bash'))(
  `completion in bash${has('bash') ? '' : ' (skipped: no bash)'}`,
  () => {
    /** What Tab offers after these words; the last one is what has been typed of the next. */
    function offered(...words: string[]): string[] {
      const script = `${completionOf('bash')}
      COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _didyprog; printf '%s\\n' "\${COMPREPLY[@]}"`;
      const { stdout, stderr } = spawnSync('bash', ['-c', script, 'bash', 'didyprog', ...words], {
        encoding: 'utf8',
        env: { ...process.env, NODE: process.execPath, MAIN: main },
      });
      expect(stderr).toBe('');
      return stdout.split('\n').filter(Boolean);
    }

    it('offers commands, their options, and values', () => {
      expect(offered('al')).toEqual(['align']);
      expect(offered('align', '')).toEqual(expect.arrayContaining(['bach10', 'synthetic', 'file']));
      expect(offered('align', 'bach10', '--om')).toEqual(['--omega']);
      expect(offered('align', 'bach10', '--omega', '')).toEqual(['negentropy', 'l2', 'entmax15']);
      expect(offered('align', 'bach10', '--omega', 'l2', '--qu')).toEqual(['--quiet']);
      expect(offered('completion', '')).toEqual(['bash', 'zsh', 'fish']);
      // Files are the shell's own to complete.
      expect(offered('align', 'bach10', '--out', '')).toEqual([]);
    });
  },
);

describe.skipIf(!has('zsh'))(`completion in zsh${has('zsh') ? '' : ' (skipped: no zsh)'}`, () => {
  it.each(['autoload -U compinit && compinit -u -d "$DUMP"\n', ''])(
    'works where its own completion has been started, and where not: %j',
    (start) => {
      const script = `${start}${completionOf('zsh')}\nprint -r -- $_comps[didyprog]`;
      const env = { ...process.env, DUMP: join(folder, 'zdump'), HOME: folder, ZDOTDIR: folder };
      const { stdout, stderr } = spawnSync('zsh', ['-fc', script], { encoding: 'utf8', env });
      expect(stderr).toBe('');
      expect(stdout).toContain('_bash_complete');
    },
  );
});

describe.skipIf(!has('fish'))(
  `completion in fish${has('fish') ? '' : ' (skipped: no fish)'}`,
  () => {
    it('offers commands, options and values', () => {
      const offered = (line: string) => {
        const script = `${completionOf('fish')}\ncomplete -C "${line}"`;
        const env = { ...process.env, HOME: folder };
        const { stdout } = spawnSync('fish', ['-N', '-c', script], { encoding: 'utf8', env });
        return stdout.split('\n').map((entry) => entry.split('\t')[0]!);
      };
      expect(offered('didyprog al')).toContain('align');
      expect(offered('didyprog align bach10 --om')).toContain('--omega');
      expect(offered('didyprog align bach10 --omega ')).toEqual(
        expect.arrayContaining(['negentropy', 'l2']),
      );
    });
  },
);
