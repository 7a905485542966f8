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
import { float32FactoredChain, isFloat32 } from '../fast/chain-float32.js';
import type { ChainBatch } from '../fast/chain-call.js';
import { kernelsHave } from '../../kernels/omega.js';
import { fitsKernels } from '../fast/chain-kernels.js';
import { checkDirection, checkLengths, checkPotentials, checkSize, zerosLike } from '../checks.js';
import { createSmoother } from '../omega/index.js';
import { writesToTargets } from '../targets.js';
import type { HessianTargets, Path, RankedPath, RealArray, Smoothing } from '../program.js';

/** The problem and the smoothing of `factoredChain`. */
export interface FactoredChainOptions extends Smoothing {
  batch: number;
  /** The most positions of an item. */
  positions: number;
  states: number;
  /** The positions of each item, 1 … positions; default all. */
  lengths?: ArrayLike<number>;
}

/** Potentials of a factored chain; start and end are 0 where they are left out. */
export interface FactoredPotentials<A extends RealArray = RealArray> {
  /** [batch, positions, states]: the score of a state at a position. */
  unary: A;
  /** [to, from] for the whole batch, or [batch, to, from]. */
  transition: A;
  /** [batch, states], added to the first position's scores. */
  start?: A;
  /** [batch, states], added to the last position's. */
  end?: A;
}

/** `DynamicProgram` over { unary, transition, start?, end? }, in the precision of theta's arrays. */
export interface FactoredChainProgram {
  value<A extends RealArray>(theta: FactoredPotentials<A>): A;
  gradient<A extends RealArray>(
    theta: FactoredPotentials<A>,
    target?: FactoredPotentials<A>,
  ): { value: A; gradient: FactoredPotentials<A> };
  hessianProduct<A extends RealArray>(
    theta: FactoredPotentials<A>,
    z: FactoredPotentials<A>,
    targets?: HessianTargets<FactoredPotentials<A>>,
  ): { value: A; gradient: FactoredPotentials<A>; directional: A; product: FactoredPotentials<A> };
  /** The states of each item's positions; ties go to the smallest previous state. */
  argmax(theta: FactoredPotentials): Path[];
  sample(theta: FactoredPotentials, random: () => number): Path[];
  kBest(theta: FactoredPotentials, k: number): RankedPath[][];
  logProbability<A extends RealArray>(theta: FactoredPotentials<A>, paths: Path[]): A;
}

/**
 * A linear chain whose moves score transition[to][from] + unary[t + 1][to]: a tagger's. It is
 * `linearChain` with these moves and the first position's unary scores at the start, but never
 * builds the [time, states, states] tensor, and its gradients are those of its own inputs. That of
 * a transition that the batch shares is the sum over items.
 *
 * Potentials may be -Infinity to forbid a state or a transition. What lies beyond an item's length
 * is ignored and has gradient and product exactly 0. O(batch · positions · states²) time.
 *
 * Float64Arrays are computed in float64, in the log domain: the definition. Value, gradient, Hessian
 * product and best path of Float32Arrays run on the kernels, under negentropy in the probability
 * domain, one matrix product a step instead of states² exponentials, wherever that is safe.
 *
 * @throws as `linearChain`
 *
 * Source: Mensch & Blondel 2018, section 4.1; Lample et al. 2016 for the parametrisation; Rabiner
 * 1989, section V.A, for the rescaling.
 */
export function factoredChain(options: FactoredChainOptions): FactoredChainProgram {
  const definition = float64FactoredChain(options);
  if (!kernelsHave(options.omega)) return writesToTargets(definition);
  const { batch, positions, states, lengths, omega, gamma = 1 } = options;
  const kernelBatch: ChainBatch = {
    ...{ batch, states, omega, gamma, factored: true, time: positions - 1 },
    lengths: Int32Array.from({ length: batch }, (_, item) => (lengths?.[item] ?? positions) - 1),
  };
  if (!fitsKernels(kernelBatch)) return writesToTargets(definition);
  const float32 = float32FactoredChain(kernelBatch);
  const by = (theta: FactoredPotentials) => (isFloat32(theta) ? float32 : definition);
  const program: FactoredChainProgram = {
    ...definition,
    value: (theta) => by(theta).value(theta),
    gradient: (theta, target) => by(theta).gradient(theta, target),
    hessianProduct: (theta, z, targets) =>
      (isFloat32(z) ? by(theta) : definition).hessianProduct(theta, z, targets),
    argmax: (theta) => by(theta).argmax(theta),
  };
  return writesToTargets(program);
}

