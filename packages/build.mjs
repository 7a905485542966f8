// Makes of dist/ what is published beside it: the library in few files for Node, which takes a millisecond
// for each (dist/bundled/), for `require` (dist/cjs/), with its kernels in files of their own (dist/fetch/),
// and in dist-packages/ the two packages that hold a part of it, @didyprog/core and @didyprog/layers. One
// source tree, one compilation: a file belongs to core if core's entries reach it, else to the layers, and
// an import across goes by core's internal.js.
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { decode, encode } from '@jridgewell/sourcemap-codec';
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

/** What Node imports first: the library, and what it registers there. */
const nodeEntry = 'node.js';

/** The entries of a package that are reached by `require` too: files of dist/. What this writes is none. */
const entriesOf = (exports) => [
  ...Object.values(exports)
    .map((target) => target.import?.default.slice('./dist/'.length))
    .filter((file) => file !== undefined && file !== 'internal.js'), // none: not for `require`
  nodeEntry,
];

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
 * Code printed anew without its comments, which are in the types, and without white space, with a map to
 * the same sources.
 */
function printedSmall(code, map) {
  const inline = Buffer.from(map).toString('base64');
  const printed = transformSync(
    code.replace(sourceMap, `//# sourceMappingURL=data:application/json;base64,${inline}`),
    {
      ...{ format: 'esm', target: 'es2022', sourcemap: 'external', legalComments: 'none' },
      minifyWhitespace: true,
    },
  );
  return { code: printed.code, map: byLines(printed.map) };
}

/** A source map without columns: where the code of each source line begins. Most of its bytes were columns. */
function byLines(map) {
  const { mappings, ...rest } = JSON.parse(map);
  const lines = decode(mappings).map((segments) =>
    segments.filter(([, source, line], at) => {
      const before = segments[at - 1];
      return source !== undefined && (source !== before?.[1] || line !== before[2]);
    }),
  );
  return JSON.stringify({ ...rest, mappings: encode(lines) });
}

/**
 * Entries in few files, for Node. What several of them use stands once, so that they share its state; the
 * kernels' binaries stay where they are. Names stay too: they are what a stack trace shows.
 */
async function writeBundled(folder, entries) {
  const outdir = join(folder, 'bundled');
  const external = {
    name: 'generated files',
    setup: (b) =>
      b.onResolve({ filter: /(binaries|signatures)\.js$/ }, ({ path }) => {
        const file = `kernels/${posix.basename(path)}`;
        // All chunks lie in bundled/ itself.
        return generated.has(file) ? { path: `../${file}`, external: true } : undefined;
      }),
  };
  await build({
    entryPoints: entries.map((file) => ({
      in: join(folder, file),
      out: file.replaceAll('/', '-').replace(/\.js$/, ''),
    })),
    ...{ outdir, bundle: true, splitting: true, format: 'esm', platform: 'node', target: 'node20' },
    ...{ packages: 'external', chunkNames: '[hash]', logLevel: 'error', lineLimit: 160 },
    ...{ minifyWhitespace: true, minifySyntax: true, plugins: [external] },
  });
}

/** The file below cjs/ with what modules for `require` share: the functions that esbuild writes into each. */
const helpersFile = 'esbuild.js';
/** What esbuild begins a module with, up to the names that it exports. */
const helpers = /^(?:var __\w+ = [^]*?;\n)+(?=var \w+ = \{\};\n|module\.exports = )/;
const helperNames = ['__export', '__reExport', '__toCommonJS', '__toESM'];
/** What esbuild ends one with, for those who read the names of a module that they do not run. */
const annotation = '// Annotate the CommonJS export names for ESM import in node:\n';
const forRequire = { target: 'node20', platform: 'node' };

/** A module for `require`, which resolves from its own place as one for `import` does. */
function asCommonJs(file, code) {
  const define = { 'import.meta.url': '__filename' };
  const options = { ...forRequire, define, format: 'cjs', supported: { 'dynamic-import': true } };
  const [module, names = ''] = transformSync(code, options).code.split(annotation);
  const own = module.match(helpers)?.[0] ?? '';
  const used = helperNames.filter((name) => own.includes(`var ${name} = `));
  const path = posix.relative(posix.dirname(file), helpersFile);
  const link = `const { ${used.join(', ')} } = require('./${path}');\n`;
  const shared = (used.length > 0 ? link : '') + module.slice(own.length);
  return minified(shared) + names.replace(/\s+/g, '');
}

