import { exp, expm1, expm1Scalar, expScalar, log, logScalar } from '../simd/elementary';
import { sigmoid, sigmoidScalar, tanh, tanhScalar } from '../simd/elementary';

const EXP = 0;
const LOG = 1;
const TANH = 2;
const SIGMOID = 3;
const EXPM1 = 4;

/**
 * y[i] = f(x[i]) for the block's i: an elementary function over an array, in place where y is x.
 * params: f (by the numbers above), x, y, n, block (i32; block a multiple of 4).
 */
export function map(params: usize, job: i32, workspace: usize): void {
  const f = load<i32>(params, 0);
  if (f == EXP) mapBlock(params, job, EXP);
  else if (f == LOG) mapBlock(params, job, LOG);
  else if (f == TANH) mapBlock(params, job, TANH);
  else if (f == SIGMOID) mapBlock(params, job, SIGMOID);
  else mapBlock(params, job, EXPM1);
}

// @ts-ignore: decorator
@inline function mapBlock(params: usize, job: i32, f: i32): void {
  const x = <usize>load<u32>(params, 4);
  const y = <usize>load<u32>(params, 8);
  const n = load<i32>(params, 12);
  const block = load<i32>(params, 16);
  const from = job * block;
  const to = min(n, from + block);
  let i = from;
  for (; i <= to - 4; i += 4) {
    const at = <usize>i << 2;
    const value = v128.load(x + at);
    let result: v128;
    if (f == EXP) result = exp(value);
    else if (f == LOG) result = log(value);
    else if (f == TANH) result = tanh(value);
    else if (f == SIGMOID) result = sigmoid(value);
    else result = expm1(value);
    v128.store(y + at, result);
  }
  for (; i < to; i++) {
    const at = <usize>i << 2;
    const value = load<f32>(x + at);
    let result: f32;
    if (f == EXP) result = expScalar(value);
    else if (f == LOG) result = logScalar(value);
    else if (f == TANH) result = tanhScalar(value);
    else if (f == SIGMOID) result = sigmoidScalar(value);
    else result = expm1Scalar(value);
    store<f32>(y + at, result);
  }
}
