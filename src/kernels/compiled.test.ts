import { afterEach, describe, expect, it, vi } from 'vitest';
import * as binaries from './binaries.js';
import { binaryOf, bytesOf } from './compiled.js';

/** The module as a new process with this environment would see it. */
async function withFused(value: string | undefined) {
  vi.resetModules();
  if (value === undefined) vi.stubEnv('DIDYPROG_FUSED', undefined);
  else vi.stubEnv('DIDYPROG_FUSED', value);
  const [compiled, { withKernels }, { multiply }] = await Promise.all([
    import('./compiled.js'),
    import('./module.js'),
    import('./matmul.js'),
  ]);
  const product = () =>
    withKernels((kernels, arena) => {
      const values = Float32Array.from({ length: 900 }, (_, i) => Math.sin(i));
      const matrix = { address: arena.floats(values), rows: 30, columns: 30 };
      const c = { address: arena.reserve(3600) };
      multiply(kernels, arena, matrix, matrix, c);
      return arena.view(c.address, 900).slice();
    });
  return { build: compiled.kernelBuild, product };
}

describe('the builds of the kernels', () => {
  afterEach(() => {
    vi.unstubAllEnvs();
    vi.resetModules();
  });

  it('are fused where the engine has relaxed SIMD', async () => {
    const { build } = await withFused(undefined);
    const major = Number(process.versions.node.split('.')[0]);
    expect(build()).toBe(major >= 22 ? 'fused' : 'plain');
  });

  it('are plain when asked, with the same numbers but for the last digits', async () => {
    const plain = await withFused('0');
    expect(plain.build()).toBe('plain');
    const numbers = plain.product();
    const other = (await withFused(undefined)).product();
    const worst = numbers.reduce((error, x, i) => Math.max(error, Math.abs(x - other[i]!)), 0);
    expect(worst).toBeLessThan(1e-5);
  });

  it('are chosen by 0 or 1 only', async () => {
    const { build } = await withFused('yes');
    expect(build).toThrow("DIDYPROG_FUSED is 'yes': it must be 0 or 1");
  });

  it('are missing, with a reason, where WebAssembly is', async () => {
    vi.stubGlobal('WebAssembly', undefined);
    vi.resetModules();
    const { hasKernels, kernelFault } = await import('./compiled.js');
    expect(hasKernels()).toBe(false);
    expect(kernelFault()).toMatch(/^the kernels need WebAssembly with SIMD/);
    const { currentKernels } = await import('./module.js');
    expect(() => currentKernels()).toThrow(kernelFault());
    // Arrays for the kernels are ordinary ones, and programs compute with them.
    const { KernelArray, linearChain } = await import('../index.js');
    const [theta, gradient] = [new KernelArray(4), new KernelArray(4)];
    theta.data.set([1, 0, 0, 2]);
    const chain = linearChain({ batch: 1, time: 1, states: 2, omega: 'hard' });
    chain.gradient(theta.data, gradient.data);
    expect(gradient.data).toEqual(Float32Array.of(0, 0, 0, 1));
    gradient.free();
    expect(() => gradient.data).toThrow('the array was freed');
    vi.unstubAllGlobals();
    expect((await withFused(undefined)).build()).toMatch(/plain|fused/);
  });
});

describe('the text of the kernels', () => {
  const families = Object.values(binaries).filter((family) => typeof family === 'object');

  it('is read alike by the host and by a kernel: WebAssembly, but for its marked instructions', () => {
    expect(families).toHaveLength(7);
    for (const family of families) {
      const bytes = binaryOf(family);
      expect(bytes).toEqual(bytesOf(family.code));
      expect(WebAssembly.Module.exports(new WebAssembly.Module(bytes)).length).toBe(
        family.names.split(' ').length,
      );
    }
  });

  it('is read where there is no TextEncoder too', () => {
    const bytes = binaryOf(binaries.graphKernels);
    vi.stubGlobal('TextEncoder', undefined);
    expect(binaryOf(binaries.graphKernels)).toEqual(bytes);
    vi.unstubAllGlobals();
  });
});
