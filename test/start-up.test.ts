// What a command loads before it has work for it: TensorFlow.js takes a second, a help text may not.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { preProcessFile } from 'typescript';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
/** Of what takes long to load: TensorFlow.js, the drawing libraries, the kernels. */
const heavy = /@tensorflow|@observablehq|linkedom|kernels\/binaries/;

describe('the files of src/cli', () => {
  const source = (file: string) => readFileSync(join(root, 'src', file), 'utf8');

  /** What a file imports, but for types and for what it loads when it is called. */
  const importsOf = (file: string) => {
    const code = source(file)
      .replaceAll('import(', 'load(')
      .replace(/^(import|export) type [^;]*;/gm, '');
    return preProcessFile(code).importedFiles.map(({ fileName }) =>
      fileName.startsWith('.') ? posix.join(posix.dirname(file), fileName) : fileName,
    );
  };

  /** All that comes with a file, each with the file that imports it. */
  const reachedFrom = (first: string) => {
    const importers = new Map([[first, '']]);
    for (const file of importers.keys()) {
      const path = file.replace(/\.js$/, '.ts');
      if (!existsSync(join(root, 'src', path))) continue;
      for (const one of importsOf(path)) if (!importers.has(one)) importers.set(one, file);
    }
    return importers;
  };

  const longIn = (file: string) => [...reachedFrom(file)].filter(([path]) => heavy.test(path));

  it('load nothing of what takes long', () => {
    const files = readdirSync(join(root, 'src/cli')).filter((file) => !file.endsWith('.test.ts'));
    expect(files).toContain('main.ts');
    expect(files.flatMap((file) => longIn(`cli/${file}`))).toEqual([]);
    // What does load it is found.
    expect(longIn('engine/doctor.ts')).toContainEqual(['@tensorflow/tfjs', 'engine/doctor.ts']);
  });
});

describe('the command line', () => {
  /** Runs a command; the exit code, and the modules that were loaded for it. */
  const loadedBy = (...words: string[]) => {
    const folder = mkdtempSync(join(tmpdir(), 'didyprog-start-'));
    const list = join(folder, 'modules');
    const hooks = `import { appendFileSync } from 'node:fs';
      export async function load(url, context, next) {
        appendFileSync(${JSON.stringify(list)}, url + '\\n');
        return next(url, context);
      }`;
    const register = `import { register } from 'node:module'; register(${JSON.stringify(dataUrl(hooks))});`;
    try {
      const main = join(root, 'dist/cli/main.js');
      const { status } = spawnSync(
        process.execPath,
        ['--import', dataUrl(register), main, ...words],
        { cwd: folder, encoding: 'utf8' },
      );
      return { status, modules: readFileSync(list, 'utf8').trim().split('\n') };
    } finally {
      rmSync(folder, { recursive: true });
    }
  };
  const dataUrl = (code: string) => `data:text/javascript,${encodeURIComponent(code)}`;

  it.each([
    ['--help', 0],
    ['train ner --lang es --data none', 3],
    ['tag none word', 3],
    ['translate none word', 3],
  ])('%s waits for neither an engine nor a drawing library', (line, status) => {
    const loaded = loadedBy(...line.split(' '));
    expect(loaded.status).toBe(status);
    expect(loaded.modules.length).toBeGreaterThan(5);
    expect(loaded.modules.filter((url) => heavy.test(url) && !url.includes('binaries'))).toEqual(
      [],
    );
  });
});
