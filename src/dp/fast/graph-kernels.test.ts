import { describe, expect, it } from 'vitest';
import { dag } from '../programs/dag.js';

const options = {
  nodes: 3,
  edges: [
    [0, 1],
    [1, 2],
    [0, 2],
  ],
  omega: 'l2',
} as const;
// The middle has 0.75 − ½, the only one of its maximum; the leaf 0.5 twice, so that each way has half of
// the mass, and its value is 0.5 − ½·(½² + ½²).
const theta = Float32Array.of(0.75, 0.25, 0.5);

describe('registerGraphKernels', () => {
  it('is what dag alone goes without, and says so; loaded in Node it has called itself', async () => {
    const before = dag(options);
    expect(before.runsOn).toBe(
      'definition (float64): the graph kernels are not in use: call registerGraphKernels()',
    );
    const { registerGraphKernels } = await import('./graph-kernels.js');
    const after = dag(options);
    expect(after.runsOn).toBe('graph kernels');
    for (const program of [before, after]) {
      const { value, gradient } = program.gradient(theta);
      expect(value).toEqual(Float32Array.of(0.25));
      expect(gradient).toEqual(Float32Array.of(0.5, 0.5, 0.5));
    }
    registerGraphKernels();
    expect(dag(options).runsOn).toBe('graph kernels');
    expect(dag({ ...options, omega: 'hard' }).value(theta)).toEqual(Float32Array.of(1));
  });
});
