import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { main } from './killed-run.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const readme = readFileSync(join(root, 'README.md'), 'utf8');
const [, section = ''] = /## Your own data\n([\s\S]*?)\n## /.exec(readme) ?? [];
const blocks = [...section.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, text]) => text!);

const folder = mkdtempSync(join(tmpdir(), 'didyprog-readme-'));
cpSync(join(root, 'examples', 'own-data'), join(folder, 'examples', 'own-data'), {
  recursive: true,
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
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
});
