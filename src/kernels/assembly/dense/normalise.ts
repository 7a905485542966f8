import { exp, expScalar, log, logScalar } from '../simd/elementary';

@unmanaged
export class NormaliseCall {
  /** [rows, width], and so the slopes. */
  x: usize;
  slopes: usize;
  /** [rows] */
  normalisers: usize;
  rows: i32;
  width: i32;
  /** The rows of a job. */
  block: i32;
  /** 0: softmax. 1: the logistic function. */
  logistic: i32;
}

/** For rows of scores x: log Σ exp x and the softmax, or Σ softplus(x) and the logistic function. */
export function normaliseRows(call: NormaliseCall, job: i32, _workspace: usize): void {
  const width = call.width;
  const to = min(call.rows, (job + 1) * call.block);
  const logistic = call.logistic != 0;
  for (let row = job * call.block; row < to; row++) {
    const at = (<usize>(row * width)) << 2;
    const x = call.x + at;
    const slopes = call.slopes + at;
    const normaliser = call.normalisers + ((<usize>row) << 2);
    store<f32>(normaliser, logistic ? logisticRow(x, slopes, width) : softmaxRow(x, slopes, width));
  }
}

function sumLanes(x: v128): f32 {
  return (
    f32x4.extract_lane(x, 0) +
    f32x4.extract_lane(x, 1) +
    (f32x4.extract_lane(x, 2) + f32x4.extract_lane(x, 3))
  );
}

function softmaxRow(x: usize, slopes: usize, width: i32): f32 {
  let top = load<f32>(x);
  for (let k = 1; k < width; k++) top = max(top, load<f32>(x + ((<usize>k) << 2)));
  const tops = f32x4.splat(top);
  let sums = f32x4.splat(0);
  let k = 0;
  for (; k + 3 < width; k += 4) {
    const at = (<usize>k) << 2;
    const weight = exp(f32x4.sub(v128.load(x + at), tops));
    v128.store(slopes + at, weight);
    sums = f32x4.add(sums, weight);
  }
  let sum = sumLanes(sums);
  for (; k < width; k++) {
    const at = (<usize>k) << 2;
    const weight = expScalar(load<f32>(x + at) - top);
    store<f32>(slopes + at, weight);
    sum += weight;
  }
  for (let k = 0; k < width; k++) {
    const at = slopes + ((<usize>k) << 2);
    store<f32>(at, load<f32>(at) / sum);
  }
  return top + logScalar(sum);
}

function logisticRow(x: usize, slopes: usize, width: i32): f32 {
  const zero = f32x4.splat(0);
  const one = f32x4.splat(1);
  let sums = zero;
  let k = 0;
  for (; k + 3 < width; k += 4) {
    const at = (<usize>k) << 2;
    const score = v128.load(x + at);
    const small = exp(f32x4.neg(f32x4.abs(score)));
    const total = f32x4.add(one, small);
    sums = f32x4.add(sums, f32x4.add(f32x4.pmax(zero, score), log(total)));
    const share = v128.bitselect(one, small, f32x4.ge(score, zero));
    v128.store(slopes + at, f32x4.div(share, total));
  }
  let sum = sumLanes(sums);
  for (; k < width; k++) {
    const at = (<usize>k) << 2;
    const score = load<f32>(x + at);
    const small = expScalar(-abs(score));
    sum += max(score, 0) + logScalar(1 + small);
    store<f32>(slopes + at, (score >= 0 ? 1 : small) / (1 + small));
  }
  return sum;
}
