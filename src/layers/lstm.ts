import * as tf from '@tensorflow/tfjs-core';
import {
  lstmBackward,
  lstmForward,
  type LstmDirection,
  type LstmGradients,
  type LstmShape,
  type LstmTape,
} from '../kernels/lstm.js';
import { checkSizes, drawn } from '../dp/checks.js';
import { checkNumber, checkOneOf, checkSwitch } from '../value-checks.js';
import { checkLengths, checkNames, checkObject, checkTensor } from './checks.js';
import { firstDerivative, isRecording } from './first-derivative.js';
import { splitSave, tensorFloats, tensorOf } from './tensor-floats.js';

/** The weights of one direction, gates in the order i, f, c, o, as those of tf.layers.lstm. */
export interface LstmWeights {
  /** [inputs, 4·units] */
  kernel: tf.Tensor2D;
  /** [units, 4·units] */
  recurrentKernel: tf.Tensor2D;
  /** [4·units] */
  bias: tf.Tensor1D;
}

/** The state between two steps, [batch, units] each. */
export interface LstmState {
  hidden: tf.Tensor2D;
  cell: tf.Tensor2D;
}

/** How long the items of an LSTM are, what it gives, and its dropout. */
export interface LstmOptions {
  /** Steps of each item, [batch], 0 to time; default: time. */
  lengths?: ArrayLike<number> | undefined;
  /** 'sequence' (default): all hidden states; 'last': those after each item's last step. */
  returns?: 'sequence' | 'last' | undefined;
  /** Sets each input to 0 with probability `rate`, and scales the others by 1 / (1 − rate). */
  dropout?: { rate: number; /** an integer */ seed: number } | undefined;
}

const lstmOptions = ['lengths', 'returns', 'dropout'];

/**
 * An LSTM over a batch of sequences as one operation with a gradient for x, the weights and the
 * initial state: gates by the logistic function, candidate and output by tanh. Float32 on the
 * kernels, O(steps · units · (inputs + units)); padding costs nothing.
 *
 * @param x [batch, time, inputs]
 * @param options.reverse whether to start at each item's last position
 * @param options.initial the state before the first step; default 0
 * @returns 'sequence': [batch, time, units], the hidden state at each position, exactly 0 past each
 *   item's length. 'last': [batch, units], the hidden state after each item's last step (the first
 *   position with `reverse`); the initial one for an item of length 0
 * @throws RangeError for shapes that do not fit, lengths out of range and other values that are not
 *   allowed; TypeError for an option that there is not
 *
 * Source: Hochreiter & Schmidhuber 1997; Gers, Schmidhuber & Cummins 2000.
 *
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs';
 * import { lstm } from 'didyprog/layers';
 *
 * // Three inputs, two units; items of 5 and of 2 steps.
 * const weights = {
 *   kernel: tf.zeros<tf.Rank.R2>([3, 8]),
 *   recurrentKernel: tf.zeros<tf.Rank.R2>([2, 8]),
 *   bias: tf.zeros<tf.Rank.R1>([8]),
 * };
 * const hidden = lstm(tf.ones([2, 5, 3]), weights, { lengths: [5, 2] });
 * console.log(hidden.shape.join()); // 2,5,2
 * ```
 */
export function lstm(
  x: tf.Tensor3D,
  weights: LstmWeights,
  options: LstmOptions & { reverse?: boolean | undefined; initial?: LstmState | undefined } = {},
): tf.Tensor {
  checkNames('lstm', options, [...lstmOptions, 'reverse', 'initial']);
  const { reverse = false, initial } = options;
  checkSwitch('reverse', reverse);
  return run(x, [{ weights, reverse, initial }], options);
}

/**
 * Two LSTMs over the same sequences as one operation: the second starts at each item's last
 * position.
 *
 * @returns 'sequence': [batch, time, 2·units]; 'last': [batch, 2·units]; the forward one's units
 *   first. See `lstm`
 * @throws as `lstm`
 *
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs';
 * import { bidirectionalLstm } from 'didyprog/layers';
 *
 * // Three inputs, two units in each direction.
 * const weights = {
 *   kernel: tf.zeros<tf.Rank.R2>([3, 8]),
 *   recurrentKernel: tf.zeros<tf.Rank.R2>([2, 8]),
 *   bias: tf.zeros<tf.Rank.R1>([8]),
 * };
 * const last = bidirectionalLstm(tf.ones([2, 5, 3]), weights, weights, { returns: 'last' });
 * console.log(last.shape.join()); // 2,4
 * ```
 */
export function bidirectionalLstm(
  x: tf.Tensor3D,
  forward: LstmWeights,
  backward: LstmWeights,
  options: LstmOptions = {},
): tf.Tensor {
  checkNames('bidirectionalLstm', options, lstmOptions);
  const directions = [
    { weights: forward, reverse: false },
    { weights: backward, reverse: true },
  ];
  return run(x, directions, options);
}

