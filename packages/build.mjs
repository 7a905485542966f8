// Makes of dist/ what is published beside it: the library for `require` (dist/cjs/), the library with
// its kernels in files of their own (dist/fetch/), and in dist-packages/ the two packages that hold a
// part of it, @didyprog/core and @didyprog/layers. One source tree, one compilation: a file belongs to
// core if core's entries reach it, else to the layers, and an import across is rewritten.
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, transformSync } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = join(root, 'dist');
const output = join(root, 'dist-packages');
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/** Written by the kernels' build. */
const generated = new Set(['kernels/binaries.js', 'kernels/signatures.js']);
/** What `from` and `import()` name in a file. */
const specifiers = /(from '|import\(')([^']+)'/g;
const sourceMap = /^\/\/# sourceMappingURL.*$/m;
const text = (file) => readFileSync(join(dist, file), 'utf8');

/** The entries of a package that are reached by `require` too: files of dist/ by their export. */
const entriesOf = (exports) =>
  Object.values(exports)
    .flatMap((target) => [target.import?.default, target.import?.node])
    .filter((path) => path !== undefined) // none: not for `require`
    .map((path) => path.slice('./dist/'.length));

/** The files that these reach by relative imports of code and types, themselves included. */
function reachedFrom(files, endings = ['.js', '.d.ts']) {
  const reached = new Set();
  const visit = (file) => {
    if (reached.has(file)) return;
    reached.add(file);
    for (const ending of endings) {
      for (const [, , to] of text(file.replace(/\.js$/, ending)).matchAll(specifiers)) {
        if (to.startsWith('.')) visit(posix.join(posix.dirname(file), to));
      }
    }
  };
  files.forEach(visit);
  return [...reached].sort();
}

function write(file, content) {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
}

/**
 * Code without the comments that fill lines, which stay as empty ones for the source map: they are in
 * the types and in the map's sources.
 */
function withoutComments(code) {
  return code
    .replace(/^[ \t]*\/\*\*[^]*?\*\/$/gm, (comment) => comment.replace(/[^\n]/g, ''))
    .replace(/^[ \t]*\/\/ .*$/gm, '');
}

/** A module for `require`. */
function asCommonJs(code) {
  const options = { format: 'cjs', target: 'node20', platform: 'node', minify: true };
  return transformSync(code, { ...options, supported: { 'dynamic-import': true } }).code;
}

/**
 * Writes compiled files and maps, the types that a user can see, and all for `require` once more below
 * cjs/.
 * @param typed the files that users name
 * @param rename what an import of a file becomes
 */
function writeFiles(folder, files, typed, rename = (_file, specifier) => specifier) {
  const seen = new Set(reachedFrom(typed, ['.d.ts']));
  const renamed = (file, content) =>
    content.replace(specifiers, (_, before, to) => `${before}${rename(file, to)}'`);
  for (const file of files) {
    const types = file.replace(/\.js$/, '.d.ts');
    const code = renamed(file, text(file));
    const declarations = seen.has(file) && renamed(file, text(types));
    if (folder !== dist) {
      const plain = withoutComments(code);
      write(join(folder, file), generated.has(file) ? plain.replace(sourceMap, '') : plain);
      if (declarations) write(join(folder, types), declarations);
      // What the build has written has no source to show.
      if (!generated.has(file)) write(join(folder, `${file}.map`), text(`${file}.map`));
    }
    const readable = file === 'kernels/binaries.js' ? fromFiles(code) : code;
    write(join(folder, 'cjs', file), asCommonJs(readable.replace(sourceMap, '')));
    if (declarations) write(join(folder, 'cjs', types), declarations);
  }
  write(join(folder, 'cjs/package.json'), '{ "type": "commonjs" }\n');
}

/** The kernels as `require` gets them: in Node, from the files of dist/fetch/. */
function fromFiles(code) {
  const binaries = code.replace(
    /^(export const (\w+)Kernels = \{ names: '[^']*', code: )'.*' \};$/gm,
    "$1readFileSync(join(__dirname, '../../fetch/$2.wasm')) };",
  );
  return `import { readFileSync } from 'node:fs';\nimport { join } from 'node:path';\n${binaries}`;
}

/** The library without the programs' kernels, which it fetches. */
async function writeFetched(folder) {
  const { bytesOf } = await import(new URL('../dist/kernels/compiled.js', import.meta.url).href);
  const kernels = await import(new URL('../dist/kernels/binaries.js', import.meta.url).href);
  const strip = text('kernels/binaries.js').replace(
    /^(export const (?!dense|memory)\w+Kernels = \{ names: '[^']*', code: )'.*' \};$/gm,
    '$1undefined };',
  );
  await build({
    entryPoints: [join(dist, 'fetch.js')],
    outfile: join(folder, 'fetch/index.js'),
    // For publint, which takes what is in strings for code.
    footer: { js: 'export {};' },
    ...{ bundle: true, minify: true, format: 'esm', target: 'es2022', logLevel: 'error' },
    plugins: [
      {
        name: 'kernels in files',
        setup: (b) =>
          b.onLoad({ filter: /kernels[\\/]binaries\.js$/ }, () => ({ contents: strip })),
      },
    ],
  });
  for (const [name, { code }] of Object.entries(kernels)) {
    if (!code) continue;
    write(join(folder, `fetch/${name.replace('Kernels', '')}.wasm`), bytesOf(code));
  }
  write(join(folder, 'fetch/index.d.ts'), text('fetch.d.ts').replaceAll("'./", "'../"));
}

/** Licence, page and manifest, which has what the packages share from the clone's. */
function writeAbout(name, own) {
  const { version, license, type, engines, homepage, bugs, repository, keywords } = manifest;
  const shared = { version, license, type, engines, homepage, bugs, repository, keywords };
  const { name: called, description, ...rest } = own;
  const all = { name: called, description, ...shared, ...rest };
  write(join(output, name, 'package.json'), `${JSON.stringify(all, null, 2)}\n`);
  copyFileSync(join(root, 'LICENSE'), join(output, name, 'LICENSE'));
  copyFileSync(join(root, `packages/${name}.md`), join(output, name, 'README.md'));
}

const manifestOf = (name) => JSON.parse(readFileSync(join(root, `packages/${name}.json`), 'utf8'));

for (const stale of [output, join(dist, 'cjs'), join(dist, 'fetch')]) {
  rmSync(stale, { recursive: true, force: true });
}
const entries = entriesOf(manifest.exports);
writeFiles(dist, reachedFrom(entries), entries);
await writeFetched(dist);

const core = manifestOf('core');
const layers = manifestOf('layers');
const coreEntries = entriesOf(core.exports);
const coreFiles = reachedFrom(coreEntries);
const inCore = new Set(coreFiles);
const layerEntries = entriesOf(layers.exports);
const layerFiles = reachedFrom(layerEntries).filter((file) => !inCore.has(file));
const coreDist = join(output, 'core/dist');
writeFiles(coreDist, coreFiles, [...coreEntries, ...layerEntries], (file, to) =>
  to === 'fft.js' ? `${posix.relative(posix.dirname(file), 'vendor')}/fft.js` : to,
);
await writeFetched(coreDist);
// Core has no dependency: the one that it has here comes along, with its licence.
for (const [format, folder] of [
  ['esm', coreDist],
  ['cjs', join(coreDist, 'cjs')],
]) {
  await build({
    stdin: { contents: "export { default } from 'fft.js';", resolveDir: root },
    outfile: join(folder, 'vendor/fft.js'),
    ...{ bundle: true, minify: true, format, logLevel: 'error' },
    banner: { js: '// fft.js, MIT licence, Copyright Fedor Indutny, 2017' },
  });
}
writeAbout('core', core);

writeFiles(join(output, 'layers/dist'), layerFiles, layerEntries, (file, to) => {
  if (!to.startsWith('.')) return to;
  const target = posix.join(posix.dirname(file), to);
  return inCore.has(target) ? `@didyprog/core/internal/${target}` : to;
});
writeAbout('layers', { ...layers, dependencies: { '@didyprog/core': manifest.version } });
