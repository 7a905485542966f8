import { checkOptions } from '../../option-names.js';
import type { ChainBatch } from '../fast/chain-call.js';
import { chainFastPath } from '../fast/chain-float32.js';
import { chainKernels } from '../../kernels/binaries.js';
import { kernelsHave } from '../../kernels/omega.js';
import { fitsKernels } from '../fast/chain-parts.js';
import { checkLengths, checkSize, smoothingOptions } from '../checks.js';
import { createProgram } from '../definition.js';
import { followed } from '../paths.js';
import { formsOf } from '../potentials.js';
import { sweepLayers } from '../sweep.js';
import { whyNoKernels, type FastPath } from '../fast/fast-path.js';
import { guarded } from '../fast/guarded.js';
import type { DynamicProgram, RealArray, Smoothing } from '../program.js';
import { chainGraphs, checkStates } from './chain-graph.js';

/** The problem and the smoothing of `linearChain`. */
export interface LinearChainOptions extends Smoothing {
  batch: number;
  /** The most moves of an item: time + 1 positions. */
  time: number;
  states: number;
  /** The moves of each item, 0 … time; default all. */
  lengths?: ArrayLike<number>;
}
const optionNames = [
  'batch',
  'time',
  'states',
  'lengths',
  ...smoothingOptions,
] satisfies (keyof LinearChainOptions)[];

/** Potentials of a chain by part; start and end are 0 where they are left out. */
export interface ChainParts<A extends RealArray = RealArray> {
  /** [batch, time, to, from]. */
  moves: A;
  /** [batch, states]. */
  start?: A;
  /** [batch, states]. */
  end?: A;
}

/** The moves alone, or all parts. */
export type ChainPotentials<A extends RealArray = RealArray> = A | ChainParts<A>;

/** The structure of `ChainParts`. */
export interface PartsStructure {
  moves: 'array';
  start?: 'array';
  end?: 'array';
}

/** `DynamicProgram` for both forms of theta: gradient, z and product have the structure of theta. */
export type LinearChainProgram = DynamicProgram<'array'> &
  DynamicProgram<PartsStructure> &
  DynamicProgram<'array' | PartsStructure>;

/**
 * The smoothed Viterbi algorithm: the smoothed best score of a path through a linear chain, where
 * theta[b][t][i][j] scores the move from state j at position t to state i at position t + 1. With
 * negentropy it is the log-partition of a linear-chain CRF. A path takes length + 1 maxes: one at
 * each move and one over the last states.
 *
 * Potentials may be -Infinity to forbid a move or a state. What lies beyond an item's length is
 * ignored and has gradient and product exactly 0.
 *
 * Paths are the states of an item's length + 1 positions; ties go to the smallest previous state.
 *
 * Float64Arrays are computed in float64: the definition. Value, gradient, Hessian product and best
 * path of Float32Arrays run on the kernels.
 *
 * All methods take O(batch · time · states²) time, `kBest` k times that, and that memory for one item
 * at a time but for `value`, which keeps two positions.
 *
 * @throws RangeError for bad sizes, lengths or γ, at once; later for a NaN (with its index) and for
 *   a batch item without an allowed path
 *
 * Source: Mensch & Blondel 2018, sections 3 and 4.1.
 *
 * @example
 * ```ts
 * import { linearChain } from 'didyprog';
 *
 * // One move between two states: four paths of score 0.
 * const chain = linearChain({ batch: 1, time: 1, states: 2, omega: 'negentropy' });
 * const { value, gradient } = chain.gradient(new Float64Array(4));
 * console.log(value[0]!.toFixed(4), gradient.join()); // 1.3863 0.25,0.25,0.25,0.25
 * ```
 */
export function linearChain(options: LinearChainOptions): LinearChainProgram {
  checkOptions('linearChain', options, optionNames);
  const { batch, time, states } = options;
  checkSize('batch', batch, 1);
  checkSize('time', time, 0);
  checkSize('states', states, 1);
  const lengths = checkLengths('lengths', options.lengths, batch, 0, time);
  const square = states * states;
  const shape = [time, states, states];
  const [moves, start, end] = [0, 1, 2];
  const graphs = chainGraphs({
    states,
    first: {
      entries: (to, from) => [to * states + from, square + from],
      slices: [
        { part: moves, start: 0, length: square },
        { part: start, start: 0, length: states },
      ],
    },
    later: {
      entries: (to, from) => [to * states + from],
      slices: (move) => [{ part: moves, start: move * square, length: square }],
    },
    end: {
      entries: (_to, from) => [from],
      slices: [{ part: end, start: 0, length: states }],
    },
    only: {
      entries: (_to, from) => [from, states + from],
      slices: [
        { part: start, start: 0, length: states },
        { part: end, start: 0, length: states },
      ],
    },
  });
  const ends = ['start', 'end'].map((name) => ({ name, shape: [states], optional: true }));
  return createProgram({
    ...options,
    sense: 1,
    forms: formsOf(
      [{ parts: [{ name: '', shape }] }, { parts: [{ name: 'moves', shape }, ...ends] }],
      batch,
    ),
    paths: followed,
    sweep: sweepLayers,
    graph: (item) => graphs(lengths[item]!),
    checkPath: (path, item) => checkStates(path, item, lengths[item]! + 1, states),
    fast: guarded(fastPath(options, lengths)),
  }) as LinearChainProgram;
}

function fastPath(
  { batch, time, states, omega, gamma = 1 }: LinearChainOptions,
  lengths: Int32Array,
): FastPath | string {
  if (!kernelsHave(omega, chainKernels)) return whyNoKernels(chainKernels);
  const kernelBatch: ChainBatch = { batch, time, states, omega, gamma, factored: false, lengths };
  if (!fitsKernels(kernelBatch)) return "four items are larger than the kernels' memory";
  return chainFastPath(kernelBatch);
}
