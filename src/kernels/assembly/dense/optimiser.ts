@unmanaged
export class AdamCall {
  p: usize;
  g: usize;
  m: usize;
  v: usize;
  n: i32;
  /** A multiple of 4. */
  block: i32;
  scale: f32;
  beta1: f32;
  beta2: f32;
  rate: f32;
  correction: f32;
  epsilon: f32;
}

/**
 * One step of Adam for a block of a parameter: m ← β1·m + (1 − β1)·g, v ← β2·v + (1 − β2)·g²,
 * p ← p − rate·m / (√(v·correction) + ε), where g is the gradient times `scale`. Moments too small
 * to matter become 0. The last vector may reach past n, inside what an arena reserves.
 */
export function adam(call: AdamCall, job: i32, _workspace: usize): void {
  const p = call.p;
  const g = call.g;
  const m = call.m;
  const v = call.v;
  const scale = f32x4.splat(call.scale);
  const beta1 = f32x4.splat(call.beta1);
  const beta2 = f32x4.splat(call.beta2);
  const rate = f32x4.splat(call.rate);
  const correction = f32x4.splat(call.correction);
  const epsilon = f32x4.splat(call.epsilon);
  const one = f32x4.splat(1);
  const rest1 = f32x4.sub(one, beta1);
  const rest2 = f32x4.sub(one, beta2);
  const least = f32x4.splat(1e-36);
  const to = min(call.n, (job + 1) * call.block);
  for (let i = job * call.block; i < to; i += 4) {
    const at = (<usize>i) << 2;
    const gradient = f32x4.mul(v128.load(g + at), scale);
    let mean = f32x4.mul(beta1, v128.load(m + at));
    mean = f32x4.add(mean, f32x4.mul(rest1, gradient));
    mean = v128.andnot(mean, f32x4.lt(f32x4.abs(mean), least));
    let square = f32x4.mul(beta2, v128.load(v + at));
    square = f32x4.add(square, f32x4.mul(rest2, f32x4.mul(gradient, gradient)));
    square = v128.andnot(square, f32x4.lt(square, least));
    v128.store(m + at, mean);
    v128.store(v + at, square);
    const root = f32x4.add(f32x4.sqrt(f32x4.mul(square, correction)), epsilon);
    const change = f32x4.div(f32x4.mul(rate, mean), root);
    v128.store(p + at, f32x4.sub(v128.load(p + at), change));
  }
}

@unmanaged
export class SquareSumCall {
  x: usize;
  n: i32;
  /** A multiple of 4. */
  block: i32;
  /** [jobs], in float64. */
  sums: usize;
}

/** sums[job] = Σ x² over a block, in float64. */
export function squareSum(call: SquareSumCall, job: i32, _workspace: usize): void {
  const x = call.x;
  const to = min(call.n, (job + 1) * call.block);
  let low = f64x2.splat(0);
  let high = f64x2.splat(0);
  let i = job * call.block;
  for (; i + 4 <= to; i += 4) {
    const value = v128.load(x + ((<usize>i) << 2));
    const a = f64x2.promote_low_f32x4(value);
    const b = f64x2.promote_low_f32x4(v128.shuffle<f32>(value, value, 2, 3, 2, 3));
    low = f64x2.add(low, f64x2.mul(a, a));
    high = f64x2.add(high, f64x2.mul(b, b));
  }
  const all = f64x2.add(low, high);
  let sum = f64x2.extract_lane(all, 0) + f64x2.extract_lane(all, 1);
  for (; i < to; i++) {
    const value = <f64>load<f32>(x + ((<usize>i) << 2));
    sum += value * value;
  }
  store<f64>(call.sums + ((<usize>job) << 3), sum);
}

@unmanaged
export class DescendCall {
  p: usize;
  g: usize;
  n: i32;
  /** A multiple of 4. */
  block: i32;
  rate: f32;
}

/** One step of gradient descent for a block of a parameter: p ← p − rate·g. */
export function descend(call: DescendCall, job: i32, _workspace: usize): void {
  const p = call.p;
  const g = call.g;
  const rate = f32x4.splat(call.rate);
  const to = min(call.n, (job + 1) * call.block);
  for (let i = job * call.block; i < to; i += 4) {
    const at = (<usize>i) << 2;
    v128.store(p + at, f32x4.sub(v128.load(p + at), f32x4.mul(rate, v128.load(g + at))));
  }
}
