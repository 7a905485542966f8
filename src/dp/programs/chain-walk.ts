import { noPath } from '../checks.js';
import type { Smoother } from '../omega/index.js';
import type { Path, RankedPath } from '../program.js';

/**
 * One item of a batch of chains: `length` moves over length + 1 positions of `states` states. What
 * a chain's potentials are made of is the program's business.
 */
export interface Chain {
  item: number;
  length: number;
  states: number;
  start(state: number): number;
  end(state: number): number;
  /** The score of the move from state `from` at position t to state `to` at t + 1. */
  move(t: number, to: number, from: number): number;
}

/** Receives the expected path, or the product, of a chain entry by entry. */
export interface ChainSink {
  start(state: number, mass: number): void;
  end(state: number, mass: number): void;
  move(t: number, to: number, from: number, mass: number): void;
}

/**
 * The walk of a chain: the local argmax of every state at every position over its predecessors,
 * and that of the end over the last states; with a direction, their derivatives as well.
 */
export interface ChainWalk {
  value: number;
  directional: number;
  /** [length, to, from]. */
  q: Float64Array;
  qDot: Float64Array;
  /** [states]. */
  last: Float64Array;
  lastDot: Float64Array;
}

/**
 * The forward recursion (Mensch & Blondel 2018, algorithm 1, and with a direction algorithm 2):
 * V_{t+1}(to) = max_Ω over from of V_t(from) + move(t, to, from), and max_Ω over the last states.
 * O(length · states²) time and memory.
 * @throws RangeError when every path is forbidden
 */
export function walkChain(chain: Chain, smoother: Smoother, direction?: Chain): ChainWalk {
  const { length, states } = chain;
  const q = new Float64Array(length * states * states);
  const qDot = new Float64Array(direction ? q.length : 0);
  const last = new Float64Array(states);
  const lastDot = new Float64Array(states);
  let values = Float64Array.from({ length: states }, (_, state) => chain.start(state));
  let slopes = new Float64Array(states);
  if (direction) slopes = slopes.map((_, state) => direction.start(state));
  const x = new Float64Array(states);
  const xDot = new Float64Array(states);
  const local = new Float64Array(states);
  const localDot = new Float64Array(states);

  /** The smoothed max of x, its local argmax and their derivatives along xDot. */
  const maximise = () => {
    const value = smoother.max(x, states, local);
    let slope = 0;
    if (direction) {
      for (let from = 0; from < states; from++) {
        if (local[from]! > 0) slope += local[from]! * xDot[from]!;
      }
      smoother.product(x, local, xDot, states, localDot);
    }
    return { value, slope };
  };

  for (let t = 0; t < length; t++) {
    const nextValues = new Float64Array(states);
    const nextSlopes = new Float64Array(states);
    for (let to = 0; to < states; to++) {
      for (let from = 0; from < states; from++) {
        x[from] = values[from]! + chain.move(t, to, from);
        if (direction) xDot[from] = slopes[from]! + direction.move(t, to, from);
      }
      const { value, slope } = maximise();
      nextValues[to] = value;
      nextSlopes[to] = slope;
      q.set(local, (t * states + to) * states);
      if (direction) qDot.set(localDot, (t * states + to) * states);
    }
    values = nextValues;
    slopes = nextSlopes;
  }
  for (let state = 0; state < states; state++) {
    x[state] = values[state]! + chain.end(state);
    if (direction) xDot[state] = slopes[state]! + direction.end(state);
  }
  const { value, slope } = maximise();
  if (value === -Infinity) throw noPath(chain.item);
  last.set(local);
  lastDot.set(localDot);
  return { value, directional: slope, q, qDot, last, lastDot };
}

/** The value alone, in O(states) memory. */
export function chainValue(chain: Chain, smoother: Smoother): number {
  const { length, states } = chain;
  let values = Float64Array.from({ length: states }, (_, state) => chain.start(state));
  let next = new Float64Array(states);
  const x = new Float64Array(states);
  const local = new Float64Array(states);
  for (let t = 0; t < length; t++) {
    for (let to = 0; to < states; to++) {
      for (let from = 0; from < states; from++) {
        x[from] = values[from]! + chain.move(t, to, from);
      }
      next[to] = smoother.max(x, states, local);
    }
    [values, next] = [next, values];
  }
  for (let state = 0; state < states; state++) x[state] = values[state]! + chain.end(state);
  const value = smoother.max(x, states, local);
  if (value === -Infinity) throw noPath(chain.item);
  return value;
}

/**
 * The backward recursion: the mass of a state, times the local argmax, is the mass of the move.
 * @param expected receives E[Y]
 * @param product receives the derivative of E[Y] along the walk's direction
 */
