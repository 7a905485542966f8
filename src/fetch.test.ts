import { afterEach, expect, it } from 'vitest';
import { loadKernels } from './fetch.js';
import { ctcKernels } from './kernels/binaries.js';
import type { KernelFamily } from './kernels/compiled.js';

const ctc: KernelFamily = ctcKernels;
const { code } = ctc;
afterEach(() => {
  ctc.code = code;
});

it.each([
  ['data:application/wasm;base64,AGFzbQEAAAA=', ''],
  ['data:text/html,<!doctype html>', 'html>: it is no WebAssembly file. Copy dist/fetch/ctc.wasm'],
  ['file:///nowhere/ctc.wasm', 'ENOENT'],
  ['http://:x', "the kernels 'ctc' are not to be had: Invalid URL"],
])('kernels are fetched from %s, or it is said why not and what to do', async (url, says) => {
  ctc.code = undefined;
  const loaded = loadKernels(['ctc'], { ctc: url });
  if (says) {
    await expect(loaded).rejects.toThrow(says);
    await expect(loaded).rejects.toThrow('give its address: loadKernels(names, { ctc: … })');
  } else {
    await loaded;
    expect(ctc.code).toEqual(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0));
  }
});
