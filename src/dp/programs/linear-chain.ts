import {
  bestPaths,
  chainValue,
  draw,
  firstBest,
  followBack,
  pathLogProbability,
  traceBack,
  walkChain,
  type Chain,
  type ChainSink,
} from './chain-walk.js';
import { float32LinearChain, isFloat32 } from '../fast/chain-float32.js';
import type { ChainBatch } from '../fast/chain-call.js';
import { kernelsHave } from '../../kernels/omega.js';
import { fitsKernels } from '../fast/chain-kernels.js';
import { checkDirection, checkLengths, checkPotentials, checkSize, zerosLike } from '../checks.js';
import { createSmoother } from '../omega/index.js';
import { writesToTargets } from '../targets.js';
import type {
  HessianTargets,
  Path,
  PathRegularisation,
  RankedPath,
  RealArray,
  Smoothing,
} from '../program.js';

/** The problem and the smoothing of `linearChain`. */
export interface LinearChainOptions extends Smoothing {
  batch: number;
  /** The most moves of an item: time + 1 positions. */
  time: number;
  states: number;
  /** The moves of each item, 0 … time; default all. */
  lengths?: ArrayLike<number>;
}

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

/** `DynamicProgram` for both forms of theta: gradient, z and product have the structure of theta. */
export interface LinearChainProgram extends PathRegularisation {
  value<A extends RealArray>(theta: ChainPotentials<A>): A;
  gradient<A extends RealArray>(theta: A, target?: A): { value: A; gradient: A };
  gradient<A extends RealArray>(
    theta: ChainParts<A>,
    target?: ChainParts<A>,
  ): { value: A; gradient: ChainParts<A> };
  hessianProduct<A extends RealArray>(
    theta: A,
    z: A,
    targets?: HessianTargets<A>,
  ): { value: A; gradient: A; directional: A; product: A };
  hessianProduct<A extends RealArray>(
    theta: ChainParts<A>,
    z: ChainParts<A>,
    targets?: HessianTargets<ChainParts<A>>,
  ): { value: A; gradient: ChainParts<A>; directional: A; product: ChainParts<A> };
  /** The states of each item's length + 1 positions; ties go to the smallest previous state. */
  argmax(theta: ChainPotentials): Path[];
  sample(theta: ChainPotentials, random: () => number): Path[];
  kBest(theta: ChainPotentials, k: number): RankedPath[][];
  logProbability<A extends RealArray>(theta: ChainPotentials<A>, paths: Path[]): A;
}

/**
 * The smoothed Viterbi algorithm: the smoothed best score of a path through a linear chain, where
 * theta[b][t][i][j] scores the move from state j at position t to state i at position t + 1. With
 * negentropy it is the log-partition of a linear-chain CRF. A path takes length + 1 maxes: one at
 * each move and one over the last states.
 *
 * Potentials may be -Infinity to forbid a move or a state. What lies beyond an item's length is
 * ignored and has gradient and product exactly 0.
 *
 * Float64Arrays are computed in float64: the definition. Value, gradient, Hessian product and best
 * path of Float32Arrays run on the kernels; the rest is computed in float64 and returned in theta's
 * type.
 *
 * All methods take O(batch · time · states²) time, and that memory for one item at a time but for
 * `value`, which keeps two positions.
 *
 * @throws RangeError for bad sizes, lengths or γ, at once; later for a NaN (with its index) and for
 *   a batch item without an allowed path
 *
 * Source: Mensch & Blondel 2018, sections 3 and 4.1.
 */
export function linearChain(options: LinearChainOptions): LinearChainProgram {
  const definition = float64LinearChain(options);
  if (!kernelsHave(options.omega)) return writesToTargets(definition);
  const { batch, time, states, lengths, omega, gamma = 1 } = options;
  const kernelBatch: ChainBatch = {
    ...{ batch, time, states, omega, gamma, factored: false },
    lengths: Int32Array.from({ length: batch }, (_, item) => lengths?.[item] ?? time),
  };
  if (!fitsKernels(kernelBatch)) return writesToTargets(definition);
  const float32 = float32LinearChain(kernelBatch);
  const by = (theta: ChainPotentials) => (isFloat32(theta) ? float32 : definition);
  const program = {
    ...definition,
    value: (theta: ChainPotentials) => by(theta).value(theta),
    gradient: (theta: ChainParts, target?: ChainParts) => by(theta).gradient(theta, target),
    hessianProduct: (theta: ChainParts, z: ChainParts, targets?: HessianTargets<ChainParts>) =>
      (isFloat32(z) ? by(theta) : definition).hessianProduct(theta, z, targets),
    argmax: (theta: ChainPotentials) => by(theta).argmax(theta),
  };
  return writesToTargets(program as LinearChainProgram);
}

