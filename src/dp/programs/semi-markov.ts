import { checkOptions } from '../../option-names.js';
import { checkLengths, checkSizes, smoothingOptions } from '../checks.js';
import { graphProgram } from '../define-program.js';
import { GraphArrays, graphsByKey } from '../graph.js';
import type { DynamicProgram, RealArray, Smoothing } from '../program.js';

/** The problem and the smoothing of `semiMarkov`. */
export interface SemiMarkovOptions extends Smoothing {
  batch: number;
  /** The most positions of an item. */
  positions: number;
  states: number;
  /** The most positions that a segment covers. */
  maxDuration: number;
  /** The positions of each item, 1 … positions; default all. */
  lengths?: ArrayLike<number>;
}
const optionNames = [
  'batch',
  'positions',
  'states',
  'maxDuration',
  'lengths',
  ...smoothingOptions,
] satisfies (keyof SemiMarkovOptions)[];

/** Potentials of a semi-Markov model; start and end are 0 where they are left out. */
export interface SemiMarkovPotentials<A extends RealArray = RealArray> {
  /**
   * [batch, positions, maxDuration, states]; `[b][p][d − 1][s]` scores a segment of state s that begins
   * at position p and covers d positions. What would reach past an item's end is ignored.
   */
  segment: A;
  /** [to, from] for the whole batch, or [batch, to, from]: from one segment's state to the next one's. */
  transition: A;
  /** [batch, states], added to the first segment's score. */
  start?: A;
  /** [batch, states], added to the last segment's. */
  end?: A;
}

/** `DynamicProgram` over { segment, transition, start?, end? }. */
export type SemiMarkovProgram = DynamicProgram<{
  segment: 'array';
  transition: 'array';
  start?: 'array';
  end?: 'array';
}>;

/**
 * A semi-Markov model: the smoothed best segmentation of a sequence into segments that have a state and
 * a duration. With negentropy its value is the log-partition of a semi-Markov CRF. Use it where the
 * score belongs to a whole segment, such as its length; where it does not, `factoredChain` is faster.
 *
 * A path is begin, duration and state of each segment, one behind the other. It takes a maximum over
 * durations where a segment ends, one over previous states where the next begins, and one over the
 * last states. Ties under 'hard' go to the shorter last segment, then to the smaller previous state.
 *
 * O(batch · positions · states · (maxDuration + states)) time and memory: a segment's end and the next
 * one's begin are nodes of their own, so that durations never multiply transitions.
 *
 * @throws RangeError for bad sizes or lengths, at once; later as every program
 *
 * Source: Sarawagi & Cohen, Semi-Markov conditional random fields for information extraction, 2004.
 *
 * @example
 * ```ts
 * import { semiMarkov } from 'didyprog';
 *
 * // Two positions: one segment of two, or two of one.
 * const program = semiMarkov({ batch: 1, positions: 2, states: 1, maxDuration: 2, omega: 'negentropy' });
 * const theta = { segment: new Float64Array(4), transition: new Float64Array(1) };
 * console.log((program.value(theta)[0]! / Math.LN2).toFixed(3)); // 1.000
 * ```
 */
export function semiMarkov(options: SemiMarkovOptions): SemiMarkovProgram {
  checkOptions('semiMarkov', options, optionNames);
  const { batch, positions, states, maxDuration, ...smoothing } = options;
  checkSizes({ batch, positions, states, maxDuration });
  const lengths = checkLengths('lengths', options.lengths, batch, 1, positions);
  return graphProgram({
    omega: smoothing.omega,
    ...(smoothing.gamma !== undefined && { gamma: smoothing.gamma }),
    batch,
    sense: 1,
    form: {
      parts: [
        { name: 'segment', shape: [positions, maxDuration, states] },
        { name: 'transition', shape: [states, states], shared: true },
        { name: 'start', shape: [states], optional: true },
        { name: 'end', shape: [states], optional: true },
      ],
    },
    graph: graphsByKey(
      (item) => lengths[item]!,
      (item) => segmentGraph(lengths[item]!, { positions, states, maxDuration }),
    ),
    reads(node, edge) {
      const { position, state, ends } = placeOf(node, states);
      const duration = edge + 1;
      return ends ? [position - duration, duration, state] : [];
    },
  });
}

/**
 * After `position` positions, 1 … length, come the nodes of the segments that end there, then those
 * of the segments that begin there, of each a node a state.
 */
function placeOf(node: number, states: number) {
  const row = Math.floor((node - 1) / states);
  const position = Math.floor(row / 2) + 1;
  return { position, state: (node - 1) % states, ends: node > 0 && row % 2 === 0 };
}

function segmentGraph(
  length: number,
  {
    positions,
    states,
    maxDuration,
  }: Pick<SemiMarkovOptions, 'positions' | 'states' | 'maxDuration'>,
): GraphArrays {
  const transition = positions * maxDuration * states;
  const start = transition + states * states;
  const end = start + states;
  /** The node of a state, of the segments that end, or begin, after `position` positions. */
  const ends = (position: number, state: number) => 1 + 2 * (position - 1) * states + state;
  const begins = (position: number, state: number) => ends(position, state) + states;
  let segments = 0;
  for (let position = 1; position <= length; position++)
    segments += Math.min(maxDuration, position);
  const firsts = Math.min(maxDuration, length) * states;
  const edges = (segments + (length - 1) * states + 1) * states;
  const graph = new GraphArrays(begins(length, 0) + 1, edges, edges + firsts);
  for (let position = 1; position <= length; position++) {
    for (let state = 0; state < states; state++) {
      for (let shorter = 0; shorter < Math.min(maxDuration, position); shorter++) {
        const begin = position - shorter - 1;
        const segment = (begin * maxDuration + shorter) * states + state;
        if (begin === 0) graph.edge(0, segment, start + state);
        else graph.edge(begins(begin, state), segment);
      }
      graph.next();
    }
    for (let state = 0; state < states && position < length; state++) {
      const row = transition + state * states;
      for (let from = 0; from < states; from++) graph.edge(ends(position, from), row + from);
      graph.next();
    }
  }
  for (let state = 0; state < states; state++) graph.edge(ends(length, state), end + state);
  graph.next();
  return graph;
}
