import { ChainCall, Mode } from '../chain/call';
import { expBelow } from '../simd/elementary';
import { pack } from './product';
import { scan } from '../simd/lanes';

/** The largest spread of finite transitions, over γ, for which the probability domain is safe. */
export const SPREAD: f32 = 60;

/** What `factoredWeights` prepares: the header, then matrices of `matrixBytes` each. */
@unmanaged
export class Weights {
  /** The largest transition: what was subtracted from all. */
  top: f32;
  /** 1 where some transition is forbidden. */
  forbidden: i32;
  /** 1 when the spread of the finite transitions is small enough. */
  safe: i32;
  /** The sum of all transitions and of all directions: below +Infinity, and finite. */
  sum: f32;
  zSum: f32;
}

/** The matrices behind the header; the last three are those of a direction. */
export const enum Matrix {
  /** exp((transition − top) / γ), [to, from]. */
  PLAIN = 0,
  FORWARD = 1,
  BACKWARD = 2,
  /** Which states lead to a state, a bit each, in words of 32. */
  SOURCES = 3,
  /** Direction / γ, and its product with the weights, packed. */
  Z = 4,
  Z_FORWARD = 5,
  Z_BACKWARD = 6,
  COUNT = 7,
}

/** The bytes of a matrix, with room to read a vector past it. */
// @inline
export function matrixBytes(states: i32): usize {
  return <usize>((states * states * 4 + 63) & ~63);
}

// @inline
export function matrixAt(weights: usize, states: i32, which: i32): usize {
  return weights + 64 + <usize>which * matrixBytes(states);
}

/** The bytes that `factoredWeights` fills, a scratch matrix included. */
export function factoredWeightsBytes(states: i32): i32 {
  return 64 + i32((Matrix.COUNT + 1) * matrixBytes(states));
}

/** Prepares a transition that the batch shares. */
export function factoredWeights(call: ChainCall): void {
  const states = call.states;
  const size = states * states;
  const weights = changetype<Weights>(call.weights);
  const from = call.moves;

  let top: f32 = -Infinity;
  let low: f32 = Infinity;
  let sum: f32 = 0;
  weights.forbidden = 0;
  for (let k = 0; k < size; k++) {
    const score = load<f32>(from + ((<usize>k) << 2));
    sum += score;
    if (score > top) top = score;
    if (score == -Infinity) weights.forbidden = 1;
    else if (score < low) low = score;
  }
  if (top == -Infinity) top = 0;
  weights.top = top;
  weights.sum = sum;
  weights.safe = i32(top - low <= SPREAD * call.gamma);

  const plain = matrixAt(call.weights, states, Matrix.PLAIN);
  const shift = f32x4.splat(top);
  const scale = f32x4.splat(1 / call.gamma);
  for (let k = 0; k < size; k += 4) {
    const at = (<usize>k) << 2;
    const x = f32x4.mul(f32x4.sub(v128.load(from + at), shift), scale);
    v128.store(plain + at, expBelow(x));
  }
  pack(plain, states, states, 1, matrixAt(call.weights, states, Matrix.FORWARD));
  pack(plain, states, 1, states, matrixAt(call.weights, states, Matrix.BACKWARD));
  if (weights.forbidden) {
    sources(from, states, 4, matrixAt(call.weights, states, Matrix.SOURCES));
  }
  weights.zSum = 0;
  if (call.mode == Mode.PRODUCT) {
    const z = matrixAt(call.weights, states, Matrix.Z);
    const products = matrixAt(call.weights, states, Matrix.Z_FORWARD);
    const back = matrixAt(call.weights, states, Matrix.Z_BACKWARD);
    for (let k = 0; k < size; k += 4) {
      const at = (<usize>k) << 2;
      const direction = f32x4.mul(v128.load(call.zMoves + at), scale);
      v128.store(z + at, direction);
      v128.store(back + at, f32x4.mul(direction, v128.load(plain + at)));
    }
    pack(back, states, states, 1, products);
    // Backward from a copy: a matrix cannot be packed over itself.
    const copy = matrixAt(call.weights, states, Matrix.COUNT);
    memory.copy(copy, back, matrixBytes(states));
    pack(copy, states, 1, states, back);
    const check = call.weights + 32;
    v128.store(check, f32x4.splat(0));
    scan(call.zMoves, size, check);
    weights.zSum =
      f32x4.extract_lane(v128.load(check), 0) +
      f32x4.extract_lane(v128.load(check), 1) +
      f32x4.extract_lane(v128.load(check), 2) +
      f32x4.extract_lane(v128.load(check), 3);
  }
}

/** Writes the bits of the states that lead to each state; transitions `step` bytes apart. */
export function sources(transition: usize, states: i32, step: usize, to: usize): void {
  const words = (states + 31) >> 5;
  for (let i = 0; i < states; i++) {
    for (let word = 0; word < words; word++, to += 4) {
      let bits: u32 = 0;
      const first = word << 5;
      const end = min(states, first + 32);
      for (let j = first; j < end; j++) {
        const score = load<f32>(transition + <usize>(i * states + j) * step);
        bits |= u32(score > -Infinity) << (j - first);
      }
      store<u32>(to, bits);
    }
  }
}
