// What the machine and the runtime offer to the kernels: Node, Bun, Deno and pages, each with as
// little as its permissions leave.

/** A variable of the environment; undefined also where it may not be read (Deno's permissions). */
export function environment(name: string): string | undefined {
  try {
    return typeof process === 'object' ? process.env?.[name] : undefined;
  } catch {
    return undefined;
  }
}

/** Node's worker threads, without an import that a page could not resolve. */
export function nodeWorkers(): typeof import('node:worker_threads') | undefined {
  return inNode() ? process.getBuiltinModule('node:worker_threads') : undefined;
}

/** The cores that this process may use. */
export function availableCores(): number {
  try {
    // Node 20 has no navigator.
    if (inNode()) return process.getBuiltinModule('node:os').availableParallelism();
  } catch {
    // Deno asks for a permission; its navigator does not.
  }
  return Math.max(1, globalThis.navigator?.hardwareConcurrency ?? 1);
}

/** Whether threads can work on one memory: not in a page without cross-origin isolation. */
export function canShareMemory(): boolean {
  return (
    typeof SharedArrayBuffer === 'function' && (inNode() || globalThis.crossOriginIsolated === true)
  );
}

/** Whether workers are forbidden, as far as that is known without starting one. */
export function workersForbidden(): boolean {
  if (typeof process !== 'object') return typeof Worker !== 'function';
  // Node's --permission without --allow-worker.
  return process.permission?.has('worker') === false;
}

/** Whether the calling thread may sleep until another one wakes it: the main one of a page may not. */
export const maySleep = (): boolean => nodeWorkers() !== undefined;

/** Whether this is Node, Bun or Deno. */
export function inNode(): boolean {
  return typeof process === 'object' && typeof process.getBuiltinModule === 'function';
}
