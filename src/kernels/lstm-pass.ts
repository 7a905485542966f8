import type { Arena } from './arena.js';
import { dropInputs, type Dropout } from './dropout.js';
import {
  previousRows,
  rowPositions,
  sequenceRows,
  splitItems,
  type SequenceRows,
} from './lstm-rows.js';
import { packedBytes } from './matmul.js';
import { denseKernels } from './binaries.js';
import { type Kernels, getThreads, useFamily } from './module.js';
import { addRows, copyRows } from './rows.js';
import type { Pointer } from './signatures.js';

useFamily(denseKernels);

/** The sizes of a batch of sequences and of the layer that reads it. */
export interface LstmShape {
  batch: number;
  time: number;
  inputs: number;
  units: number;
  /** Steps of each item, [batch], 0 to time. */
  lengths: ArrayLike<number>;
  /** 'sequence': y is [batch, time, directions · units]; 'last': [batch, directions · units]. */
  returns: 'sequence' | 'last';
  /** Drops inputs. */
  dropout?: Dropout | undefined;
}

/** One direction of the layer: the arrays of its weights and of its initial state. */
export interface LstmDirection {
  /** Whether it starts at each item's last position. */
  reverse: boolean;
  /** [inputs, 4·units] */
  kernel: Float32Array;
  /** [units, 4·units] */
  recurrentKernel: Float32Array;
  /** [4·units] */
  bias: Float32Array;
  /** [batch, units] each, both or none; default 0. */
  hidden?: Float32Array | undefined;
  cell?: Float32Array | undefined;
}

/** The addresses of what the forward pass computes for a direction, each row `width` floats. */
export interface LstmBlock {
  /** [rows, 4·width] */
  gates: number;
  /** [items, width], directly before `hidden` */
  initialHidden: number;
  /** [rows, width] each */
  hidden: number;
  cells: number;
  squashed: number;
}

/** About how long the recurrent part takes for each multiplication. */
const NANOSECONDS_A_MADD = 1 / 14;
const SCRATCH_BYTES = 128;

/** Floats of a block: what a tape keeps of a direction. */
export function blockSize({ lengths, units }: LstmShape): number {
  let [rows, items] = [0, 0];
  for (let item = 0; item < lengths.length; item++) {
    rows += lengths[item]!;
    if (lengths[item]! > 0) items++;
  }
  return (7 * rows + items) * paddedUnits(units);
}

/** The units rounded up to a multiple of four. */
function paddedUnits(units: number): number {
  return Math.ceil(units / 4) * 4;
}

/**
 * The memory of one pass: rows of steps without padding (see `sequenceRows`), units padded to
 * vectors.
 */
export class LstmPass {
  readonly shape: LstmShape;
  /** The units rounded up to a multiple of four; the padding is 0 throughout. */
  readonly width: number;
  /** Steps of all items together. */
  readonly rows: number;
  /** Floats of y at one position: the units of all directions. */
  readonly outputs: number;
  readonly #kernels: Kernels;
  readonly #arena: Arena;
  readonly #sequence: SequenceRows;
  readonly #order: number;

  constructor(kernels: Kernels, arena: Arena, shape: LstmShape, directions: number) {
    this.#kernels = kernels;
    this.#arena = arena;
    this.shape = shape;
    this.width = paddedUnits(shape.units);
    this.outputs = directions * shape.units;
    this.#sequence = sequenceRows(shape.lengths);
    this.rows = this.#sequence.offsets[this.#sequence.offsets.length - 1]!;
    this.#order = arena.integers(this.#sequence.order);
  }

  get outputSize(): number {
    const { batch, time, returns } = this.shape;
    return batch * (returns === 'sequence' ? time : 1) * this.outputs;
  }

