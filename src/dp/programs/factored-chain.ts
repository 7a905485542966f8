import { checkOptions } from '../../option-names.js';
import type { ChainBatch } from '../fast/chain-call.js';
import { chainFastPath } from '../fast/chain-float32.js';
import { chainKernels } from '../../kernels/binaries.js';
import { kernelsHave } from '../../kernels/omega.js';
import { fitsKernels } from '../fast/chain-parts.js';
import { checkLengths, checkSizes, smoothingOptions } from '../checks.js';
import { createProgram } from '../definition.js';
import { followed } from '../paths.js';
import { formsOf } from '../potentials.js';
import { sweepLayers } from '../sweep.js';
import { whyNoKernels, type FastPath } from '../fast/fast-path.js';
import { guarded } from '../fast/guarded.js';
import type { DynamicProgram, RealArray, Smoothing } from '../program.js';
import { chainGraphs, checkStates } from './chain-graph.js';

/** The problem and the smoothing of `factoredChain`. */
export interface FactoredChainOptions extends Smoothing {
  batch: number;
  /** The most positions of an item. */
  positions: number;
  states: number;
  /** The positions of each item, 1 … positions; default all. */
  lengths?: ArrayLike<number>;
}
const optionNames = [
  'batch',
  'positions',
  'states',
  'lengths',
  ...smoothingOptions,
] satisfies (keyof FactoredChainOptions)[];

/** Potentials of a factored chain; start and end are 0 where they are left out. */
export interface FactoredPotentials<A extends RealArray = RealArray> {
  /** The score of a state at a position, [batch, positions, states]. */
  unary: A;
  /** [to, from] for the whole batch, or [batch, to, from]. */
  transition: A;
  /** [batch, states], added to the first position's scores. */
  start?: A;
  /** [batch, states], added to the last position's. */
  end?: A;
}

/** `DynamicProgram` over { unary, transition, start?, end? }, in the precision of theta's arrays. */
export type FactoredChainProgram = DynamicProgram<{
  unary: 'array';
  transition: 'array';
  start?: 'array';
  end?: 'array';
}>;

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
 *
 * @example
 * ```ts
 * import { factoredChain } from 'didyprog';
 *
 * const chain = factoredChain({ batch: 1, positions: 2, states: 2, omega: 'negentropy' });
 * const theta = { unary: new Float64Array(4), transition: new Float64Array(4) };
 * console.log(chain.gradient(theta).gradient.unary.join()); // 0.5,0.5,0.5,0.5
 * ```
 */
export function factoredChain(options: FactoredChainOptions): FactoredChainProgram {
  checkOptions('factoredChain', options, optionNames);
  const { batch, positions, states } = options;
  checkSizes({ batch, positions, states });
  const lengths = checkLengths('lengths', options.lengths, batch, 1, positions);
  const square = states * states;
  const [unary, transition, start, end] = [0, 1, 2, 3];
  /** The scores of the states at a position, or at the start or the end. */
  const row = (part: number, position = 0) => ({ part, start: position * states, length: states });
  const transitions = { part: transition, start: 0, length: square };
  const toState = (to: number) => square + to;
  const graphs = chainGraphs({
    states,
    first: {
      entries: (to, from) => [
        to * states + from,
        square + states + from,
        square + 2 * states + from,
      ],
      nodeEntry: toState,
      slices: [transitions, row(unary, 1), row(unary), row(start)],
    },
    later: {
      entries: (to, from) => [to * states + from],
      nodeEntry: toState,
      slices: (move) => [transitions, row(unary, move + 1)],
    },
    end: { entries: (_to, from) => [from], slices: [row(end)] },
    only: {
      entries: (_to, from) => [from, states + from, 2 * states + from],
      slices: [row(unary), row(start), row(end)],
    },
  });
  return createProgram({
    ...options,
    sense: 1,
    forms: formsOf(
      [
        {
          parts: [
            { name: 'unary', shape: [positions, states] },
            { name: 'transition', shape: [states, states], shared: true },
            { name: 'start', shape: [states], optional: true },
            { name: 'end', shape: [states], optional: true },
          ],
        },
      ],
      batch,
    ),
    paths: followed,
    sweep: sweepLayers,
    graph: (item) => graphs(lengths[item]! - 1),
    checkPath: (path, item) => checkStates(path, item, lengths[item]!, states),
    fast: guarded(fastPath(options, lengths)),
  });
}

function fastPath(
  { batch, positions, states, omega, gamma = 1 }: FactoredChainOptions,
  lengths: Int32Array,
): FastPath | string {
  if (!kernelsHave(omega, chainKernels)) return whyNoKernels(chainKernels);
  const kernelBatch: ChainBatch = {
    ...{ batch, states, omega, gamma, factored: true, time: positions - 1 },
    lengths: lengths.map((length) => length - 1),
  };
  if (!fitsKernels(kernelBatch)) return "four items are larger than the kernels' memory";
  return chainFastPath(kernelBatch);
}