/**
 * One step, where each needs what the one before it gave: decoding, and input feeding. Differentiable
 * by x, the state and the weights; where a whole sequence is known, `lstm` is quicker.
 *
 * @param x [batch, inputs]
 * @returns the state after it; its `hidden` is the step's output
 * @throws RangeError for shapes that do not fit
 *
 * O(batch · units · (inputs + units)).
 *
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs';
 * import { lstmStep } from 'didyprog/layers';
 *
 * // With weights of 0 every gate is ½, and half of the cell is kept.
 * const weights = {
 *   kernel: tf.zeros<tf.Rank.R2>([3, 8]),
 *   recurrentKernel: tf.zeros<tf.Rank.R2>([2, 8]),
 *   bias: tf.zeros<tf.Rank.R1>([8]),
 * };
 * const before = { hidden: tf.zeros<tf.Rank.R2>([1, 2]), cell: tf.ones<tf.Rank.R2>([1, 2]) };
 * console.log(lstmStep(tf.ones([1, 3]), before, weights).cell.dataSync().join()); // 0.5,0.5
 * ```
 */
export function lstmStep(x: tf.Tensor2D, state: LstmState, weights: LstmWeights): LstmState {
  checkTensor('x', x, ['batch', 'inputs']);
  checkObject('state', state, '{ hidden, cell }');
  const [batch, inputs] = x.shape;
  const direction = { weights, reverse: false, initial: state };
  const shape = checkShape([batch, 1, inputs], [direction], { returns: 'last' });
  const size: [number, number] = [batch, shape.units];
  const tensors = [x, ...tensorsOf(direction)];
  if (!isRecording()) {
    const { x: values, arrays } = readInputs([direction], tensors);
    const { y, cells } = lstmForward(shape, values, arrays, { keep: false });
    return { hidden: tf.tensor2d(y, size), cell: tf.tensor2d(cells[0]!, size) };
  }
  // A custom gradient has one value only: hidden state and cell behind each other.
  const operation = tf.customGrad((...inputs) => {
    const [given, save] = splitSave(inputs);
    save(given);
    const { x: values, arrays } = readInputs([direction], given);
    const { y, cells, tape } = lstmForward(shape, values, arrays, { keep: true });
    const nextTape = tapes(shape, tape);
    const both = new Float32Array(2 * y.length);
    both.set(y);
    both.set(cells[0]!, y.length);
    return {
      value: tf.tensor(both, [2, ...size]),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const outer = tensorFloats(dy);
        const [dHidden, dCell] = [outer.subarray(0, y.length), outer.subarray(y.length)];
        const { x: values, arrays } = readInputs([direction], saved);
        const gradients = lstmBackward(shape, values, arrays, nextTape(values, arrays), dHidden, [
          dCell,
        ]);
        const all = [gradients.x, ...gradientArrays(gradients.directions[0]!)].map((gradient, n) =>
          tensorOf(gradient, tensors[n]!.shape),
        );
        return firstDerivative('lstmStep', all, [...saved, dy]);
      },
    };
  });
  const [hidden, cell] = tf.unstack(operation(...tensors)) as [tf.Tensor2D, tf.Tensor2D];
  return { hidden, cell };
}

/**
 * Weights to start from: uniform in ±√(6 / (inputs + units)) and ±√(6 / (2·units)), by Glorot and
 * Bengio's rule for each gate; biases 0, the forget gate's 1, so that a cell keeps its content at
 * first.
 *
 * @param random numbers in [0, 1)
 * @throws RangeError for sizes that are no integers of at least 1, and for what random may not give;
 *   TypeError for a random that is no function
 *
 * @example
 * ```ts
 * import { initialLstmWeights } from 'didyprog/layers';
 *
 * console.log(initialLstmWeights(3, 2, Math.random).bias.join()); // 0,0,1,1,0,0,0,0
 * ```
 */
export function initialLstmWeights(
  inputs: number,
  units: number,
  random: () => number,
): { kernel: Float32Array; recurrentKernel: Float32Array; bias: Float32Array } {
  checkSizes({ inputs, units });
  if (typeof random !== 'function') {
    throw new TypeError('random must be a function that returns a number in [0, 1)');
  }
  const uniform = (rows: number) => {
    const bound = Math.sqrt(6 / (rows + units));
    return Float32Array.from({ length: rows * 4 * units }, () => (2 * drawn(random) - 1) * bound);
  };
  return {
    kernel: uniform(inputs),
    recurrentKernel: uniform(units),
    bias: new Float32Array(4 * units).fill(1, units, 2 * units),
  };
}

