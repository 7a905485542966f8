import { heapBase, letters, maximumPages, memoryKernels } from './binaries.js';
import { environment } from './machine.js';

/** Kernels that are compiled together: a family of programs, or what models need. */
export interface KernelFamily {
  /** Its kernels' names, with a space between them. */
  readonly names: string;
  /**
   * The kernels as text: see `bytesOf`. Undefined as long as it is not loaded.
   * @internal
   */
  code: string | Uint8Array<ArrayBuffer> | undefined;
}

/** The same code in two forms: for a memory of its own, and for one that threads share. */
type Form = 'single' | 'shared';
type Build = 'plain' | 'fused';

// Functions of one vector instruction each, of SIMD and of relaxed SIMD: what an engine must know.
const simd = '0061736d010000000105016000017b030201000a0a0108004100fd0ffd620b';
const relaxedSimd = '0061736d010000000105016000017b030201000a0f010d004101fd0f4102fd0ffd80020b';

let chosen: Build | undefined;
const modules = new WeakMap<KernelFamily, Partial<Record<Form, WebAssembly.Module>>>();

/**
 * The compiled kernels of a family. Where the engine has relaxed SIMD (Node 22 and later, recent
 * browsers) they are built with fused multiply-add, a quarter faster in matrix products; the results
 * differ from the plain build's in the last digits. The environment's DIDYPROG_FUSED=0 keeps to the
 * plain one, for the numbers of an older Node.
 *
 * @throws Error where there are none: see `kernelFault`
 * @internal
 */
export function compiledKernels(family: KernelFamily, form: Form): WebAssembly.Module {
  const known = modules.get(family) ?? {};
  modules.set(family, known);
  if (known[form]) return known[form];
  if (family.code === undefined) throw new Error('the kernels are not loaded: await loadKernels()');
  const build = kernelBuild();
  try {
    const binary = withProducts(binaryOf(family), build);
    known[form] = new WebAssembly.Module(form === 'shared' ? withSharedMemory(binary) : binary);
    return known[form];
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`the kernels need WebAssembly with SIMD, which is not to be had here: ${why}`, {
      cause,
    });
  }
}

let fault: string | false | undefined;

/**
 * Why there are no kernels: WebAssembly is missing, too old, or forbidden by a page's policy, or has
 * no memory. Undefined where there are.
 *
 * @example
 * ```ts
 * import { kernelFault } from 'didyprog';
 *
 * console.log(kernelFault()); // undefined
 * ```
 */
export function kernelFault(): string | undefined {
  if (fault === undefined) {
    kernelBuild();
    try {
      new WebAssembly.Module(fromHex(simd));
      // A limit of address space (ulimit -v) may leave none for a memory.
      new WebAssembly.Memory({ initial: 1 });
      fault = false;
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      fault = `the kernels need WebAssembly with SIMD, which is not to be had here: ${why}`;
    }
  }
  return fault || undefined;
}

/**
 * Whether the kernels can run here; without them float32 is computed by the definition, in float64.
 *
 * @example
 * ```ts
 * import { hasKernels } from 'didyprog';
 *
 * console.log(hasKernels()); // true
 * ```
 */
export function hasKernels(): boolean {
  return kernelFault() === undefined;
}

/** Which build runs. */
export function kernelBuild(): Build {
  return (chosen ??= choose());
}

function choose(): Build {
  const asked = environment('DIDYPROG_FUSED');
  if (asked !== undefined && asked !== '' && asked !== '0' && asked !== '1') {
    throw new RangeError(`DIDYPROG_FUSED is '${asked}': it must be 0 or 1`);
  }
  const wasm = typeof WebAssembly === 'object';
  return asked !== '0' && wasm && WebAssembly.validate(fromHex(relaxedSimd)) ? 'fused' : 'plain';
}

function fromHex(hex: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(hex.match(/../g)!, (byte) => parseInt(byte, 16));
}

/**
 * A family's binary: the first is read by the host, the longer ones by a kernel of the first.
 * @internal
 */
