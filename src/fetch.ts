import {
  alignmentKernels,
  chainKernels,
  ctcKernels,
  dtwKernels,
  graphKernels,
} from './kernels/binaries.js';
import { registerGraphKernels } from './dp/fast/graph-kernels.js';
import type { KernelFamily } from './kernels/compiled.js';

export * from './programs.js';

/** The families of kernels that programs run on. */
export type KernelFamilyName = 'alignment' | 'chain' | 'ctc' | 'dtw' | 'graph';

/** By a call: some bundlers take any `new URL(…, import.meta.url)` for a file that they are to find. */
const here = () => import.meta.url ?? globalThis.location?.href;

/**
 * Where each family is. A bundler copies the files and puts their addresses here; this needs the URL
 * of each to be written out.
 */
const families: Record<KernelFamilyName, { family: KernelFamily; url: () => URL }> = {
  alignment: {
    family: alignmentKernels,
    url: () => new URL('./alignment.wasm', import.meta.url),
  },
  chain: { family: chainKernels, url: () => new URL('./chain.wasm', import.meta.url) },
  ctc: { family: ctcKernels, url: () => new URL('./ctc.wasm', import.meta.url) },
  dtw: { family: dtwKernels, url: () => new URL('./dtw.wasm', import.meta.url) },
  graph: { family: graphKernels, url: () => new URL('./graph.wasm', import.meta.url) },
};

/**
 * Fetches kernels, which this entry does not hold in its code: `linearChain` and `factoredChain` run
 * on 'chain', `dtw` and what is made of it on 'dtw', `ctc` and `pairwiseAlignment` on 'ctc' and
 * 'alignment', their Hessian products and all other programs on 'graph'. Programs made before compute float32
 * by the definition.
 *
 * @param names the families to fetch; default all of them
 * @param urls where they are, if not beside this module
 * @throws RangeError for a family that there is not; Error for a file that cannot be fetched
 *
 * @example
 * ```ts
 * import { dag, loadKernels } from 'didyprog/fetch';
 *
 * await loadKernels(['graph']);
 * const program = dag({ nodes: 2, edges: [[0, 1]], omega: 'negentropy' });
 * console.log(program.runsOn); // graph kernels
 * ```
 */
export async function loadKernels(
  names: readonly KernelFamilyName[] = Object.keys(families) as KernelFamilyName[],
  urls: Partial<Record<KernelFamilyName, string | URL>> = {},
): Promise<void> {
  await Promise.all(
    names.map(async (name) => {
      const known = Object.hasOwn(families, name) ? families[name] : undefined;
      if (!known) {
        const all = Object.keys(families).join(', ');
        throw new RangeError(`there are no kernels '${name}': they are ${all}`);
      }
      if (name === 'graph') registerGraphKernels();
      const given = urls[name];
      const url = () => (given === undefined ? known.url() : new URL(given, here()));
      known.family.code ??= await read(name, url);
    }),
  );
}

async function read(name: string, place: () => URL): Promise<Uint8Array<ArrayBuffer>> {
  let url: URL | undefined;
  try {
    url = place();
    const bytes = await bytesAt(url);
    // A server may answer with its front page where there is no file.
    const [, a, s, m] = bytes;
    if (a === 0x61 && s === 0x73 && m === 0x6d) return bytes;
    throw new Error('it is no WebAssembly file');
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Error(
      `the kernels '${name}' are not to be had${url ? ` from ${url.href.slice(0, 200)}` : ''}: ${why}. ` +
        `Copy dist/fetch/${name}.wasm of the package, and give its address: loadKernels(names, { ${name}: … })`,
      { cause },
    );
  }
}

async function bytesAt(url: URL): Promise<Uint8Array<ArrayBuffer>> {
  if (url.protocol === 'file:') {
    return Uint8Array.from(process.getBuiltinModule('node:fs').readFileSync(url));
  }
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${response.status} ${response.statusText}`.trim());
  return new Uint8Array(await response.arrayBuffer());
}
