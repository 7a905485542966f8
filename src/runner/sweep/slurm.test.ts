import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkTimeLimit, slurmSchema } from './definition.js';
import { arrayScript, submitArrays, submittedJobs, type SlurmJob } from './slurm.js';
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

async function directory(name = 'sweep') {
  const definition = {
    ...{ name: 'test', experiment: 'none', set: {}, grid: {}, exclude: [], include: [] },
    slurm: settings,
  };
  const cells = ['a=1', 'a=2'].map((name) => ({ name, values: {}, config: {} }));
  return SweepDirectory.create(
    join(folder, name),
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
  const target = await directory("odd %A it's\n\\");
  writeFileSync(script, arrayScript(target, ['a=1', 'a=2'], settings, command));
  const child = spawn('bash', [script], {
    env: {
      PATH: `${folder}${delimiter}${process.env['PATH']}`,
      ...{ SLURM_ARRAY_JOB_ID: '7', SLURM_ARRAY_TASK_ID: '1', SLURM_CPUS_PER_TASK: '3' },
    },
    stdio: 'inherit',
  });
  const ended = once(child, 'close') as Promise<[number]>;
  const log = join(target.path, 'logs', 'slurm-7_1.log');
  const written = () => (existsSync(log) ? readFileSync(log, 'utf8') : '');
  while (child.exitCode === null && !written().includes('begun')) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  child.kill(signal);
  const [code] = await ended;
  // What bash itself says of a killed cell names the script's line.
  const output = written().replace(/^.*Killed.*\n/m, '');
  const requeued = join(folder, 'requeued');
  return { code, output, requeued: existsSync(requeued) ? readFileSync(requeued, 'utf8') : '' };
}

describe('the batch script of a sweep', () => {
  it('runs the setup, and the cell of its task with every word as it is', async () => {
    const script = arrayScript(await directory(), ['a=1', 'a=2'], settings, () => ["it's", 'a\nb']);
    expect(script).toContain('umask 077\n');
    expect(script).toContain(`0) set -- 'it'\\''s' $'a\\012b' ;;`);
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

describe('the submission of a sweep', () => {
  /** Submits cells to a stub of Slurm; what its sbatch was called with, a call an entry. */
  async function submitted(
    cells: readonly string[],
    more: object,
    { sweep = 'sweep', partitions = '' } = {},
  ) {
    const args = join(folder, 'sbatch-');
    stub(
      'scontrol',
      `case $2 in config) echo "MaxArraySize            = 3" ;; *) cat <<'END'\n${partitions}\nEND\nesac`,
    );
    stub(
      'sbatch',
      `n=$(ls ${folder} | grep -c sbatch-); printf '%s\\0' "$@" > ${args}$n; echo $((n + 10))`,
    );
    const before = process.env['PATH'];
    process.env['PATH'] = `${folder}${delimiter}${before}`;
    try {
      const target = await directory(sweep);
      const jobs: SlurmJob[] = [];
      const command = (cell: string) => ['run', cell];
      await submitArrays(target, cells, { ...settings, ...more }, command, (job) => jobs.push(job));
      const names = readdirSync(folder).filter((name) => name.startsWith('sbatch-'));
      const calls = names.map((name) => readFileSync(join(folder, name), 'utf8').split('\0'));
      return { jobs, calls, known: await submittedJobs(target) };
    } finally {
      process.env['PATH'] = before;
    }
  }

  it('asks Slurm for what the settings say, whatever is in the path', async () => {
    const name = 'odd %j "quotes"\nnew \\line';
    const { calls } = await submitted(['a=1', 'a=2'], { partition: 'main' }, { sweep: name });
    expect(calls[0]).toEqual([
      ...['--parsable', '--job-name=test', '--array=0-1', '--requeue', '--open-mode=append'],
      ...['--signal=B:USR1@120', '--chdir=/', '--output=/dev/null', '--ntasks=1'],
      ...['--cpus-per-task=3', '--partition=main', '--time=2:00:00', '--mem=4G'],
      expect.stringContaining(join(folder, name, 'slurm', 'array-')) as string,
      '',
    ]);
    const script = readFileSync(calls[0]!.at(-2)!, 'utf8');
    expect(script).not.toContain('#SBATCH');
  });

  it('makes as many arrays as the cluster’s limit asks for, and knows the cells of each', async () => {
    const cells = Array.from({ length: 7 }, (_, i) => `a=${i}`);
    const { calls, jobs, known } = await submitted(cells, {});
    expect(calls.map((words) => words[2])).toEqual(['--array=0-2', '--array=0-2', '--array=0-0']);
    expect(jobs.flatMap((job) => job.cells)).toEqual(cells);
    expect(known).toEqual(jobs);
    expect(calls.flat().join()).not.toContain('dependency');
  });

  it('keeps to so many cells at a time by one array after the other', async () => {
    const cells = ['a=0', 'a=1', 'a=2', 'a=3'];
    const { calls } = await submitted(cells, { atOnce: 2 });
    expect(calls.map((words) => words[2])).toEqual(['--array=0-2%2', '--array=0-0%2']);
    expect(calls[0]!.join()).not.toContain('dependency');
    expect(calls[1]).toContain('--dependency=afterany:10');
  });

  it('is refused where no time is asked for and the partition’s own leaves none to work', async () => {
    const partitions = [
      'PartitionName=short Default=YES DefaultTime=00:03:00 MaxTime=1-00:00:00',
      'PartitionName=strict Default=NO DefaultTime=NONE MaxTime=00:02:00',
      'PartitionName=long Default=NO DefaultTime=NONE MaxTime=UNLIMITED',
      'PartitionName=days Default=NO DefaultTime=2-00:00:00 MaxTime=UNLIMITED',
    ].join('\n');
    const attempt = (more: object) =>
      submitted(['a=1'], { time: undefined, ...more }, { partitions });
    await expect(attempt({})).rejects.toThrow(
      /time limit 00:03:00 of the partition short leaves no time .* 4 minutes: ask for more by --time/,
    );
    await expect(attempt({ partition: 'strict' })).rejects.toThrow(
      '00:02:00 of the partition strict',
    );
    await expect(attempt({ partition: 'long,strict' })).rejects.toThrow('of the partition strict');
    expect(existsSync(join(folder, 'sweep', 'slurm'))).toBe(false);
    for (const more of [{ partition: 'long' }, { partition: 'days' }, { time: '10' }]) {
      expect((await attempt(more)).calls.at(-1)).toContain('--requeue');
    }
  });

  it('is refused where the time limit leaves no time to work, or a value is none', () => {
    const limit =
      (time: string, warningSeconds = 120) =>
      () =>
        checkTimeLimit({ ...settings, time, warningSeconds });
    for (const time of ['1', '3', '2:30', '0:03:59', '0-0', '0-0:3']) {
      expect(limit(time), time).toThrow('leaves no time to work');
    }
    for (const time of ['4', '4:00', '0:04:00', '1-0', '0-1', '1-2:3:4']) {
      expect(limit(time), time).not.toThrow();
    }
    expect(limit('10', 600)).toThrow('at least 12 minutes');
    for (const partition of ['a\nrm -rf x', '$(id)', '', 'a b']) {
      expect(slurmSchema.safeParse({ partition }).success, partition).toBe(false);
    }
  });
});