interface Direction {
  weights: LstmWeights;
  reverse: boolean;
  initial?: LstmState | undefined;
}

function run(x: tf.Tensor3D, directions: Direction[], options: LstmOptions): tf.Tensor {
  checkTensor('x', x, ['batch', 'time', 'inputs']);
  const shape = checkShape(x.shape, directions, options);
  const units = directions.length * shape.units;
  const shapeY =
    shape.returns === 'sequence' ? [shape.batch, shape.time, units] : [shape.batch, units];
  const tensors = [x, ...directions.flatMap(tensorsOf)];
  const operation = tf.customGrad((...inputs) => {
    const [given, save] = splitSave(inputs);
    save(given);
    const keep = isRecording();
    const { x: values, arrays } = readInputs(directions, given);
    const { y, tape } = lstmForward(shape, values, arrays, { keep });
    const nextTape = tapes(shape, tape);
    return {
      value: tensorOf(y, shapeY),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const { x: values, arrays } = readInputs(directions, saved);
        const outer = tensorFloats(dy);
        const gradients = lstmBackward(shape, values, arrays, nextTape(values, arrays), outer);
        const all = [gradients.x, ...gradients.directions.flatMap(gradientArrays)].map(
          (gradient, n) => tensorOf(gradient, tensors[n]!.shape),
        );
        return firstDerivative('lstm', all, [...saved, dy]);
      },
    };
  });
  return operation(...tensors);
}

/**
 * The tape of each way back, which uses it up: where derivatives are taken within derivatives there is more
 * than one, and the forward pass runs again.
 */
function tapes(shape: LstmShape, first: LstmTape) {
  let next: LstmTape | undefined = first;
  return (x: Float32Array, arrays: LstmDirection[]): LstmTape => {
    const tape = next ?? lstmForward(shape, x, arrays, { keep: true }).tape;
    next = undefined;
    return tape;
  };
}

function tensorsOf({ weights, initial }: Direction): tf.Tensor[] {
  const { kernel, recurrentKernel, bias } = weights;
  return [kernel, recurrentKernel, bias, ...(initial ? [initial.hidden, initial.cell] : [])];
}

/** The arrays of x and of all directions, for use before the next operation. */
function readInputs(
  directions: readonly Direction[],
  [x, ...rest]: tf.Tensor[],
): { x: Float32Array; arrays: LstmDirection[] } {
  let at = 0;
  const arrays = directions.map((direction) => {
    const own = rest.slice(at, (at += direction.initial ? 5 : 3));
    return readDirection(direction, own);
  });
  return { x: tensorFloats(x!), arrays };
}

/** A direction's arrays, from its tensors in the order of `tensorsOf`. */
function readDirection({ reverse }: Direction, tensors: tf.Tensor[]): LstmDirection {
  const [kernel, recurrentKernel, bias, hidden, cell] = tensors.map(tensorFloats);
  return {
    ...{ reverse, kernel: kernel!, recurrentKernel: recurrentKernel!, bias: bias!, hidden, cell },
  };
}

function gradientArrays(gradients: LstmGradients): Float32Array[] {
  const { kernel, recurrentKernel, bias, hidden, cell } = gradients;
  return [kernel, recurrentKernel, bias, ...(hidden && cell ? [hidden, cell] : [])];
}

function checkShape(
  [batch, time, inputs]: [number, number, number],
  directions: Direction[],
  { lengths, returns = 'sequence', dropout }: LstmOptions,
): LstmShape {
  for (const { weights, initial } of directions) {
    checkObject('weights', weights, '{ kernel, recurrentKernel, bias }');
    if (initial !== undefined) checkObject('initial', initial, '{ hidden, cell }');
  }
  const [{ weights: first }] = directions as [Direction];
  checkTensor('recurrentKernel', first.recurrentKernel, ['units', '4·units']);
  const [units] = first.recurrentKernel.shape;
  for (const { weights, initial } of directions) {
    const { kernel, recurrentKernel, bias } = weights;
    checkTensor('kernel', kernel, [inputs, 4 * units]);
    checkTensor('recurrentKernel', recurrentKernel, [units, 4 * units]);
    checkTensor('bias', bias, [4 * units]);
    if (!initial) continue;
    checkTensor('initial.hidden', initial.hidden, [batch, units]);
    checkTensor('initial.cell', initial.cell, [batch, units]);
  }
  checkOneOf('returns', returns, ['sequence', 'last']);
  if (dropout) {
    checkNames("the LSTM's dropout", dropout, ['rate', 'seed']);
    checkNumber('dropout.rate', dropout.rate, 'belowOne');
    checkNumber('dropout.seed', dropout.seed, 'integer');
  }
  const all = checkLengths('lengths', lengths, batch, 0, time);
  return { batch, time, inputs, units, lengths: all, returns, dropout };
}
