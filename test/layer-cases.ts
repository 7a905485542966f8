import * as tf from '@tensorflow/tfjs';
import { dag, dtw, linearChain } from '../src/index.js';
import type { PathProgram } from '../src/layers/index.js';
import { randomArray, seededRandom } from './path-enumeration.js';

const random = seededRandom(21);
export const floats = (length: number, scale = 1) =>
  Float32Array.from(randomArray(length, random, scale));

export interface Case {
  name: string;
  program: PathProgram;
  shape: number[];
  /** Indices whose potential is forbidden. */
  forbidden: number[];
}

/** Every program over one tensor; l2 problems are away from kinks at these seeds. */
export const cases: Case[] = (['negentropy', 'l2'] as const).flatMap((omega) => [
  {
    name: `linear chain, unequal lengths, a forbidden move, ${omega}`,
    program: linearChain({ batch: 3, time: 3, states: 2, lengths: [3, 0, 2], omega }),
    shape: [3, 3, 2, 2],
    forbidden: [5],
  },
  {
    name: `dtw, classic moves, unequal lengths, a forbidden cell, ${omega}`,
    program: dtw({ batch: 2, rows: 4, cols: 3, rowLengths: [4, 2], colLengths: [3, 2], omega }),
    shape: [2, 4, 3],
    forbidden: [4],
  },
  {
    name: `dtw, advance moves, ${omega}`,
    program: dtw({ batch: 1, rows: 5, cols: 3, moves: 'advance', omega, gamma: 0.7 }),
    shape: [1, 5, 3],
    forbidden: [],
  },
  {
    name: `dag, ${omega}`,
    program: dag({
      nodes: 4,
      edges: [
        [0, 1],
        [0, 2],
        [1, 2],
        [1, 3],
        [2, 3],
      ],
      omega,
    }),
    shape: [5],
    forbidden: [],
  },
]);

/** Potentials of a case, with what `forbidden` means for it. */
export function potentials({ program, shape, forbidden }: Case): tf.Tensor {
  const values = floats(shape.reduce((a, b) => a * b, 1));
  for (const at of forbidden) values[at] = -Infinity * program.sense;
  return tf.tensor(values, shape);
}

export const values = (tensor: tf.Tensor) => Array.from(tensor.dataSync());

/** Central differences of a scalar function; forbidden entries are left where they are. */
export function differences(f: (theta: tf.Tensor) => tf.Scalar, theta: tf.Tensor, step = 3e-3) {
  const at = values(theta);
  return at.map((score, entry) => {
    if (!Number.isFinite(score)) return 0;
    const moved = (by: number) =>
      tf.tidy(() => {
        const other = Float32Array.from(at);
        other[entry]! += by;
        return f(tf.tensor(other, theta.shape)).dataSync()[0]!;
      });
    return (moved(step) - moved(-step)) / (2 * step);
  });
}
