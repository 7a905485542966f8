import * as tf from '@tensorflow/tfjs';
import { askedThreads } from '../asked-threads.js';
import { backends, type Backend } from '../backends.js';
import { UsageError } from '../errors.js';
import { setMatrixProduct } from '../kernels/matmul.js';
import { checkOptions } from '../option-names.js';
import { checkOneOf } from '../value-checks.js';
import { quoted } from '../visible.js';
import { nativeProduct } from './native-product.js';

export { backends, type Backend };

/** The engine that runs. */
export interface Engine {
  name: Backend;
  /** The version of the backend's package. */
  version: string;
  /** One line: what is used, and why not a better one. */
  reason: string;
}

/** Whether a backend can be used here. */
export interface BackendState {
  name: Backend;
  available: boolean;
  version: string | undefined;
  /** Why it is not available. */
  problem: string | undefined;
}

const packages: Record<Backend, string> = {
  tensorflow: '@tensorflow/tfjs-node',
  wasm: '@tensorflow/tfjs-backend-wasm',
  cpu: '@tensorflow/tfjs-backend-cpu',
};

/**
 * Node's `require`, without an import that a page could not resolve; undefined in a page. A bundle for
 * `require` has no import.meta: there the working folder stands in.
 */
function nodeRequire(): NodeJS.Require | undefined {
  if (!inNode) return undefined;
  const from = import.meta.url ?? `${process.cwd()}/`;
  return process.getBuiltinModule('node:module').createRequire(from);
}

const inNode = typeof process === 'object' && typeof process.getBuiltinModule === 'function';

/** Which backend, and where a page finds its files. */
export interface EngineOptions {
  /** Forces one. */
  backend?: Backend | undefined;
  /** The address of the folder with the .wasm files of @tensorflow/tfjs-backend-wasm, for a page. */
  wasmPaths?: string | undefined;
}

/**
 * Starts the best TensorFlow.js backend that works here: native (in Node, where it is installed), else
 * wasm, else plain JavaScript.
 *
 * @example
 * ```ts
 * import { chooseEngine } from 'didyprog/engine';
 *
 * const { name } = await chooseEngine({ backend: 'cpu' });
 * console.log(name); // cpu
 * ```
 *
 * @throws UsageError when the forced backend does not work, saying why and what to do; RangeError or
 *   TypeError for a backend or an option that there is not
 */
export async function chooseEngine(options: EngineOptions = {}): Promise<Engine> {
  checkOptions('chooseEngine', options, ['backend', 'wasmPaths']);
  const { backend, wasmPaths } = options;
  if (backend !== undefined) checkOneOf('backend', backend, backends);
  const passed: string[] = [];
  for (const name of backend ? [backend] : backends) {
    const state = await startBackend(name, wasmPaths);
    if (state.available) {
      const version = state.version ?? 'unknown';
      const why = backend ? ' (forced)' : passed.length > 0 ? ` (${passed.join('; ')})` : '';
      return { name, version, reason: `engine: ${name} ${version}${why}` };
    }
    passed.push(`not ${name}: ${state.problem}`);
  }
  throw new UsageError(
    `the backend ${backend} does not work here: ${passed[0]}. ` +
      'Where none is named, the best that does is used',
  );
}

/**
 * Loads a backend and makes it the current one.
 *
 * @example
 * ```ts
 * import { startBackend } from 'didyprog/engine';
 *
 * const { available } = await startBackend('cpu');
 * console.log(available); // true
 * ```
 */
export async function startBackend(name: Backend, wasmPaths?: string): Promise<BackendState> {
  try {
    checkOneOf('name', name, backends);
    if (wasmPaths !== undefined && typeof wasmPaths !== 'string') {
      throw new TypeError(`wasmPaths is ${quoted(wasmPaths)}: it must be the address of a folder`);
    }
    if (name === 'tensorflow') loadNative();
    if (name === 'wasm') await loadWasm(wasmPaths);
    if (!(await tf.setBackend(name))) throw new Error('it did not start');
    await tf.ready();
    // Its matrix products have wider instructions than WebAssembly.
    setMatrixProduct(name === 'tensorflow' ? nativeProduct : undefined);
    return { name, available: true, version: versionOf(name), problem: undefined };
  } catch (error) {
    return { name, available: false, version: versionOf(name), problem: explain(name, error) };
  }
}

/**
 * tfjs-node 4.22 calls util functions that Node 23 removed; they are put back before it loads.
 */
function loadNative(): void {
  if (!inNode) throw new Error('it runs in Node only');
  const legacy: Record<string, (value: unknown) => boolean> = {
    isNullOrUndefined: (value) => value === null || value === undefined,
    isArray: Array.isArray,
    isBoolean: (value) => typeof value === 'boolean',
    isNumber: (value) => typeof value === 'number',
    isString: (value) => typeof value === 'string',
    isObject: (value) => typeof value === 'object' && value !== null,
    isFunction: (value) => typeof value === 'function',
    isUndefined: (value) => value === undefined,
    isNull: (value) => value === null,
  };
  const target = process.getBuiltinModule('node:util') as unknown as Record<string, unknown>;
  for (const [name, check] of Object.entries(legacy)) target[name] ??= check;
  const { env } = process;
  // libtensorflow logs what it found of the processor to stderr unless told not to, and announces
  // its oneDNN kernels whatever the log level. Without them the products measured no slower (32×200×800
  // to 2000×600×200), and equal to 1e-8.
  env['TF_CPP_MIN_LOG_LEVEL'] ??= '2';
  env['TF_ENABLE_ONEDNN_OPTS'] ??= '0';
  // It takes every core unless told not to: beside other trainings their threads would wait for each other.
  const threads = askedThreads(env['DIDYPROG_THREADS']);
  if (threads) env['TF_NUM_INTRAOP_THREADS'] ??= String(threads);
  // No import: bundlers would look for the package, which is optional, or leave nothing of it.
  nodeRequire()!(packages.tensorflow);
}

async function loadWasm(wasmPaths?: string): Promise<void> {
  const { setWasmPaths } = await import('@tensorflow/tfjs-backend-wasm');
  const beside = nodeRequire()?.resolve(packages.wasm);
  const folder = wasmPaths ?? beside?.replace(/[^\\/]*$/, '');
  if (folder !== undefined) setWasmPaths(folder);
}

function versionOf(name: Backend): string | undefined {
  // It comes with TensorFlow.js, from where it alone may be in reach.
  if (name === 'cpu') return tf.version['tfjs-backend-cpu'];
  const require = nodeRequire();
  if (!require) return tf.version['tfjs-core'];
  try {
    return (require(`${packages[name]}/package.json`) as { version: string }).version;
  } catch {
    return undefined;
  }
}

function explain(name: Backend, error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'MODULE_NOT_FOUND' && message.includes(packages[name])) {
    return `${packages[name]} is not installed (optional): npm install ${packages[name]}`;
  }
  return message.split('\n')[0]!;
}
