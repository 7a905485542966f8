import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { slurmSchema } from './definition.js';
import { arrayScript } from './slurm.js';
import { SweepDirectory } from './sweep-directory.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'didyprog-slurm-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const settings = slurmSchema.parse({
  time: '2:00:00',
  memory: '4G',
  cpus: 3,
  setup: ['umask 077'],
});

async function directory() {
  const definition = {
    ...{ name: 'test', experiment: 'none', set: {}, grid: {}, exclude: [], include: [] },
    slurm: settings,
  };
  const cells = ['a=1', 'a=2'].map((name) => ({ name, values: {}, config: {} }));
  return SweepDirectory.create(
    join(folder, 'sweep'),
    { definition, cells },
    {
      dataFolder: 'data',
      command: 'didyprog sweep test.yaml',
    },
  );
}

/** Puts a program of the given name before the real one. */
function stub(name: string, script: string) {
  writeFileSync(join(folder, name), `#!/usr/bin/env bash\n${script}\n`);
  chmodSync(join(folder, name), 0o755);
}

/** A cell that says it has begun, and on SIGTERM saves and exits with 143. */
const cellProgram = `
process.on('SIGTERM', () => { console.log('saved'); process.exit(143); });
setInterval(() => {}, 1000);
console.log('begun ' + process.argv[1] + ' with ' + process.env.DIDYPROG_THREADS);
`;

/** Runs task 1 of the array under bash, sends it `signal` once the cell has begun. */
async function runTask(signal: NodeJS.Signals, state: string, program = cellProgram) {
  stub('squeue', `echo ${state}`);
  stub('scontrol', `echo "$@" > ${join(folder, 'requeued')}`);
  const script = join(folder, 'array.sh');
  const command = (cell: string) => [process.execPath, '-e', program, cell];
  writeFileSync(script, arrayScript(await directory(), ['a=1', 'a=2'], settings, command));
  const child = spawn('bash', [script], {
    env: {
      PATH: `${folder}${delimiter}${process.env['PATH']}`,
      ...{ SLURM_ARRAY_JOB_ID: '7', SLURM_ARRAY_TASK_ID: '1', SLURM_CPUS_PER_TASK: '3' },
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (data: Buffer) => {
    output += data.toString();
    if (data.toString().includes('begun')) child.kill(signal);
  });
  const [code] = (await once(child, 'close')) as [number];
  const requeued = join(folder, 'requeued');
  return { code, output, requeued: existsSync(requeued) ? readFileSync(requeued, 'utf8') : '' };
}

describe('the batch script of a sweep', () => {
  it('asks Slurm for what the settings say', async () => {
    const script = arrayScript(await directory(), ['a=1', 'a=2'], settings, () => ["it's"]);
    for (const option of [
      ...['--array=0-1', '--requeue', '--time=2:00:00', '--mem=4G', '--cpus-per-task=3'],
      ...['--signal=B:USR1@120', '--open-mode=append'],
    ]) {
      expect(script).toContain(`#SBATCH ${option}\n`);
    }
    expect(script).toContain('umask 077\n');
    expect(script).toContain(`--output="${join(folder, 'sweep', 'logs')}/slurm-%A_%a.log"\n`);
    expect(script).toContain(`0) set -- 'it'\\''s' ;;`);
  });

  it.each(['SIGUSR1', 'SIGTERM'] as const)(
    'on %s has the cell save and requeues',
    async (signal) => {
      const { code, output, requeued } = await runTask(signal, 'RUNNING');
      expect(output).toBe('begun a=2 with 3\nsaved\n');
      expect(requeued).toBe('requeue 7_1\n');
      expect(code).toBe(143);
    },
  );

  it('has the signal written down that ended a cell unasked', async () => {
    const killed = `
const at = process.argv.indexOf('--ended-by');
if (at < 0) process.kill(process.pid, 'SIGKILL');
console.log(process.argv[1] + ' ended by ' + process.argv[at + 1]);
`;
    const { code, output, requeued } = await runTask('SIGTERM', 'RUNNING', killed);
    expect(output).toBe('a=2 ended by 9\n');
    expect(code).toBe(137);
    expect(requeued).toBe('');
  });

  it('does not requeue a job that is being cancelled', async () => {
    const { output, requeued } = await runTask('SIGTERM', 'COMPLETING');
    expect(output).toContain('saved');
    expect(requeued).toBe('');
  });
});
