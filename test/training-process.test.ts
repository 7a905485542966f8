import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';

const module = new URL('../dist/runner/training/training-process.js', import.meta.url).href;
const glibc =
  process.platform === 'linux' &&
  'glibcVersionRuntime' in (process.report!.getReport() as { header: object }).header;
const variables = ['MALLOC_TRIM_THRESHOLD_', 'MALLOC_MMAP_THRESHOLD_'];

/** What a script prints that sees the module as `kept`. */
function printed(script: string, environment: Record<string, string> = {}): string[] {
  // Whoever runs this may have set them, as the README says.
  const unset = Object.fromEntries(variables.map((name) => [name, undefined]));
  const env = { ...process.env, ...unset, ...environment };
  const source = `const kept = await import('${module}'); ${script}`;
  const words = ['--input-type=module', '--eval', source, 'one', 'two words'];
  const { stdout, stderr } = spawnSync(process.execPath, words, { encoding: 'utf8', env });
  expect(stderr).toBe('');
  return stdout.trim().split('\n');
}

describe('a process that trains', () => {
  it('has set what glibc reads at its start, and nothing where there is no glibc', () => {
    const [line] = printed('console.log(JSON.stringify(Object.keys(kept.keptMemory())))');
    expect(JSON.parse(line!)).toEqual(glibc ? variables : []);
  });

  it('collects without helper threads only where others have the rest of the threads', () => {
    const lines = printed('for (const n of [1, 2, 8]) console.log(kept.collectorFlags(n).join())');
    const node = !('bun' in process.versions) && !('deno' in process.versions);
    expect(lines).toEqual(node ? ['--single-threaded-gc'] : ['']);
  });

  it('leaves alone what the user has set', () => {
    const [line] = printed('console.log(JSON.stringify(kept.keptMemory()))', {
      MALLOC_TRIM_THRESHOLD_: '1000000',
    });
    expect(line).toBe('{}');
  });

  it('starts over once as the same process, with the same arguments', () => {
    const lines = printed(
      `const { pid, argv, env } = process;
      console.log(JSON.stringify([pid, argv.slice(1), env.MALLOC_TRIM_THRESHOLD_ ?? 'unset']));
      kept.restartToTrain();
      console.log('goes on');`,
    );
    const restarts = glibc && 'execve' in process;
    expect(lines).toHaveLength(restarts ? 3 : 2);
    expect(lines.at(-1)).toBe('goes on');
    const [first, second] = lines.slice(0, -1).map((line) => JSON.parse(line) as unknown[]);
    expect(first!.slice(1)).toEqual([['one', 'two words'], 'unset']);
    if (restarts) expect(second).toEqual([first![0], first![1], String(2 ** 32 - 1)]);
  });
});