export function followBack(
  { length, states }: Chain,
  walk: ChainWalk,
  expected: ChainSink,
  product?: ChainSink,
): void {
  let mass = walk.last;
  let massDot = walk.lastDot;
  for (let state = 0; state < states; state++) {
    expected.end(state, mass[state]!);
    product?.end(state, massDot[state]!);
  }
  for (let t = length - 1; t >= 0; t--) {
    const before = new Float64Array(states);
    const beforeDot = new Float64Array(states);
    for (let to = 0; to < states; to++) {
      for (let from = 0; from < states; from++) {
        const at = (t * states + to) * states + from;
        const moved = walk.q[at]! * mass[to]!;
        before[from]! += moved;
        expected.move(t, to, from, moved);
        if (product) {
          const movedDot = walk.qDot[at]! * mass[to]! + walk.q[at]! * massDot[to]!;
          beforeDot[from]! += movedDot;
          product.move(t, to, from, movedDot);
        }
      }
    }
    mass = before;
    massDot = beforeDot;
  }
  for (let state = 0; state < states; state++) {
    expected.start(state, mass[state]!);
    product?.start(state, massDot[state]!);
  }
}

/** Walks back from the end, choosing each predecessor from its local distribution. */
export function traceBack(
  { length, states }: Chain,
  { q, last }: ChainWalk,
  choose: (distribution: Float64Array) => number,
): Path {
  const path = new Int32Array(length + 1);
  path[length] = choose(last);
  for (let t = length - 1; t >= 0; t--) {
    const row = (t * states + path[t + 1]!) * states;
    path[t] = choose(q.subarray(row, row + states));
  }
  return path;
}

/** The first index of the largest probability: a hard walk's only choice. */
export function firstBest(distribution: Float64Array): number {
  let best = 0;
  for (let i = 1; i < distribution.length; i++) {
    if (distribution[i]! > distribution[best]!) best = i;
  }
  return best;
}

/** Draws an index; rounding never leads to one of probability 0. */
export function draw(distribution: Float64Array, random: () => number): number {
  let u = random();
  let possible = 0;
  for (let i = 0; i < distribution.length; i++) {
    if (distribution[i]! <= 0) continue;
    possible = i;
    u -= distribution[i]!;
    if (u < 0) break;
  }
  return possible;
}

/**
 * The smoother with log q where q was. The probability of a path may lie far below the smallest
 * number, and yet the path belongs to the support.
 */
function inLogs(smoother: Smoother): Smoother {
  return {
    ...smoother,
    max(x, n, logQ) {
      const value = smoother.max(x, n, logQ);
      for (let i = 0; i < n; i++) logQ[i] = smoother.logShare(x[i]!, logQ[i]!, value);
      return value;
    },
  };
}

/**
 * log p(path) under the walk; -Infinity off the support.
 * @throws RangeError for a path of the wrong length or with a state that is not there
 */
export function pathLogProbability(chain: Chain, smoother: Smoother, path: Path): number {
  const { item, length, states } = chain;
  if (path.length !== length + 1) {
    throw new RangeError(
      `paths[${item}] has ${path.length} states: the item has ${length + 1} positions`,
    );
  }
  path.forEach((state, position) => {
    if (!Number.isInteger(state) || state < 0 || state >= states) {
      throw new RangeError(
        `paths[${item}][${position}] is ${state}: states are numbered 0 to ${states - 1}`,
      );
    }
  });
  const { q: logQ, last: logLast } = walkChain(chain, inLogs(smoother));
  let total = logLast[path[length]!]!;
  for (let t = 0; t < length; t++) {
    total += logQ[(t * states + path[t + 1]!) * states + path[t]!]!;
  }
  return total;
}

/**
 * The k most probable paths: for every state, the k best ways to have come there, by merging those
 * of its predecessors. O(length · states² · k log(states · k)).
 */
export function bestPaths(chain: Chain, smoother: Smoother, k: number): RankedPath[] {
  const { length, states } = chain;
  const { q: logQ, last: logLast } = walkChain(chain, inLogs(smoother));
  interface Partial {
    logProbability: number;
    state: number;
    before: Partial | undefined;
  }
  // Array sorting is stable: equal probabilities stay in the order of the states.
  const keep = (candidates: Partial[]) =>
    candidates.sort((a, b) => b.logProbability - a.logProbability).slice(0, k);
  const extend = (
    partials: Partial[][],
    logs: Float64Array,
    row: number,
    state: number,
  ): Partial[] =>
    keep(
      partials.flatMap((into, from) => {
        const step = logs[row + from]!;
        if (step === -Infinity) return [];
        return into.map((before) => ({
          logProbability: before.logProbability + step,
          state,
          before,
        }));
      }),
    );
  let partials: Partial[][] = Array.from({ length: states }, (_, state) => [
    { logProbability: 0, state, before: undefined },
  ]);
  for (let t = 0; t < length; t++) {
    const previous = partials;
    partials = previous.map((_, to) => extend(previous, logQ, (t * states + to) * states, to));
  }
  return extend(partials, logLast, 0, -1).map(({ logProbability, before }) => {
    const path = new Int32Array(length + 1);
    let partial = before;
    for (let position = length; partial; position--, partial = partial.before) {
      path[position] = partial.state;
    }
    return { path, logProbability };
  });
}
