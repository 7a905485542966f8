import { exp, expm1, expm1Scalar, expScalar, log, logScalar } from '../simd/elementary';
import { sigmoid, sigmoidScalar, tanh, tanhScalar } from '../simd/elementary';

const EXP = 0;
const LOG = 1;
const TANH = 2;
const SIGMOID = 3;
const EXPM1 = 4;

@unmanaged
export class MapCall {
  /** By the numbers above. */
  f: i32;
  x: usize;
  y: usize;
  n: i32;
  /** A multiple of 4. */
  block: i32;
}

/** y[i] = f(x[i]) for the block's i: an elementary function over an array, in place where y is x. */
export function map(call: MapCall, job: i32, _workspace: usize): void {
  const f = call.f;
  if (f == EXP) mapBlock(call, job, EXP);
  else if (f == LOG) mapBlock(call, job, LOG);
  else if (f == TANH) mapBlock(call, job, TANH);
  else if (f == SIGMOID) mapBlock(call, job, SIGMOID);
  else mapBlock(call, job, EXPM1);
}

// @inline
function mapBlock(call: MapCall, job: i32, f: i32): void {
  const x = call.x;
  const y = call.y;
  const from = job * call.block;
  const to = min(call.n, from + call.block);
  let i = from;
  for (; i <= to - 4; i += 4) {
    const at = (<usize>i) << 2;
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
    const at = (<usize>i) << 2;
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
