import { expBelow, logScalar } from '../simd/elementary';

@unmanaged
export class CrossEntropyCall {
  /** [rows, columns]: logits, then their gradient. */
  x: usize;
  columns: i32;
  /** [rows], integers. */
  targets: usize;
  /** [rows], and so the losses. */
  weights: usize;
  losses: usize;
  rows: i32;
  /** The rows of a job. */
  block: i32;
  /** 0 leaves the exponentials of the logits in their place. */
  gradient: i32;
  /** The share of each target that is spread over all columns. */
  smoothing: f32;
}

/**
 * The cross entropy of the softmax of a block of rows, and its gradient in the logits' place:
 * losses[r] = w·(ln Σ e^x − q·x), x ← w·(softmax(x) − q), where q is the target's indicator but for
 * the share of it that is spread over all columns. A row of weight 0 has loss and gradient 0 whatever
 * its logits and target are.
 */
export function softmaxCrossEntropy(call: CrossEntropyCall, job: i32, _workspace: usize): void {
  const bytes = (<usize>call.columns) << 2;
  const targets = call.targets;
  const weights = call.weights;
  const losses = call.losses;
  const gradient = call.gradient != 0;
  const smoothing = call.smoothing;
  const kept = <f32>1 - smoothing;
  const each = smoothing / <f32>call.columns;
  const end = min(call.rows, (job + 1) * call.block);
  for (let r = job * call.block; r < end; r++) {
    const row = call.x + <usize>r * bytes;
    const weight = load<f32>(weights + ((<usize>r) << 2));
    if (weight == 0) {
      if (gradient) memory.fill(row, 0, bytes);
      store<f32>(losses + ((<usize>r) << 2), 0);
      continue;
    }
    const target = row + ((<usize>load<i32>(targets + ((<usize>r) << 2))) << 2);
    const score = load<f32>(target);
    const top = largest(row, bytes);
    const spread = smoothing == 0 ? <f32>0 : each * distance(row, bytes, top);
    const sum = exponentials(row, bytes, top);
    const loss = logScalar(sum) + kept * (top - score) + spread;
    store<f32>(losses + ((<usize>r) << 2), weight * loss);
    if (gradient) {
      scale(row, bytes, weight / sum, weight * each);
      store<f32>(target, load<f32>(target) - weight * kept);
    }
  }
}

/** The largest of the floats at an address. */
function largest(at: usize, bytes: usize): f32 {
  let top = f32x4.splat(-Infinity);
  let j: usize = 0;
  for (; j + 16 <= bytes; j += 16) top = f32x4.pmax(top, v128.load(at + j));
  let best = max(
    max(f32x4.extract_lane(top, 0), f32x4.extract_lane(top, 1)),
    max(f32x4.extract_lane(top, 2), f32x4.extract_lane(top, 3)),
  );
  for (; j < bytes; j += 4) best = max(best, load<f32>(at + j));
  return best;
}

/** Σ (top − x) of the floats at an address. */
function distance(at: usize, bytes: usize, top: f32): f32 {
  const from = f32x4.splat(top);
  let sum = f32x4.splat(0);
  let j: usize = 0;
  for (; j + 16 <= bytes; j += 16) sum = f32x4.add(sum, f32x4.sub(from, v128.load(at + j)));
  let all =
    f32x4.extract_lane(sum, 0) +
    f32x4.extract_lane(sum, 1) +
    (f32x4.extract_lane(sum, 2) + f32x4.extract_lane(sum, 3));
  for (; j < bytes; j += 4) all += top - load<f32>(at + j);
  return all;
}

/** Puts e^(x − top) in each x's place, and returns their sum. */
function exponentials(at: usize, bytes: usize, top: f32): f32 {
  const shift = f32x4.splat(top);
  let sum = f32x4.splat(0);
  let j: usize = 0;
  for (; j + 16 <= bytes; j += 16) {
    const e = expBelow(f32x4.sub(v128.load(at + j), shift));
    v128.store(at + j, e);
    sum = f32x4.add(sum, e);
  }
  let all =
    f32x4.extract_lane(sum, 0) +
    f32x4.extract_lane(sum, 1) +
    (f32x4.extract_lane(sum, 2) + f32x4.extract_lane(sum, 3));
  for (; j < bytes; j += 4) {
    const e = f32x4.extract_lane(expBelow(f32x4.splat(load<f32>(at + j) - top)), 0);
    store<f32>(at + j, e);
    all += e;
  }
  return all;
}

/**
 * Multiplies the floats at an address, and subtracts `less`. Products that are too small to matter
 * become 0: work with denormals takes many times longer.
 */
function scale(at: usize, bytes: usize, factor: f32, less: f32): void {
  const factors = f32x4.splat(factor);
  const lesses = f32x4.splat(less);
  const least = f32x4.splat(1e-30);
  let j: usize = 0;
  for (; j + 16 <= bytes; j += 16) {
    const y = f32x4.mul(v128.load(at + j), factors);
    const kept = v128.andnot(y, f32x4.lt(f32x4.abs(y), least));
    v128.store(at + j, f32x4.sub(kept, lesses));
  }
  for (; j < bytes; j += 4) {
    const y = load<f32>(at + j) * factor;
    store<f32>(at + j, (abs(y) < 1e-30 ? 0 : y) - less);
  }
}
