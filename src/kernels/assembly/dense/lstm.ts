// The recurrent part of an LSTM over a batch of sequences: see ../lstm.ts for the layout of the
// rows. The gates are i, f, c, o, each `units` wide (a multiple of 4; the units that only pad are
// zeros throughout).
import { sigmoid, tanh } from '../simd/elementary';
import { madd } from '../simd/madd';
import { multiplyPanels, SCRATCH } from './matmul';
import { packPanels } from './pack';

/** What a job's items share. */
@unmanaged
export class LstmDirection {
  /** [rows, 4·units]: the input projection, then the gates, then the gradient before the gates. */
  gates: usize;
  /** [rows, units] each: hidden states, cells and the cells' tanh. */
  hidden: usize;
  cells: usize;
  squashed: usize;
  bias: usize;
  /** Packed: the recurrent kernel, or its transpose in the backward pass. */
  recurrent: usize;
  /** [items, units], or 0 where the initial state is zero. */
  initialHidden: usize;
  initialCell: usize;
  /** y or its gradient at this direction's first unit, or 0; and the item and time of each row. */
  outputs: usize;
  positions: usize;
  /** Backward: the gradient with respect to the state a step hands on, [items, units]. */
  carriedHidden: usize;
  carriedCell: usize;
}

/** The sizes of the batch and where its tables are. */
@unmanaged
export class LstmCall {
  /** [jobs, 3]: a direction's address, the first item and the one after the last. */
  jobs: usize;
  /** [steps + 1]: the first row of each step. */
  offsets: usize;
  steps: i32;
  units: i32;
  /** The units that are not padding. */
  used: i32;
  /** Floats from one position of y to the next. */
  outputStride: i32;
}

/**
 * The forward pass of a job's items through all their steps.
 * workspace: SCRATCH bytes and the packed hidden states.
 */
export function lstmForward(batch: LstmCall, job: i32, workspace: usize): void {
  const entry = batch.jobs + <usize>(job * 12);
  const direction = changetype<LstmDirection>(<usize>load<u32>(entry));
  const from = load<i32>(entry, 4);
  const to = load<i32>(entry, 8);
  const units = batch.units;
  const width = (<usize>units) << 2;
  for (let step = 0; step < batch.steps; step++) {
    const first = offset(batch, step);
    const count = min(to, offset(batch, step + 1) - first) - from;
    if (count <= 0) return;
    const row = first + from;
    const gates = direction.gates + <usize>row * (width << 2);
    let hidden = direction.initialHidden;
    let cell = direction.initialCell;
    if (step > 0) {
      const skip = <usize>offset(batch, step - 1) * width;
      hidden = direction.hidden + skip;
      cell = direction.cells + skip;
    }
    if (hidden) {
      const packed = workspace + SCRATCH;
      const source = hidden + <usize>from * width;
      packPanels(packed, source, units, false, 0, count, batch.used, 0, (count + 3) >> 2, false);
      multiplyPanels(
        packed,
        direction.recurrent,
        gates,
        units << 2,
        count,
        units << 2,
        batch.used,
        true,
        workspace,
      );
    }
    for (let i = 0; i < count; i++) {
      const at = <usize>(row + i) * width;
      const previous = cell ? cell + <usize>(from + i) * width : 0;
      openGates(direction, width, at, gates + <usize>i * (width << 2), previous);
      if (direction.outputs) {
        const position = <usize>load<i32>(direction.positions + ((<usize>(row + i)) << 2));
        const output = direction.outputs + position * ((<usize>batch.outputStride) << 2);
        memory.copy(output, direction.hidden + at, (<usize>batch.used) << 2);
      }
    }
  }
}

// @inline
function offset(batch: LstmCall, step: i32): i32 {
  return load<i32>(batch.offsets + ((<usize>step) << 2));
}

/** One row: its gates, cell and hidden state. */
// @inline
function openGates(
  direction: LstmDirection,
  width: usize,
  at: usize,
  z: usize,
  previous: usize,
): void {
  const bias = direction.bias;
  const cells = direction.cells + at;
  const squashes = direction.squashed + at;
  const hidden = direction.hidden + at;
  const z1 = z + width;
  const z2 = z1 + width;
  const z3 = z2 + width;
  const bias1 = bias + width;
  const bias2 = bias1 + width;
  const bias3 = bias2 + width;
  for (let j: usize = 0; j < width; j += 16) {
    const i = sigmoid(f32x4.add(v128.load(z + j), v128.load(bias + j)));
    const f = sigmoid(f32x4.add(v128.load(z1 + j), v128.load(bias1 + j)));
    const g = tanh(f32x4.add(v128.load(z2 + j), v128.load(bias2 + j)));
    const o = sigmoid(f32x4.add(v128.load(z3 + j), v128.load(bias3 + j)));
    v128.store(z + j, i);
    v128.store(z1 + j, f);
    v128.store(z2 + j, g);
    v128.store(z3 + j, o);
    let cell = f32x4.mul(i, g);
    if (previous) cell = madd(f, v128.load(previous + j), cell);
    const squashed = tanh(cell);
    v128.store(cells + j, cell);
    v128.store(squashes + j, squashed);
    v128.store(hidden + j, f32x4.mul(o, squashed));
  }
}