/** The definition. Computed in float64, in the log domain, and returned in theta's type. */
function float64FactoredChain(options: FactoredChainOptions): FactoredChainProgram {
  const { batch, positions, states } = options;
  checkSize('batch', batch, 1);
  checkSize('positions', positions, 1);
  checkSize('states', states, 1);
  const lengths = checkLengths('lengths', options.lengths, batch, 1, positions);
  const smoother = createSmoother(options);
  const hard = createSmoother({ omega: 'hard' });
  const square = states * states;

  /** The chains of a batch, their potentials checked. */
  function chains(theta: FactoredPotentials, check = checkScores): Chain[] {
    const { unary, transition, start, end } = theta;
    const perItem = transition.length !== square;
    check('unary', unary, [batch, positions, states]);
    check('transition', transition, perItem ? [batch, states, states] : [states, states]);
    if (start) check('start', start, [batch, states]);
    if (end) check('end', end, [batch, states]);
    return Array.from(lengths, (length, item) => {
      const own = perItem ? item * square : 0;
      const first = item * positions * states;
      return {
        item,
        length: length - 1,
        states,
        start: (state) => unary[first + state]! + (start ? start[item * states + state]! : 0),
        end: (state) => (end ? end[item * states + state]! : 0),
        move: (t, to, from) =>
          transition[own + to * states + from]! + unary[first + (t + 1) * states + to]!,
      };
    });
  }

  /** Zeros of theta's structure, and where an item's results are added in them. */
  function results<A extends RealArray>(theta: FactoredPotentials<A>) {
    const { unary, transition, start, end } = theta;
    const perItem = transition.length !== square;
    const whole: FactoredPotentials<A> = {
      unary: zerosLike(unary),
      transition: zerosLike(transition),
      ...(start && { start: zerosLike(start) }),
      ...(end && { end: zerosLike(end) }),
    };
    // Sums over positions and items are taken in float64, whatever theta's type.
    const total = new Float64Array(transition.length);
    const states64 = new Float64Array(unary.length);
    const sink = (item: number): ChainSink => {
      const own = perItem ? item * square : 0;
      const first = item * positions * states;
      return {
        start(state, mass) {
          states64[first + state]! += mass;
          if (whole.start) whole.start[item * states + state] = mass;
        },
        end(state, mass) {
          if (whole.end) whole.end[item * states + state] = mass;
        },
        move(t, to, from, mass) {
          total[own + to * states + from]! += mass;
          states64[first + (t + 1) * states + to]! += mass;
        },
      };
    };
    return {
      sink,
      finish() {
        whole.transition.set(total);
        whole.unary.set(states64);
        return whole;
      },
    };
  }

  const values = <A extends RealArray>(theta: FactoredPotentials<A>, list: readonly number[]) => {
    const out = zerosLike(theta.unary, batch);
    out.set(list);
    return out;
  };

  return {
    value: (theta) =>
      values(
        theta,
        chains(theta).map((chain) => chainValue(chain, smoother)),
      ),
    gradient(theta) {
      const { sink, finish } = results(theta);
      const list = chains(theta).map((chain) => {
        const walk = walkChain(chain, smoother);
        followBack(chain, walk, sink(chain.item));
        return walk.value;
      });
      return { value: values(theta, list), gradient: finish() };
    },
    hessianProduct(theta, z) {
      const gradient = results(theta);
      const product = results(theta);
      const directions = chains(z, (name, array, shape) =>
        checkDirection(`z.${name}`, array, shape),
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
        gradient: gradient.finish(),
        directional: values(
          theta,
          walks.map(({ directional }) => directional),
        ),
        product: product.finish(),
      };
    },
    argmax: (theta) =>
      chains(theta).map((chain) => traceBack(chain, walkChain(chain, hard), firstBest)),
    sample: (theta, random) =>
      chains(theta).map((chain) =>
        traceBack(chain, walkChain(chain, smoother), (distribution) => draw(distribution, random)),
      ),
    kBest(theta, k) {
      checkSize('k', k, 1);
      return chains(theta).map((chain) => bestPaths(chain, smoother, k));
    },
    logProbability(theta, paths) {
      if (paths.length !== batch) {
        throw new RangeError(`${paths.length} paths: the batch has ${batch} items`);
      }
      const list = chains(theta).map((chain) =>
        pathLogProbability(chain, smoother, paths[chain.item]!),
      );
      return values(theta, list);
    },
  };
}

const checkScores = (name: string, array: RealArray, shape: readonly number[]) =>
  checkPotentials(`theta.${name}`, array, shape, -Infinity);