  get #items(): number {
    return this.#sequence.order.length;
  }

  /** The memory of a direction: at the address of its part of a tape, or anywhere. */
  block(address?: number): LstmBlock {
    const { width, rows } = this;
    const gates = address ?? this.#arena.reserve(blockSize(this.shape) * 4);
    const initialHidden = gates + rows * width * 16;
    const hidden = initialHidden + this.#items * width * 4;
    const cells = hidden + rows * width * 4;
    return { gates, initialHidden, hidden, cells, squashed: cells + rows * width * 4 };
  }

  /** The address of the inputs, some of them dropped. */
  inputs(x: Float32Array): number {
    const address = this.#arena.floats(x);
    this.drop(address, x.length);
    return address;
  }

  /** Drops inputs, or their gradient, in place. */
  drop(address: number, n: number): void {
    const { dropout } = this.shape;
    if (dropout) dropInputs(this.#kernels, this.#arena, address, n, dropout);
  }

  /** The table of the position, item · time + t, that each row reads and writes. */
  positions(reverse: boolean): number {
    const { lengths, time } = this.shape;
    return this.#arena.integers(rowPositions(this.#sequence, lengths, time, reverse));
  }

  /** The table of each row's state before it, counted from `initialHidden`. */
  previous(): number {
    return this.#arena.integers(previousRows(this.#sequence));
  }

  /** Where a direction's part of y or its gradient begins when that is a sequence, else 0. */
  sequenceAt(address: number, direction: number): number {
    return this.shape.returns === 'sequence' ? address + direction * this.shape.units * 4 : 0;
  }

  /** The address of weights [rows, 4·units] with every gate padded: [rows, 4·width]. */
  padGates(weights: Float32Array, rows: number): number {
    const { units } = this.shape;
    if (units === this.width) return this.#arena.floats(weights);
    const to = this.#arena.reserve(rows * 16 * this.width);
    this.#arena.scope((arena) => {
      const from = { address: arena.floats(weights), stride: units };
      const size = { rows: rows * 4, columns: units, fill: this.width };
      copyRows(this.#kernels, arena, { address: to, stride: this.width }, from, size);
    });
    return to;
  }

  /** The way back from `padGates`. */
  unpadGates(address: number, rows: number): Float32Array {
    const { units } = this.shape;
    const count = rows * 4 * units;
    if (units === this.width) return this.#arena.view(address, count).slice();
    return this.#arena.scope((arena) => {
      const to = { address: arena.reserve(count * 4), stride: units };
      const size = { rows: rows * 4, columns: units };
      copyRows(this.#kernels, arena, to, { address, stride: this.width }, size);
      return arena.view(to.address, count).slice();
    });
  }

  /** Fills in a direction's initial state, in the items' order; addresses are 0 where it is zero. */
  initialState(
    { hidden, cell }: LstmDirection,
    { initialHidden }: LstmBlock,
  ): { hidden: number; cell: number } {
    if (!hidden || !cell) {
      this.#arena.view(initialHidden, this.#items * this.width).fill(0);
      return { hidden: 0, cell: 0 };
    }
    const cells = this.#arena.reserve(this.#items * this.width * 4);
    this.#gather(hidden, initialHidden);
    this.#gather(cell, cells);
    return { hidden: initialHidden, cell: cells };
  }

  /** Copies [batch, units] to [items, width]. */
  #gather(state: Float32Array, to: number): void {
    this.#arena.scope((arena) => this.#gatherRows(arena.floats(state), this.shape.units, to));
  }

  #gatherRows(from: number, stride: number, to: number): void {
    const { units } = this.shape;
    copyRows(
      this.#kernels,
      this.#arena,
      { address: to, stride: this.width },
      { address: from, stride, table: this.#order },
      { rows: this.#items, columns: units, fill: this.width },
    );
  }

  /** The gradients of the state after the last step, before the backward pass. */
  carriedGradients(
    dy: number,
    direction: number,
    dCells?: Float32Array,
  ): { hidden: number; cell: number } {
    const hidden = this.#arena.zeros(this.#items * this.width);
    const cell = this.#arena.zeros(this.#items * this.width);
    if (dCells) this.#gather(dCells, cell);
    if (this.shape.returns === 'last') {
      this.#gatherRows(dy + direction * this.shape.units * 4, this.outputs, hidden);
    }
    return { hidden, cell };
  }

  /** The gradients of the initial state, [batch, units] each, from the carried ones at the end. */
  initialGradients(
    carried: { hidden: number; cell: number },
    direction: number,
    dy: Float32Array,
    dCells?: Float32Array,
  ): { hidden: Float32Array; cell: Float32Array } {
    const { batch, units, lengths, returns } = this.shape;
    const [hidden, cell] = [carried.hidden, carried.cell].map((address) =>
      this.#arena.scope((arena) => {
        const to = { address: arena.zeros(batch * units), stride: units, table: this.#order };
        const size = { rows: this.#items, columns: units };
        copyRows(this.#kernels, arena, to, { address, stride: this.width }, size);
        return arena.view(to.address, batch * units).slice();
      }),
    ) as [Float32Array, Float32Array];
    if (returns === 'last') {
      // An item of no steps returns its initial state.
      for (let item = 0; item < batch; item++) {
        if (lengths[item]! > 0) continue;
        const from = item * this.outputs + direction * units;
        hidden.set(dy.subarray(from, from + units), item * units);
        if (dCells) cell.set(dCells.subarray(item * units, (item + 1) * units), item * units);
      }
    }
    return { hidden, cell };
  }

  /** Writes each item's row after its last step; an item of no steps has its initial state. */
  lastRows(to: number, stride: number, from: number, initial: Float32Array | undefined): void {
    const { batch, units, lengths } = this.shape;
    const { order, offsets } = this.#sequence;
    const rows = order.map((item, rank) => offsets[lengths[item]! - 1]! + rank);
    this.#arena.scope((arena) => {
      copyRows(
        this.#kernels,
        arena,
        { address: to, stride, table: this.#order },
        { address: from, stride: this.width, table: arena.integers(rows) },
        { rows: this.#items, columns: units },
      );
    });
    if (!initial) return;
    for (let item = 0; item < batch; item++) {
      if (lengths[item]! > 0) continue;
      const row = initial.subarray(item * units, (item + 1) * units);
      this.#arena.view(to + item * stride * 4, units).set(row);
    }
  }

  /** Adds compact rows [rows, inputs] to their positions in [batch, time, inputs]. */
  addRows(to: number, compact: number, positions: number): void {
    const { inputs } = this.shape;
    addRows(
      this.#kernels,
      this.#arena,
      { address: to, stride: inputs, table: positions },
      { address: compact, stride: inputs },
      { rows: this.rows, columns: inputs },
    );
  }

  /**
   * Runs the recurrent part: directions and ranges of items are independent jobs.
   *
   * @param directions the directions' blocks of parameters
   * @param k the columns of what is packed at each step
   */
  run(
    name: 'lstmForward' | 'lstmBackward',
    directions: readonly Pointer<'LstmDirection'>[],
    k: number,
  ): void {
    const { shape, rows, width } = this;
    if (rows === 0) return;
    const nanoseconds =
      directions.length * rows * 4 * width * (shape.units * NANOSECONDS_A_MADD + 3);
    const threads = nanoseconds > 100_000 ? getThreads() : 1;
    const parts = threads === 1 ? 1 : Math.ceil((2 * threads) / directions.length);
    const ranges = splitItems(this.#sequence, shape.lengths, parts);
    const jobs = directions.flatMap((direction) =>
      ranges.map(([from, to]) => [direction, from, to]),
    );
    const largest = Math.max(...ranges.map(([from, to]) => to - from));
    this.#arena.scope((arena) => {
      const { offsets } = this.#sequence;
      const params = arena.block('LstmCall', {
        jobs: arena.integers(jobs.flat()),
        offsets: arena.integers(offsets),
        steps: offsets.length - 1,
        units: width,
        used: shape.units,
        outputStride: this.outputs,
      });
      const workspace = SCRATCH_BYTES + packedBytes(largest, k);
      this.#kernels.run(name, { params, jobs: jobs.length, workspace, nanoseconds });
    });
  }
}
