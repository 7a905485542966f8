import { fused, plain } from './binaries.js';
import { environment } from './machine.js';

/** The same code in two forms: for a memory of its own, and for one that threads share. */
type Form = 'single' | 'shared';

let chosen: typeof plain | undefined;
const modules: Partial<Record<Form, WebAssembly.Module>> = {};

/**
 * The compiled kernels. Where the engine has relaxed SIMD (Node 22 and later, recent browsers) they
 * are the build with fused multiply-add, a quarter faster in matrix products; its results differ
 * from the other build's in the last digits. The environment's DIDYPROG_FUSED=0 keeps to the other,
 * for the numbers of an older Node.
 *
 * @throws Error where there are none: see `kernelFault`
 */
export function compiledKernels(form: Form): WebAssembly.Module {
  const build = (chosen ??= choose());
  try {
    return (modules[form] ??= new WebAssembly.Module(decode(build[form])));
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
 */
export function kernelFault(): string | undefined {
  if (fault === undefined) {
    chosen ??= choose();
    try {
      compiledKernels('single');
      // A limit of address space (ulimit -v) may leave none for a memory.
      new WebAssembly.Memory({ initial: 1 });
      fault = false;
    } catch (error) {
      fault = (error as Error).message;
    }
  }
  return fault || undefined;
}

/** Whether the kernels can run here; what has a definition in float64 falls back on that. */
export function hasKernels(): boolean {
  return kernelFault() === undefined;
}

/** Which build runs. */
export function kernelBuild(): 'plain' | 'fused' {
  return (chosen ??= choose()) === fused ? 'fused' : 'plain';
}

function choose(): typeof plain {
  const asked = environment('DIDYPROG_FUSED');
  if (asked !== undefined && asked !== '' && asked !== '0' && asked !== '1') {
    throw new RangeError(`DIDYPROG_FUSED is '${asked}': it must be 0 or 1`);
  }
  const wasm = typeof WebAssembly === 'object';
  return asked !== '0' && wasm && WebAssembly.validate(decode(fused.single)) ? fused : plain;
}

function decode(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
}
