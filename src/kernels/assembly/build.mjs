// Compiles the kernels and writes them as base64 into src/kernels/binaries.ts, so that the package
// loads them in Node and in a page alike, without a file to find. Skipped when nothing changed.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

const here = new URL('.', import.meta.url);
const output = new URL('../binaries.ts', here);
/** 2 GiB: pointers stay positive as signed numbers. */
const maximumPages = 32768;

const sources = Object.fromEntries(
  readdirSync(here)
    .filter((name) => name.endsWith('.ts'))
    .sort()
    .map((name) => [name, readFileSync(new URL(name, here), 'utf8')]),
);
const stamp = createHash('sha256')
  .update(JSON.stringify([sources, readFileSync(fileURLToPath(import.meta.url), 'utf8')]))
  .digest('hex');

const flags = [
  ...['-O3', '--noAssert', '--runtime', 'stub', '--importMemory'],
  ...['--enable', 'simd', '--enable', 'threads', '--initialMemory', '16'],
];
const builds = {
  single: [],
  shared: ['--sharedMemory', '--maximumMemory', String(maximumPages)],
};

async function compile(name) {
  let binary;
  const { error, stderr } = await asc.main(
    ['index.ts', '-o', 'kernels.wasm', ...flags, ...builds[name]],
    {
      readFile: (file) => sources[file] ?? null,
      writeFile: (file, content) => {
        if (file === 'kernels.wasm') binary = content;
      },
      listFiles: () => [],
    },
  );
  if (error) {
    console.error(stderr.toString());
    process.exit(1);
  }
  return Buffer.from(binary).toString('base64');
}

if (!existsSync(output) || !readFileSync(output, 'utf8').includes(stamp)) {
  const lines = [
    `// Written by assembly/build.mjs from the sources with the hash ${stamp}.`,
    `export const maximumPages = ${maximumPages};`,
  ];
  for (const name of Object.keys(builds)) {
    lines.push(`export const ${name} =`, `  '${await compile(name)}';`);
  }
  const aside = new URL(`../binaries.ts.${process.pid}.part`, here);
  writeFileSync(aside, `${lines.join('\n')}\n`);
  renameSync(aside, output);
}
