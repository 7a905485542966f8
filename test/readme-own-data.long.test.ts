import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { main } from './killed-run.js';
import { temporaryFolder } from './temporary-folder.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const readme = readFileSync(join(root, 'README.md'), 'utf8');
const [, section = ''] = /## Your own data\n([\s\S]*?)\n## /.exec(readme) ?? [];
const blocks = [...section.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, text]) => text!);

const folder = temporaryFolder('readme');
cpSync(join(root, 'examples', 'own-data'), join(folder, 'examples', 'own-data'), {
  recursive: true,
});

/** Runs a line of the README as a shell would, and gives what it prints. */
function run(line: string): string {
  const words = [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare!);
  expect(words.slice(0, 2)).toEqual(['npx', 'didyprog']);
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...words.slice(2)], {
    encoding: 'utf8',
    input: '',
    cwd: folder,
  });
  expect(stderr).not.toContain('failed');
  expect(status, stderr).toBe(0);
  return stdout;
}

describe('the README’s section on data of one’s own, word by word', () => {
  it('gets from tagged text to a tagger, a table without the paper’s columns and a report', () => {
    const [trained, scored, tagged] = blocks[0]!.trim().split('\n').map(run);
    expect(trained).toMatch(/^test +\d/m);
    expect(trained).toMatch(/^ {2}PEST +\d/m);
    expect(trained).not.toMatch(/paper|Lample/);
    expect(Number(/^development +\S+ +\S+ +(\S+)/m.exec(trained!)![1])).toBeGreaterThan(80);
    expect(scored).toContain('development, 60 sentences');
    expect(tagged).toMatch(/^No O\nspider \S+\nmite \S+\nwas O\n/);
    expect(existsSync(join(folder, 'runs', 'plants', 'report.html'))).toBe(true);
  }, 240_000);

  it('gets from parallel text to a translator, a score with its signature and a report', () => {
    const [trained, scored, translated] = blocks[1]!.trim().split('\n').map(run);
    expect(trained).toContain('it-en');
    expect(trained).not.toContain('paper');
    expect(scored).toMatch(/nrefs:1\|case:mixed\|eff:no\|tok:13a\|smooth:exp\|version:didyprog-\d/);
    expect(translated!.trim()).not.toBe('');
    expect(existsSync(join(folder, 'runs', 'garden', 'report.html'))).toBe(true);
  }, 240_000);

  it('gets from five recordings with scores to an aligner, its errors on others and a report', () => {
    const [generated, trained, , scored, aligned] = blocks[2]!.trim().split('\n').map(run);
    expect(generated).toContain('5 generated recordings');
    expect(readdirSync(join(folder, 'recordings'))).toHaveLength(15);
    expect(trained).toContain('5 recordings of one’s own, no data set that is known here');
    expect(trained).not.toContain('paper');
    // Trained end to end it is nearer than the even diagonal, which is about a second off.
    const mean = /^mean +(\S+)/m.exec(scored!)![1]!;
    expect(Number(mean)).toBeLessThan(0.1);
    // Each recording's own errors, counted from what the alignment of its file writes.
    const columnOf = (path: string, heading: string) => {
      const lines = readFileSync(join(folder, 'others', path), 'utf8')
        .trim()
        .split('\n');
      const at = lines[0]!.split(',').indexOf(heading);
      return lines.slice(1).map((line) => Number(line.split(',')[at]));
    };
    const found = columnOf('synthetic-01.onsets.csv', 'onset_seconds');
    const truth = columnOf('synthetic-01.csv', 'onset_seconds');
    const off = found.map((seconds, at) => Math.abs(seconds - truth[at]!)).slice(1);
    const deviation = off.reduce((sum, seconds) => sum + seconds, 0) / off.length;
    const said = /^synthetic-01 +(\S+)/m.exec(scored!)![1]!;
    expect(Math.abs(Number(said) - deviation)).toBeLessThan(0.0015);
    expect(aligned).toContain('40 score events aligned');
    expect(existsSync(join(folder, 'runs', 'recordings', 'report.html'))).toBe(true);
  }, 240_000);
});
