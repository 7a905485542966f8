import type { Arena } from './arena.js';
import { multiply } from './matmul.js';
import { denseKernels } from './binaries.js';
import { type Kernels, useFamily, withKernels } from './module.js';
import { copyRows, sumRows } from './rows.js';

useFamily(denseKernels);

/** A dense layer's sizes: x is [rows, inputs], y [rows, outputs]. */
export interface LinearShape {
  rows: number;
  inputs: number;
  outputs: number;
}

/** What a dense layer reads. */
export interface LinearArrays {
  /** [rows, inputs] */
  x: Float32Array;
  /** [inputs, outputs] */
  weights: Float32Array;
  /** [outputs]; default 0. */
  bias?: Float32Array | undefined;
}

/** The gradients of what a dense layer reads. */
export type LinearGradients = Required<LinearArrays>;

/** y = x·weights + bias, [rows, outputs]. */
export function linearForward(shape: LinearShape, arrays: LinearArrays): Float32Array {
  return withKernels((kernels, arena) => {
    const { y } = affine(kernels, arena, shape, arrays);
    return arena.view(y, shape.rows * shape.outputs).slice();
  });
}

/** The gradients from that of y, [rows, outputs]. */
export function linearBackward(
  shape: LinearShape,
  { x, weights }: LinearArrays,
  dy: Float32Array,
): LinearGradients {
  return withKernels((kernels, arena) => {
    const at = { x: arena.floats(x), weights: arena.floats(weights), dy: arena.floats(dy) };
    return gradients(kernels, arena, shape, at);
  });
}

/** Targets and weights of the rows of logits. */
export interface Targets {
  /** [rows], the right column of each row; what a row of weight 0 has is never looked at. */
  targets: Int32Array;
  /** [rows] */
  weights: Float32Array;
  /** The share of each target that is spread over all columns. */
  smoothing: number;
}

/**
 * Σ_r weights[r]·(ln Σ_j e^logits[r, j] − Σ_j q[j]·logits[r, j]), and its gradient by the logits: q is
 * 1 − smoothing at targets[r], and smoothing / columns more everywhere.
 *
 * @param logits [rows, columns]
 */
export function crossEntropy(
  logits: Float32Array,
  columns: number,
  targets: Targets,
): { loss: number; gradient: Float32Array } {
  return withKernels((kernels, arena) => {
    const x = arena.floats(logits);
    const loss = crossEntropyInPlace(kernels, arena, x, columns, targets, true);
    return { loss, gradient: arena.view(x, logits.length).slice() };
  });
}

/**
 * The cross entropy of a dense layer's softmax, and the layer's gradients: as `crossEntropy` of
 * `linearForward`, but the logits, for a large vocabulary by far the largest array, never leave
 * the kernels' memory.
 */
export function linearCrossEntropy(
  shape: LinearShape,
  arrays: LinearArrays,
  targets: Targets,
  { gradient }: { gradient: boolean },
): { loss: number; gradients: LinearGradients | undefined } {
  return withKernels((kernels, arena) => {
    const at = affine(kernels, arena, shape, arrays);
    const loss = crossEntropyInPlace(kernels, arena, at.y, shape.outputs, targets, gradient);
    if (!gradient) return { loss, gradients: undefined };
    return { loss, gradients: gradients(kernels, arena, shape, { ...at, dy: at.y }) };
  });
}

/** Computes y; returns the addresses of it and of what it was computed from. */
function affine(
  kernels: Kernels,
  arena: Arena,
  { rows, inputs, outputs }: LinearShape,
  arrays: LinearArrays,
): { x: number; weights: number; y: number } {
  const x = arena.floats(arrays.x);
  const weights = arena.floats(arrays.weights);
  const y = arena.reserve(rows * outputs * 4);
  if (arrays.bias) {
    const bias = { address: arena.floats(arrays.bias), stride: 0 };
    const to = { address: y, stride: outputs };
    copyRows(kernels, arena, to, bias, { rows, columns: outputs });
  }
  multiply(
    kernels,
    arena,
    { address: x, rows, columns: inputs },
    { address: weights, rows: inputs, columns: outputs },
    { address: y },
    { add: arrays.bias !== undefined },
  );
  return { x, weights, y };
}

function gradients(
  kernels: Kernels,
  arena: Arena,
  { rows, inputs, outputs }: LinearShape,
  at: { x: number; weights: number; dy: number },
): LinearGradients {
  const dy = { address: at.dy, rows, columns: outputs };
  const dx = arena.reserve(rows * inputs * 4);
  const transposed = { address: at.weights, rows: outputs, columns: inputs, transposed: true };
  multiply(kernels, arena, dy, transposed, { address: dx });
  const weights = arena.reserve(inputs * outputs * 4);
  const x = { address: at.x, rows: inputs, columns: rows, transposed: true };
  multiply(kernels, arena, x, dy, { address: weights });
  const source = { address: at.dy, stride: outputs };
  const bias = sumRows(kernels, arena, source, { rows, columns: outputs });
  return {
    x: arena.view(dx, rows * inputs).slice(),
    weights: arena.view(weights, inputs * outputs).slice(),
    bias: arena.view(bias, outputs).slice(),
  };
}

/** Rows that one job takes. */
const BLOCK = 8;

/** The loss of the logits at x, whose place their gradient takes if asked for, else nothing of use. */
function crossEntropyInPlace(
  kernels: Kernels,
  arena: Arena,
  x: number,
  columns: number,
  { targets, weights, smoothing }: Targets,
  gradient: boolean,
): number {
  return arena.scope(() => {
    const rows = targets.length;
    const losses = arena.reserve(rows * 4);
    const params = arena.block('CrossEntropyCall', {
      x,
      columns,
      targets: arena.integers(targets),
      weights: arena.floats(weights),
      losses,
      rows,
      block: BLOCK,
      gradient: Number(gradient),
      smoothing,
    });
    const jobs = Math.ceil(rows / BLOCK);
    kernels.run('softmaxCrossEntropy', { params, jobs, nanoseconds: rows * columns * 1.5 });
    return arena.view(losses, rows).reduce((sum, loss) => sum + loss, 0);
  });
}
