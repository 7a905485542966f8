import type { Arena } from './arena.js';
import { HeldFloats } from './held-floats.js';
import { blockSize, LstmPass, type LstmDirection, type LstmShape } from './lstm-pass.js';
import { multiply, packRight } from './matmul.js';
import { withKernels, type Kernels } from './module.js';
import { sumRows } from './rows.js';

export type { LstmDirection, LstmShape } from './lstm-pass.js';

/** The gradients of a direction's arrays, of their shapes. */
export interface LstmGradients {
  kernel: Float32Array;
  recurrentKernel: Float32Array;
  bias: Float32Array;
  /** Where the direction has an initial state. */
  hidden?: Float32Array;
  cell?: Float32Array;
}

/**
 * What the forward pass computed and the backward pass uses up: a block for each direction, in the
 * kernels' memory.
 */
export type LstmTape = readonly HeldFloats[];

/**
 * Runs an LSTM of one or two directions over a batch of sequences: gates i, f, c, o, the logistic
 * function for the gates, tanh for candidate and output. O(steps · units · (inputs + units));
 * padding costs nothing. The same result bit for bit whatever the number of threads.
 *
 * @param x [batch, time, inputs]
 * @param options.keep whether to return the tape for the backward pass
 * @returns y, the directions side by side in its last dimension: [batch, time, …], exactly 0 past
 *   each item's length, or [batch, …]; the cells after each item's last step, [batch, units] for
 *   each direction, with `returns: 'last'`; and the tape
 */
export function lstmForward(
  shape: LstmShape,
  x: Float32Array,
  directions: readonly LstmDirection[],
  { keep }: { keep: boolean },
): { y: Float32Array; cells: Float32Array[]; tape: LstmTape } {
  const tape = keep ? directions.map(() => new HeldFloats(blockSize(shape), 'anything')) : [];
  const tapeAt = tape.map((block) => block.address());
  const results = withKernels((kernels, arena) => {
    const pass = new LstmPass(kernels, arena, shape, directions.length);
    const { width } = pass;
    const xAt = pass.inputs(x);
    const y = { address: arena.zeros(pass.outputSize), size: pass.outputSize };
    const blocks = directions.map((direction, at) => {
      const block = pass.block(tapeAt[at]);
      const positions = pass.positions(direction.reverse);
      const bias = pass.padGates(direction.bias, 1);
      const recurrent = packRight(kernels, arena, {
        address: pass.padGates(direction.recurrentKernel, shape.units),
        rows: shape.units,
        columns: 4 * width,
      });
      arena.scope(() => {
        const kernel = pass.padGates(direction.kernel, shape.inputs);
        multiply(
          kernels,
          arena,
          { address: xAt, rows: pass.rows, columns: shape.inputs, table: positions },
          { address: kernel, rows: shape.inputs, columns: 4 * width },
          { address: block.gates },
        );
      });
      const initial = pass.initialState(direction, block);
      const params = arena.block('LstmDirection', {
        gates: block.gates,
        hidden: block.hidden,
        cells: block.cells,
        squashed: block.squashed,
        bias,
        recurrent: recurrent.address,
        positions,
        initialHidden: initial.hidden,
        initialCell: initial.cell,
        outputs: pass.sequenceAt(y.address, at),
        carriedHidden: 0,
        carriedCell: 0,
      });
      return { ...block, params };
    });
    pass.run(
      'lstmForward',
      blocks.map(({ params }) => params),
      shape.units,
    );
    let cells: Float32Array[] = [];
    if (shape.returns === 'last') {
      const { units } = shape;
      for (const [at, block] of blocks.entries()) {
        pass.lastRows(
          y.address + at * units * 4,
          pass.outputs,
          block.hidden,
          directions[at]!.hidden,
        );
      }
      const addresses = blocks.map((block, at) => {
        const address = arena.zeros(shape.batch * units);
        pass.lastRows(address, units, block.cells, directions[at]!.cell);
        return address;
      });
      cells = addresses.map((address) => arena.view(address, shape.batch * units).slice());
    }
    return {
      y: arena.view(y.address, y.size).slice(),
      cells,
    };
  });
  return { ...results, tape };
}

/**
 * The gradients of an LSTM's inputs, weights and initial states from that of its y.
 *
 * @param x,directions as in the forward pass
 * @param tape its tape, which is used up
 * @param dy of y's shape
 * @param dCells with `returns: 'last'`, the gradients of the cells after each item's last step,
 *   [batch, units] for each direction; default 0
 * @returns the gradients of x and of each direction's arrays. Those too small to matter (below
 *   1e-30) are 0
 */