/**
 * The backward pass of a job's items, from their last step to their first: the gates become the
 * gradient before the gates, and the carried gradients end as those of the initial state.
 * workspace: SCRATCH bytes and the packed gradients.
 */
export function lstmBackward(batch: LstmCall, job: i32, workspace: usize): void {
  const entry = batch.jobs + <usize>(job * 12);
  const direction = changetype<LstmDirection>(<usize>load<u32>(entry));
  const from = load<i32>(entry, 4);
  const to = load<i32>(entry, 8);
  const units = batch.units;
  const width = (<usize>units) << 2;
  for (let step = batch.steps - 1; step >= 0; step--) {
    const first = offset(batch, step);
    const count = min(to, offset(batch, step + 1) - first) - from;
    if (count <= 0) continue;
    const row = first + from;
    const gates = direction.gates + <usize>row * (width << 2);
    let cell = direction.initialCell;
    if (step > 0) cell = direction.cells + <usize>offset(batch, step - 1) * width;
    for (let i = 0; i < count; i++) {
      const previous = cell ? cell + <usize>(from + i) * width : 0;
      let output: usize = 0;
      if (direction.outputs) {
        const position = <usize>load<i32>(direction.positions + ((<usize>(row + i)) << 2));
        output = direction.outputs + position * ((<usize>batch.outputStride) << 2);
      }
      closeGates(
        direction,
        width,
        (<usize>batch.used) << 2,
        <usize>(row + i) * width,
        gates + <usize>i * (width << 2),
        previous,
        <usize>(from + i) * width,
        output,
      );
    }
    if (step > 0 || direction.initialHidden) {
      const packed = workspace + SCRATCH;
      packPanels(
        packed,
        gates,
        units << 2,
        false,
        0,
        count,
        units << 2,
        0,
        (count + 3) >> 2,
        false,
      );
      multiplyPanels(
        packed,
        direction.recurrent,
        direction.carriedHidden + <usize>from * width,
        units,
        count,
        batch.used,
        units << 2,
        false,
        workspace,
      );
    }
  }
}

/** One row: the gradient before its gates, and the one its cell hands back. */
// @inline
function closeGates(
  direction: LstmDirection,
  width: usize,
  used: usize,
  at: usize,
  z: usize,
  previous: usize,
  item: usize,
  output: usize,
): void {
  const one = f32x4.splat(1);
  const carriedHidden = direction.carriedHidden + item;
  const carriedCell = direction.carriedCell + item;
  const squashes = direction.squashed + at;
  const z1 = z + width;
  const z2 = z1 + width;
  const z3 = z2 + width;
  for (let j: usize = 0; j < width; j += 16) {
    let hidden = v128.load(carriedHidden + j);
    if (output) {
      if (j + 16 <= used) hidden = f32x4.add(hidden, v128.load(output + j));
      else hidden = f32x4.add(hidden, partial(output + j, used - j));
    }
    const i = v128.load(z + j);
    const f = v128.load(z1 + j);
    const g = v128.load(z2 + j);
    const o = v128.load(z3 + j);
    const squashed = v128.load(squashes + j);
    const through = f32x4.mul(f32x4.mul(hidden, o), f32x4.sub(one, f32x4.mul(squashed, squashed)));
    const cell = f32x4.add(v128.load(carriedCell + j), through);
    const byInput = f32x4.mul(f32x4.mul(cell, g), f32x4.mul(i, f32x4.sub(one, i)));
    const byCandidate = f32x4.mul(f32x4.mul(cell, i), f32x4.sub(one, f32x4.mul(g, g)));
    const byOutput = f32x4.mul(f32x4.mul(hidden, squashed), f32x4.mul(o, f32x4.sub(one, o)));
    let byForget = f32x4.splat(0);
    if (previous) {
      const slope = f32x4.mul(f, f32x4.sub(one, f));
      byForget = f32x4.mul(f32x4.mul(cell, v128.load(previous + j)), slope);
    }
    v128.store(z + j, flush(byInput));
    v128.store(z1 + j, flush(byForget));
    v128.store(z2 + j, flush(byCandidate));
    v128.store(z3 + j, flush(byOutput));
    v128.store(carriedCell + j, flush(f32x4.mul(cell, f)));
  }
}

/** The first bytes/4 < 4 floats at an address, zeros behind. */
function partial(at: usize, bytes: usize): v128 {
  let value = v128.load32_zero(at);
  if (bytes > 4) value = v128.load32_lane(at + 4, value, 1);
  if (bytes > 8) value = v128.load32_lane(at + 8, value, 2);
  return value;
}

/** Gradients too small to matter become 0: WebAssembly computes denormals, many times slower. */
// @inline
function flush(x: v128): v128 {
  return v128.andnot(x, f32x4.lt(f32x4.abs(x), f32x4.splat(1e-30)));
}