const minified = (code) => transformSync(code, { ...forRequire, format: 'cjs', minify: true }).code;

function writeHelpers(folder) {
  // A module that needs each of them.
  const code = "export * from 'a';\nexport { default as b } from 'a';\nexport const c = 1;\n";
  const module = transformSync(code, { ...forRequire, format: 'cjs' }).code;
  const own = `${module.match(helpers)[0]}module.exports = { ${helperNames.join(', ')} };\n`;
  write(join(folder, 'cjs', helpersFile), minified(own));
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
    // What the build has written has no source to show, and nobody reads it.
    const hasMap = !generated.has(file);
    const whole = seen.has(file) && renamed(file, text(types));
    const declarations =
      whole && !hasMap ? whole.replace(/^ +|\n$|\/\*\*[^]*?\*\/\n/gm, '') : whole;
    if (folder !== dist) {
      const plain = printedSmall(code, text(`${file}.map`));
      const link = hasMap ? `//# sourceMappingURL=${posix.basename(file)}.map\n` : '';
      write(join(folder, file), plain.code + link);
      if (declarations) write(join(folder, types), declarations);
      if (hasMap) write(join(folder, `${file}.map`), plain.map);
    }
    const readable = file === 'kernels/binaries.js' ? fromFiles(code) : code;
    write(join(folder, 'cjs', file), asCommonJs(file, readable.replace(sourceMap, '')));
    if (declarations) write(join(folder, 'cjs', types), declarations);
  }
  writeHelpers(folder);
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

for (const stale of [output, ...['bundled', 'cjs', 'fetch'].map((name) => join(dist, name))]) {
  rmSync(stale, { recursive: true, force: true });
}
const entries = entriesOf(manifest.exports);
writeFiles(dist, reachedFrom(entries), entries);
await writeFetched(dist);
await writeBundled(dist, [nodeEntry, 'layers/index.js', 'engine/index.js']);

const core = manifestOf('core');
const layers = manifestOf('layers');
const coreEntries = entriesOf(core.exports);
const coreFiles = reachedFrom(coreEntries);
const inCore = new Set(coreFiles);
const layerEntries = entriesOf(layers.exports).filter((file) => file !== nodeEntry);
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

/** What layers' files name of core's: by file of core, in code or in the types that a user can see. */
function usedOfCore(ending) {
  const used = new Map();
  for (const file of ending === '.js' ? layerFiles : reachedFrom(layerEntries, [ending])) {
    if (inCore.has(file)) continue;
    const code = text(file.replace(/\.js$/, ending));
    for (const [, names, to] of code.matchAll(
      /^(?:im|ex)port (?:type )?\{([^}]*)\} from '([^']+)'/gm,
    )) {
      const target = posix.join(posix.dirname(file), to);
      if (!to.startsWith('.') || !inCore.has(target)) continue;
      const own = names.split(',').map((name) => name.trim().replace(/^type | as .*$/g, ''));
      used.set(target, new Set([...(used.get(target) ?? []), ...own.filter((name) => name)]));
    }
  }
  return [...used].sort();
}
const reexports = (used) =>
  used
    .map(([file, names]) => `export { ${[...names].sort().join(', ')} } from './${file}';\n`)
    .join('');
const internal = reexports(usedOfCore('.js'));
write(join(coreDist, 'internal.js'), internal);
write(join(coreDist, 'cjs/internal.js'), asCommonJs('internal.js', internal));
for (const folder of ['', 'cjs/']) {
  write(join(coreDist, `${folder}internal.d.ts`), reexports(usedOfCore('.d.ts')));
}
await writeBundled(coreDist, [nodeEntry, 'internal.js']);

writeFiles(join(output, 'layers/dist'), layerFiles, layerEntries, (file, to) => {
  const isCore = to.startsWith('.') && inCore.has(posix.join(posix.dirname(file), to));
  return isCore ? '@didyprog/core/internal' : to;
});
writeAbout('layers', { ...layers, dependencies: { '@didyprog/core': manifest.version } });