export function lstmBackward(
  shape: LstmShape,
  x: Float32Array,
  directions: readonly LstmDirection[],
  tape: LstmTape,
  dy: Float32Array,
  dCells: readonly Float32Array[] = [],
): { x: Float32Array; directions: LstmGradients[] } {
  const tapeAt = tape.map((block) => block.address());
  const results = withKernels((kernels, arena) => {
    const pass = new LstmPass(kernels, arena, shape, directions.length);
    const { width } = pass;
    const xAt = pass.inputs(x);
    const dxAt = arena.zeros(x.length);
    const dyAt = arena.floats(dy);
    const blocks = directions.map((direction, at) => {
      const block = pass.block(tapeAt[at]);
      const positions = pass.positions(direction.reverse);
      const recurrent = packRight(kernels, arena, {
        address: pass.padGates(direction.recurrentKernel, shape.units),
        rows: 4 * width,
        columns: shape.units,
        transposed: true,
      });
      const initial = pass.initialState(direction, block);
      const carried = pass.carriedGradients(dyAt, at, dCells[at]);
      const params = arena.block('LstmDirection', {
        gates: block.gates,
        hidden: block.hidden,
        cells: block.cells,
        squashed: block.squashed,
        bias: 0,
        recurrent: recurrent.address,
        positions,
        initialHidden: initial.hidden,
        initialCell: initial.cell,
        outputs: pass.sequenceAt(dyAt, at),
        carriedHidden: carried.hidden,
        carriedCell: carried.cell,
      });
      return { ...block, positions, carried, params };
    });
    pass.run(
      'lstmBackward',
      blocks.map(({ params }) => params),
      4 * width,
    );
    const gradients = blocks.map((block, at) =>
      arena.scope(() => {
        const direction = directions[at]!;
        const products = weightGradients(kernels, arena, pass, { ...block, xAt });
        inputGradient(kernels, arena, pass, { ...block, dxAt, kernel: direction.kernel });
        const given = direction.hidden !== undefined;
        return {
          kernel: pass.unpadGates(products.kernel, shape.inputs),
          recurrentKernel: pass.unpadGates(products.recurrent, shape.units),
          bias: pass.unpadGates(products.bias, 1),
          ...(given && pass.initialGradients(block.carried, at, dy, dCells[at])),
        };
      }),
    );
    pass.drop(dxAt, x.length);
    return { x: arena.view(dxAt, x.length).slice(), directions: gradients };
  });
  for (const block of tape) block.free();
  return results;
}

/** Where a direction's kernel, recurrent kernel and bias have their gradients, gates padded. */
function weightGradients(
  kernels: Kernels,
  arena: Arena,
  pass: LstmPass,
  at: { xAt: number; gates: number; initialHidden: number; positions: number },
): { kernel: number; recurrent: number; bias: number } {
  const { width, rows, shape } = pass;
  const { inputs, units } = shape;
  const kernel = arena.reserve(inputs * 4 * width * 4);
  const recurrent = arena.reserve(units * 4 * width * 4);
  const gates = { address: at.gates, rows, columns: 4 * width };
  const x = { address: at.xAt, rows: inputs, columns: rows, transposed: true, table: at.positions };
  multiply(kernels, arena, x, gates, { address: kernel });
  const before = {
    address: at.initialHidden,
    rows: units,
    columns: rows,
    stride: width,
    transposed: true,
    table: pass.previous(),
  };
  multiply(kernels, arena, before, gates, { address: recurrent });
  const source = { address: at.gates, stride: 4 * width };
  const bias = sumRows(kernels, arena, source, { rows, columns: 4 * width });
  return { kernel, recurrent, bias };
}

/** Adds a direction's part to the gradient of x. */
function inputGradient(
  kernels: Kernels,
  arena: Arena,
  pass: LstmPass,
  at: { gates: number; positions: number; dxAt: number; kernel: Float32Array },
): void {
  const { width, rows, shape } = pass;
  const { inputs } = shape;
  arena.scope(() => {
    const compact = arena.reserve(rows * inputs * 4);
    multiply(
      kernels,
      arena,
      { address: at.gates, rows, columns: 4 * width },
      {
        address: pass.padGates(at.kernel, inputs),
        rows: 4 * width,
        columns: inputs,
        transposed: true,
      },
      { address: compact },
    );
    pass.addRows(at.dxAt, compact, at.positions);
  });
}
