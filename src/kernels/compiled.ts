import { fused, plain } from './binaries.js';

/** The same code in two forms: for a memory of its own, and for one that threads share. */
type Form = 'single' | 'shared';

let chosen: typeof plain | undefined;
const modules: Partial<Record<Form, WebAssembly.Module>> = {};

/**
 * The compiled kernels. Where the engine has relaxed SIMD (Node 22 and later, recent browsers) they
 * are the build with fused multiply-add, a quarter faster in matrix products; its results differ
 * from the other build's in the last digits. The environment's DIDYPROG_FUSED=0 keeps to the other,
 * for the numbers of an older Node.
 */
export function compiledKernels(form: Form): WebAssembly.Module {
  return (modules[form] ??= new WebAssembly.Module(decode((chosen ??= choose())[form])));
}

/** Which build runs. */
export function kernelBuild(): 'plain' | 'fused' {
  return (chosen ??= choose()) === fused ? 'fused' : 'plain';
}

function choose(): typeof plain {
  const asked = typeof process === 'object' ? process.env?.['DIDYPROG_FUSED'] : undefined;
  if (asked !== undefined && asked !== '' && asked !== '0' && asked !== '1') {
    throw new RangeError(`DIDYPROG_FUSED is '${asked}': it must be 0 or 1`);
  }
  return asked !== '0' && WebAssembly.validate(decode(fused.single)) ? fused : plain;
}

function decode(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
}
