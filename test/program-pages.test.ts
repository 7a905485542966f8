import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import * as core from '../src/index.js';
import * as layers from '../src/layers/index.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const pageFolder = `${root}docs/programs/`;
const pages = readdirSync(pageFolder).map((file) => ({
  file,
  text: readFileSync(pageFolder + file, 'utf8'),
}));

/** What a page's code prints, and what its comments say that it prints. */
function runSnippet(text: string) {
  const code = [...text.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, own]) => own!).join('\n');
  const options = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 };
  const { outputText } = ts.transpileModule(code, { compilerOptions: options });
  const { stdout, stderr } = spawnSync(
    process.execPath,
    ['--input-type=module', '-e', outputText],
    { cwd: root, encoding: 'utf8' },
  );
  // An expected output ends at a colon, behind which stands why.
  const expected = [...code.matchAll(/^console\.log\([\s\S]*?\); \/\/ ([^:\n]*)/gm)];
  return {
    printed: stdout.trimEnd().split('\n'),
    stderr,
    expected: expected.map(([, own]) => own),
  };
}

describe('the pages of the programs', () => {
  it.each(pages.filter(({ text }) => text.includes('```ts')))(
    '$file prints what its comments say',
    ({ text }) => {
      const { printed, stderr, expected } = runSnippet(text);
      expect(stderr).toBe('');
      expect(expected.length).toBeGreaterThan(0);
      expect(printed).toEqual(expected);
    },
  );

  it.each(pages)('$file links only to what is there', ({ text }) => {
    for (const [, target] of text.matchAll(/\]\((?!https?:)([^)#]+)\)/g)) {
      expect(existsSync(pageFolder + target), target).toBe(true);
    }
  });

  it.each(pages)('$file ends every formula that it begins', ({ text }) => {
    expect(text.match(/\$\$/g)?.length ?? 0).toSatisfy((count: number) => count % 2 === 0);
  });

  it('name only what the package exports', () => {
    const exported = new Set([...Object.keys(core), ...Object.keys(layers)]);
    const { text } = pages.find(({ file }) => file === 'names.md')!;
    // The last column of each table is ours; its first word in code is an export.
    const rows = text.split('\n').filter((line) => line.startsWith('| `'));
    expect(rows.length).toBeGreaterThan(20);
    for (const row of rows) {
      const name = /^`(?:new )?(\w+)/.exec(row.split(' | ').at(-1)!)?.[1];
      expect(exported.has(name!), row).toBe(true);
    }
  });
});
