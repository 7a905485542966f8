import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';

const module = new URL('../dist/runner/kept-memory.js', import.meta.url).href;
const glibc =
  process.platform === 'linux' &&
  'glibcVersionRuntime' in (process.report!.getReport() as { header: object }).header;
const variables = ['MALLOC_TRIM_THRESHOLD_', 'MALLOC_MMAP_THRESHOLD_'];

/** What a script prints that sees the module as `kept`. */
function printed(script: string, environment: Record<string, string> = {}): string[] {
  const env = { ...process.env, ...environment };
  const source = `const kept = await import('${module}'); ${script}`;
  const words = ['--input-type=module', '--eval', source, 'one', 'two words'];
  const { stdout, stderr } = spawnSync(process.execPath, words, { encoding: 'utf8', env });
  expect(stderr).toBe('');
  return stdout.trim().split('\n');
}

describe('kept memory', () => {
  it('sets what glibc reads at its start, and nothing where there is no glibc', () => {
    const [line] = printed('console.log(JSON.stringify(Object.keys(kept.keptMemory())))');
    expect(JSON.parse(line!)).toEqual(glibc ? variables : []);
  });

  it('leaves alone what the user has set', () => {
    const [line] = printed('console.log(JSON.stringify(kept.keptMemory()))', {
      MALLOC_TRIM_THRESHOLD_: '1000000',
    });
    expect(line).toBe('{}');
  });

  it('starts over once as the same process, with the same arguments', () => {
    const lines = printed(
      `console.log(process.pid, process.argv.slice(1).join('|'), process.env.MALLOC_TRIM_THRESHOLD_);
      kept.restartWithKeptMemory();
      console.log('goes on');`,
    );
    const restarts = glibc && 'execve' in process;
    expect(lines).toHaveLength(restarts ? 3 : 2);
    expect(lines.at(-1)).toBe('goes on');
    const [pid, words] = lines[0]!.split(' ');
    if (restarts) expect(lines[1]).toBe(`${pid} ${words} words ${2 ** 32 - 1}`);
    expect(lines[0]).toBe(`${pid} one|two words undefined`);
  });
});
