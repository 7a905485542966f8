import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
const library = readFileSync(new URL('../docs/library.md', import.meta.url), 'utf8');
const examples = [...`${readme}${library}`.matchAll(/```ts\n([\s\S]*?)```/g)].map(
  ([, code]) => code!,
);

/** Runs code as a module of this package, which its exports resolve by its own name. */
function runModule(code: string) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--input-type=module', '-e', code],
    { cwd: root, encoding: 'utf8' },
  );
  return { status, stdout, stderr };
}

describe('the README and the page of the library', () => {
  it.each(examples.map((code, index) => ({ code, index })))(
    'example $index runs as it stands',
    ({ code }) => {
      const { status, stderr } = runModule(code);
      expect(stderr).toBe('');
      expect(status).toBe(0);
    },
  );

  it('shows what its library example says', () => {
    const { stdout, stderr } = runModule(
      `${examples[0]}
console.log(JSON.stringify({ value, argmax: [...argmax], best: best.length,
  moved: expected.gradient.reduce((a, b) => a + b, 0),
  rows: alignment.gradient.length, walk: [...walk[0]] }));`,
    );
    expect(stderr).toBe('');
    const shown = JSON.parse(stdout) as Record<string, unknown>;
    // x = (1, 2, 0): p = (0, 1, 0), so max_Ω = 2 − ½.
    expect(shown).toMatchObject({ value: 1.5, argmax: [0, 1, 0], best: 3, rows: 12 });
    expect(shown['moved']).toBeCloseTo(3, 10);
  });

  it('knows every benchmark by its word, and no other', () => {
    const [, speed] = library.split('## Speed');
    const rows = [...speed!.matchAll(/^\| (`[^|]*`) *\|/gm)].map(([, words]) => words!);
    const told = rows.flatMap((words) => [...words.matchAll(/`([^`]+)`/g)].map(([, one]) => one));
    const there = readdirSync(`${root}bench`).flatMap(
      (file) => /^(.*)\.bench\.ts$/.exec(file)?.[1] ?? [],
    );
    expect(told.sort()).toEqual(there.sort());
  });

  it('links only to what is there', () => {
    for (const [folder, page] of [
      ['', 'README.md'],
      ['', 'CONTRIBUTING.md'],
      ['docs/', 'docs/library.md'],
      ['docs/', 'docs/command-line.md'],
    ] as const) {
      const text = readFileSync(root + page, 'utf8');
      for (const [, target] of text.matchAll(/\]\((?!https?:)([^)#]+)\)/g)) {
        expect(existsSync(`${root}${folder}${target}`), `${target} in ${page}`).toBe(true);
      }
    }
  });
});

describe('the package', () => {
  it('has a root without TensorFlow.js or Node built-ins', () => {
    const seen = new Set<string>();
    const visit = (url: URL) => {
      if (seen.has(url.href)) return;
      seen.add(url.href);
      const source = readFileSync(url, 'utf8');
      for (const [, specifier] of source.matchAll(/^(?! \*).* from '([^']+)'/gm)) {
        if (specifier!.startsWith('.')) visit(new URL(specifier!, url));
        else expect(['fft.js'], `${specifier} in ${url.pathname}`).toContain(specifier);
      }
    };
    visit(new URL('../dist/index.js', import.meta.url));
    expect(seen.size).toBeGreaterThan(10);
  });

  it('has a lockfile and sources that name no package registry', () => {
    const lock = readFileSync(new URL('../package-lock.json', import.meta.url), 'utf8');
    expect(lock).not.toContain('"resolved"');
  });
});