export function binaryOf(family: KernelFamily): Uint8Array<ArrayBuffer> {
  const { code } = family;
  // jsdom, which stands in for a page, has no TextEncoder.
  if (family === memoryKernels || typeof code !== 'string' || typeof TextEncoder !== 'function') {
    return bytesOf(code!);
  }
  const codes = heapBase;
  const text = codes + letterCodes.length;
  const bytes = text + code.length;
  const memory = new WebAssembly.Memory({ initial: 16 }); // As the build asks for: enough for any.
  const module = compiledKernels(memoryKernels, 'single');
  const { exports } = new WebAssembly.Instance(module, { env: { memory, abort() {} } });
  const view = new Uint8Array(memory.buffer);
  view.set(letterCodes, codes);
  new TextEncoder().encodeInto(code, view.subarray(text));
  const bytesOfText = exports['bytesOfText'] as (...parameters: number[]) => number;
  return view.slice(bytes, bytes + bytesOfText(codes, byteLetters, text, code.length, bytes));
}

/** How many of the letters stand for bytes: the last three escape. */
const byteLetters = letters.length - 3;
/** The number of each letter, by its code. */
const letterCodes = new Uint8Array(128);
for (let n = 0; n < letters.length; n++) letterCodes[letters.charCodeAt(n)] = n;

/**
 * The bytes of a text as the build writes it: a character for each of the frequent bytes, and one of
 * the last three characters before it for the others. It packs as well as the bytes do.
 * @internal
 */
export function bytesOf(code: string | Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  if (typeof code !== 'string') return code.slice();
  const bytes = new Uint8Array(code.length);
  let length = 0;
  let escape = 0;
  for (let at = 0; at < code.length; at++) {
    const value = letterCodes[code.charCodeAt(at)]!;
    if (value >= byteLetters) {
      escape = (value - byteLetters + 1) * byteLetters;
    } else {
      bytes[length++] = escape + value - 3;
      escape = 0;
    }
  }
  return bytes.slice(0, length);
}

/**
 * Puts a product and a sum, or nothing and a fused product and sum, in place of the two instructions
 * that `madd` of the assembly marks them with: i16x8.sub_sat_s and i16x8.sub_sat_u.
 */
function withProducts(bytes: Uint8Array<ArrayBuffer>, build: Build): Uint8Array<ArrayBuffer> {
  const nothing = [1, 1, 1];
  const [product, sum] =
    build === 'fused'
      ? [nothing, [0xfd, 0x85, 0x02]] // f32x4.relaxed_madd
      : [
          [0xfd, 0xe6, 0x01], // f32x4.mul
          [0xfd, 0xe4, 0x01], // f32x4.add
        ];
  for (const [mark, instruction] of [
    [0x92, product],
    [0x93, sum],
  ] as const) {
    // The second byte is rarer than the first, 0xfd, that every vector instruction begins with.
    for (let at = bytes.indexOf(mark); at >= 0; at = bytes.indexOf(mark, at + 1)) {
      if (bytes[at - 1] === 0xfd && bytes[at + 1] === 1) bytes.set(instruction, at - 1);
    }
  }
  return bytes;
}

/**
 * The same code for a memory that threads share: only the import of the memory, in section 2, says
 * so. Its content is one import, of env's memory (kind 2), then the flags and sizes.
 */
function withSharedMemory(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  let at = 8;
  while (bytes[at] !== 2) {
    const size = unsignedAt(bytes, at + 1);
    at = size.end + size.value;
  }
  const { value, end } = unsignedAt(bytes, at + 1);
  const name = bytes.subarray(end, end + 13);
  const content = [...name, 3, ...unsigned(16), ...unsigned(maximumPages)];
  const section = [...unsigned(content.length), ...content];
  const [before, after] = [bytes.subarray(0, at + 1), bytes.subarray(end + value)];
  // Spread into one list, the first gradient of a process would take twice as long.
  const shared = new Uint8Array(before.length + section.length + after.length);
  shared.set(before);
  shared.set(section, before.length);
  shared.set(after, before.length + section.length);
  return shared;
}

/** A number as WebAssembly writes it: seven bits a byte, the lowest first. */
function unsigned(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...unsigned(value >>> 7)];
}

function unsignedAt(bytes: Uint8Array, at: number): { value: number; end: number } {
  let value = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = bytes[at++]!;
    value |= (byte & 127) << shift;
    if (byte < 128) return { value, end: at };
  }
}
