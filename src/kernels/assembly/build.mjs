// Compiles the kernels and writes them as text into src/kernels/binaries.ts, so that the package
// loads them in Node and in a page alike, without a file to find; and what the host must know of
// them into src/kernels/signatures.ts. Skipped when nothing changed.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import asc from 'assemblyscript/asc';
import { signatures } from './signatures.mjs';

const here = new URL('.', import.meta.url);
const output = new URL('../binaries.ts', here);
const types = new URL('../signatures.ts', here);
/** 2 GiB: pointers stay positive as signed numbers. */
const maximumPages = 32768;
/** Families share one memory, their static data behind each other: so much for each. */
const dataBytes = 8192;
/** The characters of the text: printable, none with a meaning in a string; then those that escape. */
const letters = String.fromCharCode(...Array.from({ length: 95 }, (_, n) => 32 + n)).replace(
  /['\\`$]/g,
  '',
);

const sources = Object.fromEntries(
  readdirSync(here, { recursive: true })
    .map((name) => name.replaceAll('\\', '/'))
    .filter((name) => name.endsWith('.ts'))
    .sort()
    .map((name) => [name, readFileSync(new URL(name, here), 'utf8')]),
);
const families = Object.keys(sources).flatMap(
  (name) => /^families\/(.*)\.ts$/.exec(name)?.[1] ?? [],
);
const programs = ['build.mjs', 'signatures.mjs'].map((name) =>
  readFileSync(new URL(name, here), 'utf8'),
);
const stamp = createHash('sha256')
  .update(JSON.stringify([sources, programs]))
  .digest('hex');
const origin = `// Written by assembly/build.mjs from the sources with the hash ${stamp}.`;

const flags = [
  ...['-O3', '--noAssert', '--runtime', 'stub', '--importMemory'],
  ...['--enable', 'simd', '--enable', 'threads', '--initialMemory', '16'],
];

/** AssemblyScript's decorators of functions and constants, comments since TypeScript has none there. */
const marks = /^\/\/ @(inline|lazy)$/gm;
/** A loop over constants that the comment above it wants written out, a block a round. */
const loops = /^( *)\/\/ @unroll\n\1for \(let (\w+) = 0; \2 < (\d+); \2\+\+\) (\{\n[^]*?\n\1\})$/gm;

/** A source as the compiler reads it. */
function prepared(source) {
  const unrolled = source.replace(loops, (_, _indent, name, rounds, block) =>
    Array.from({ length: Number(rounds) }, (_, round) =>
      block.replace(new RegExp(`\\b${name}\\b`, 'g'), String(round)),
    ).join('\n'),
  );
  return unrolled.replace(marks, '@$1');
}

async function compile(family) {
  const memoryBase = 1024 + dataBytes * families.indexOf(family);
  let binary;
  const { error, stderr } = await asc.main(
    [`families/${family}.ts`, '-o', 'kernels.wasm', ...flags, '--memoryBase', String(memoryBase)],
    {
      readFile: (file) => (sources[file] === undefined ? null : prepared(sources[file])),
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
  const { Instance, Memory, Module } = globalThis.WebAssembly;
  const imports = { env: { memory: new Memory({ initial: 16 }), abort() {} } };
  const end = new Instance(new Module(binary), imports).exports.heapBase();
  if (end > memoryBase + dataBytes) {
    throw new Error(`${family} has ${end - memoryBase} bytes of static data: dataBytes is less`);
  }
  const names = Module.exports(new Module(binary)).map(({ name }) => name);
  return { names: names.join(' '), code: textOf(binary) };
}

/**
 * Bytes as text that gzip packs as well as the bytes: frequent ones a character each, the others an
 * escape before it. Base64 would be half as large again when packed.
 */
function textOf(binary) {
  const count = letters.length - 3;
  let text = '';
  for (const byte of binary) {
    const code = (byte + 3) & 255;
    const escape = Math.floor(code / count);
    text += (escape > 0 ? letters[count + escape - 1] : '') + letters[code % count];
  }
  return text;
}

/** Written aside and renamed, since another process may read it. */
function write(file, lines) {
  const aside = new URL(`${file.href}.${process.pid}.part`);
  writeFileSync(aside, `${lines.join('\n')}\n`);
  renameSync(aside, file);
}

function isCurrent(file) {
  return existsSync(file) && readFileSync(file, 'utf8').includes(stamp);
}

if (!isCurrent(types)) write(types, [origin, signatures(sources)]);
if (!isCurrent(output)) {
  const lines = [
    origin,
    `export const maximumPages = ${maximumPages};`,
    `export const heapBase = ${1024 + dataBytes * families.length};`,
    `export const letters = '${letters}';`,
  ];
  for (const family of families) {
    const { names, code } = await compile(family);
    lines.push(`export const ${family}Kernels = { names: '${names}', code: '${code}' };`);
  }
  write(output, lines);
}