/** The definition, in float64, returned in theta's type. */
function float64LinearChain(options: LinearChainOptions): LinearChainProgram {
  const { batch, time, states } = options;
  checkSize('batch', batch, 1);
  checkSize('time', time, 0);
  checkSize('states', states, 1);
  const lengths = checkLengths('lengths', options.lengths, batch, 0, time);
  const smoother = createSmoother(options);
  const hard = createSmoother({ omega: 'hard' });
  const moveShape = [batch, time, states, states];

  const at = (item: number, t: number, to: number, from: number) =>
    ((item * time + t) * states + to) * states + from;

  /** The chains of a batch, their potentials checked. */
  function chains(theta: ChainPotentials, check = checkScores): Chain[] {
    const { moves, start, end } = parts(theta);
    check('moves' in theta ? 'theta.moves' : 'theta', moves, moveShape);
    if (start) check('theta.start', start, [batch, states]);
    if (end) check('theta.end', end, [batch, states]);
    return Array.from(lengths, (length, item) => ({
      item,
      length,
      states,
      start: (state) => (start ? start[item * states + state]! : 0),
      end: (state) => (end ? end[item * states + state]! : 0),
      move: (t, to, from) => moves[at(item, t, to, from)]!,
    }));
  }

  /** Zeros of theta's structure, and where an item's results go in them. */
  function results(theta: ChainPotentials) {
    const { moves, start, end } = parts(theta);
    const into = {
      moves: zerosLike(moves),
      ...(start && { start: zerosLike(start) }),
      ...(end && { end: zerosLike(end) }),
    };
    const sink = (item: number): ChainSink => ({
      start(state, mass) {
        if (into.start) into.start[item * states + state] = mass;
      },
      end(state, mass) {
        if (into.end) into.end[item * states + state] = mass;
      },
      move(t, to, from, mass) {
        into.moves[at(item, t, to, from)] = mass;
      },
    });
    return { sink, whole: isArray(theta) ? into.moves : into };
  }

  const values = (theta: ChainPotentials, list: readonly number[]) => {
    const out = zerosLike(parts(theta).moves, batch);
    out.set(list);
    return out;
  };

  const program = {
    sense: 1,
    pathRegularisation(y: RealArray) {
      // One max a move and one at the end, whether or not the indicator says how long a path is.
      checkDirection('y', y, moveShape);
      return Float64Array.from(lengths, (length) => smoother.vertexCost * (length + 1));
    },
    value: (theta: ChainPotentials) =>
      values(
        theta,
        chains(theta).map((chain) => chainValue(chain, smoother)),
      ),
    gradient(theta: ChainPotentials) {
      const { sink, whole } = results(theta);
      const list = chains(theta).map((chain) => {
        const walk = walkChain(chain, smoother);
        followBack(chain, walk, sink(chain.item));
        return walk.value;
      });
      return { value: values(theta, list), gradient: whole };
    },
    hessianProduct(theta: ChainPotentials, z: ChainPotentials) {
      if (isArray(theta) !== isArray(z)) {
        throw new TypeError('z must have the structure of theta: both arrays, or both by part');
      }
      const gradient = results(theta);
      const product = results(theta);
      const directions = chains(z, (name, array, shape) =>
        checkDirection(name.replace('theta', 'z'), array, shape),
      );
      const walks = chains(theta).map((chain, item) => {
        const walk = walkChain(chain, smoother, directions[item]);
        followBack(chain, walk, gradient.sink(item), product.sink(item));
        return { value: walk.value, directional: walk.directional };
      });
      return {
        value: values(
          theta,
          walks.map(({ value }) => value),
        ),
        gradient: gradient.whole,
        directional: values(
          theta,
          walks.map(({ directional }) => directional),
        ),
        product: product.whole,
      };
    },
    argmax: (theta: ChainPotentials) =>
      chains(theta).map((chain) => traceBack(chain, walkChain(chain, hard), firstBest)),
    sample: (theta: ChainPotentials, random: () => number) =>
      chains(theta).map((chain) =>
        traceBack(chain, walkChain(chain, smoother), (distribution) => draw(distribution, random)),
      ),
    kBest(theta: ChainPotentials, k: number) {
      checkSize('k', k, 1);
      return chains(theta).map((chain) => bestPaths(chain, smoother, k));
    },
    logProbability(theta: ChainPotentials, paths: Path[]) {
      if (paths.length !== batch) {
        throw new RangeError(`${paths.length} paths: the batch has ${batch} items`);
      }
      const list = chains(theta).map((chain) =>
        pathLogProbability(chain, smoother, paths[chain.item]!),
      );
      return values(theta, list);
    },
  };
  // The structure and the type of theta decide those of the results, which only overloads can say.
  return program as LinearChainProgram;
}

const checkScores = (name: string, array: RealArray, shape: readonly number[]) =>
  checkPotentials(name, array, shape, -Infinity);

function parts(theta: ChainPotentials): ChainParts {
  return isArray(theta) ? { moves: theta } : theta;
}

function isArray(theta: ChainPotentials): theta is RealArray {
  return ArrayBuffer.isView(theta);
}
