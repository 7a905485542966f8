// Compiles the kernels and writes them as base64 into src/kernels/binaries.ts, so that the package
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

const sources = Object.fromEntries(
  readdirSync(here, { recursive: true })
    .map((name) => name.replaceAll('\\', '/'))
    .filter((name) => name.endsWith('.ts'))
    .sort()
    .map((name) => [name, readFileSync(new URL(name, here), 'utf8')]),
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
/** 'fused' multiplies and adds in one instruction: newer engines only, and other last digits. */
const builds = { plain: [], fused: ['--enable', 'relaxed-simd'] };

/** AssemblyScript's decorators of functions and constants, comments since TypeScript has none there. */
const marks = /^\/\/ @(inline|lazy)$/gm;

async function compile(name) {
  let binary;
  const { error, stderr } = await asc.main(
    ['index.ts', '-o', 'kernels.wasm', ...flags, ...builds[name]],
    {
      readFile: (file) => sources[file]?.replace(marks, '@$1') ?? null,
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
  return Buffer.from(binary);
}

/**
 * The same code for a memory that threads share: only the import of the memory, in section 2,
 * says so. Saves compiling everything twice.
 */
function withSharedMemory(binary) {
  // Its content: one import, of env's memory (kind 2), then the flags and sizes.
  const plain = Buffer.from('\u0001\u0003env\u0006memory\u0002', 'latin1');
  const header = binary.indexOf(plain) - 2;
  const size = binary[header + 1];
  if (header < 8 || binary[header] !== 2 || binary[header + 2 + plain.length] !== 0) {
    throw new Error('the kernels must import a memory and nothing else');
  }
  const limits = [3, ...unsigned(16), ...unsigned(maximumPages)];
  return Buffer.concat([
    binary.subarray(0, header),
    Buffer.from([2, plain.length + limits.length]),
    plain,
    Buffer.from(limits),
    binary.subarray(header + 2 + size),
  ]);
}

/** A number as WebAssembly writes it: seven bits a byte, the lowest first. */
function unsigned(value) {
  return value < 128 ? [value] : [(value & 127) | 128, ...unsigned(value >>> 7)];
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
  const lines = [origin, `export const maximumPages = ${maximumPages};`];
  for (const name of Object.keys(builds)) {
    const single = await compile(name);
    const shared = withSharedMemory(single);
    lines.push(
      `export const ${name} = {`,
      `  single: '${single.toString('base64')}',`,
      `  shared: '${shared.toString('base64')}',`,
      '};',
    );
  }
  write(output, lines);
}
