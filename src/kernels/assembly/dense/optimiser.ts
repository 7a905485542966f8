/**
 * One step of Adam for a block of a parameter: m ← β1·m + (1 − β1)·g, v ← β2·v + (1 − β2)·g²,
 * p ← p − rate·m / (√(v·correction) + ε), where g is the gradient times `scale`. Moments too small
 * to matter become 0.
 * params: p, g, m, v, n, block (i32; a multiple of 4), scale, beta1, beta2, rate, correction,
 * epsilon (f32). The last vector may reach past n, inside what an arena reserves.
 */
export function adam(params: usize, job: i32, workspace: usize): void {
  const p = <usize>load<u32>(params, 0);
  const g = <usize>load<u32>(params, 4);
  const m = <usize>load<u32>(params, 8);
  const v = <usize>load<u32>(params, 12);
  const n = load<i32>(params, 16);
  const block = load<i32>(params, 20);
  const scale = f32x4.splat(load<f32>(params, 24));
  const beta1 = f32x4.splat(load<f32>(params, 28));
  const beta2 = f32x4.splat(load<f32>(params, 32));
  const rate = f32x4.splat(load<f32>(params, 36));
  const correction = f32x4.splat(load<f32>(params, 40));
  const epsilon = f32x4.splat(load<f32>(params, 44));
  const one = f32x4.splat(1);
  const rest1 = f32x4.sub(one, beta1);
  const rest2 = f32x4.sub(one, beta2);
  const least = f32x4.splat(1e-36);
  const to = min(n, (job + 1) * block);
  for (let i = job * block; i < to; i += 4) {
    const at = <usize>i << 2;
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

/**
 * sums[job] = Σ x² over a block, in float64. params: x, n, block (i32; a multiple of 4), sums.
 */
export function squareSum(params: usize, job: i32, workspace: usize): void {
  const x = <usize>load<u32>(params, 0);
  const n = load<i32>(params, 4);
  const block = load<i32>(params, 8);
  const sums = <usize>load<u32>(params, 12);
  const to = min(n, (job + 1) * block);
  let low = f64x2.splat(0);
  let high = f64x2.splat(0);
  let i = job * block;
  for (; i + 4 <= to; i += 4) {
    const value = v128.load(x + (<usize>i << 2));
    const a = f64x2.promote_low_f32x4(value);
    const b = f64x2.promote_low_f32x4(v128.shuffle<f32>(value, value, 2, 3, 2, 3));
    low = f64x2.add(low, f64x2.mul(a, a));
    high = f64x2.add(high, f64x2.mul(b, b));
  }
  const all = f64x2.add(low, high);
  let sum = f64x2.extract_lane(all, 0) + f64x2.extract_lane(all, 1);
  for (; i < to; i++) {
    const value = <f64>load<f32>(x + (<usize>i << 2));
    sum += value * value;
  }
  store<f64>(sums + (<usize>job << 3), sum);
}

/**
 * One step of gradient descent for a block of a parameter: p ← p − rate·g.
 * params: p, g, n, block (i32; a multiple of 4), rate (f32).
 */
export function descend(params: usize, job: i32, workspace: usize): void {
  const p = <usize>load<u32>(params, 0);
  const g = <usize>load<u32>(params, 4);
  const n = load<i32>(params, 8);
  const block = load<i32>(params, 12);
  const rate = f32x4.splat(load<f32>(params, 16));
  const to = min(n, (job + 1) * block);
  for (let i = job * block; i < to; i += 4) {
    const at = <usize>i << 2;
    v128.store(p + at, f32x4.sub(v128.load(p + at), f32x4.mul(rate, v128.load(g + at))));
  }
}
