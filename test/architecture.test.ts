import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { preProcessFile } from 'typescript';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const page = readFileSync(`${root}docs/architecture.md`, 'utf8');

describe('docs/architecture.md', () => {
  it('has a paragraph for every room of src/, and for no other', () => {
    const rooms = readdirSync(`${root}src`, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name);
    const described = [...page.matchAll(/^\*\*`src\/([^/`]+)\/`\*\*/gm)].map(([, name]) => name);
    expect(described.sort()).toEqual(rooms.sort());
  });

  it('names and links only what is there', () => {
    const named = [...page.matchAll(/`((?:src|test)\/[^`]+)`/g)].map(([, path]) => path!);
    expect(named.length).toBeGreaterThan(15);
    const linked = [...page.matchAll(/\]\(([^)#]+)\)/g)].map(([, target]) => `docs/${target}`);
    for (const path of [...named, ...linked]) expect(existsSync(root + path), path).toBe(true);
  });
});

describe('the other pages', () => {
  const pages = [
    ...['README.md', 'CONTRIBUTING.md', 'models/README.md', 'examples/README.md'],
    ...readdirSync(`${root}docs`, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.md'))
      .map((file) => `docs/${file.replaceAll('\\', '/')}`),
  ];
  const text = (page: string) => readFileSync(root + page, 'utf8');
  /** As a heading's address is made of it. */
  const anchor = (heading: string) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}_ -]/gu, '')
      .replaceAll(' ', '-');

  it.each(pages)('%s names and links only what is there', (name) => {
    const named = text(name).matchAll(/`((?:src|test|bench|docs|configs|data-scripts)\/[^`\s]+)`/g);
    const paths = [...named].map(([, path]) => path!).filter((path) => !path.includes('NAME'));
    const isThere = (path: string) => existsSync(root + path.replace(/[^/]*\*.*/, ''));
    expect(paths.filter((path) => !isThere(path))).toEqual([]);

    for (const [, link] of text(name).matchAll(/\]\((?!https?:)([^)]+)\)/g)) {
      const [path = '', heading] = link!.split('#');
      const target = path === '' ? name : posix.join(posix.dirname(name), path);
      expect(existsSync(root + target), link).toBe(true);
      if (heading === undefined) continue;
      const headings = [...text(target).matchAll(/^#+ (.*)$/gm)].map(([, one]) => anchor(one!));
      expect(headings, link).toContain(heading);
    }
  });
});

describe('src/', () => {
  const folder = `${root}src`;
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((file) => file.replaceAll('\\', '/'))
    .filter((file) => /\.tsx?$/.test(file) && !/\.test\.ts$|assembly\//.test(file));

  /** The files that a file imports, of types and when it is called too. */
  const importsOf = (file: string) =>
    preProcessFile(readFileSync(join(folder, file), 'utf8'))
      .importedFiles.filter(({ fileName }) => fileName.startsWith('.'))
      .map(({ fileName }) => posix.join(posix.dirname(file), fileName.replace(/\.js$/, '.ts')));

  it('has no import cycle, neither of types nor of what is loaded when it is called', () => {
    const imports = new Map(files.map((file) => [file, importsOf(file)]));
    expect(imports.size).toBeGreaterThan(200);
    // What imports only what is known to be free of cycles is free of them.
    const free = new Set<string>();
    for (let before = -1; before < free.size;) {
      before = free.size;
      for (const [file, found] of imports) {
        if (found.every((one) => free.has(one) || !imports.has(one))) free.add(file);
      }
    }
    expect(files.filter((file) => !free.has(file))).toEqual([]);
  });

  it('imports in the library what a bundler can read: no name that is computed', () => {
    const library = /^(?:dp|engine|features|kernels|layers|metrics)\//;
    const computed = files
      .filter((file) => library.test(file))
      .filter((file) => /\bimport\((?!')/.test(readFileSync(join(folder, file), 'utf8')));
    expect(computed).toEqual([]);
  });

  it('has only rooms whose imports the linter knows', () => {
    const config = readFileSync(`${root}oxlint.config.mjs`, 'utf8');
    const rooms = files.filter((file) => file.includes('/')).map((file) => file.split('/')[0]!);
    for (const room of new Set(rooms)) {
      expect(config).toContain(`  ${room}: [`);
    }
  });
});
