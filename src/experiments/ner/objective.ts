import { zerosLike } from '../../dp/checks.js';
import { factoredChain, type FactoredPotentials } from '../../dp/programs/factored-chain.js';
import { linearChain } from '../../dp/programs/linear-chain.js';
import type { RealArray } from '../../dp/program.js';
import type { NerConfig } from './config.js';

/** Potentials of a batch of sentences, start and end shared by the batch; and gradients of them. */
export interface TagPotentials<A extends RealArray = RealArray> {
  /** [batch, positions, tags]. */
  unary: A;
  /** [to, from]. */
  transition: A;
  /** [tags]: the score of a first tag, and of a last one. */
  start: A;
  end: A;
}

/** The sizes of a batch, and its true tags [batch, positions], past the lengths anything. */
export interface TaggedBatch {
  batch: number;
  positions: number;
  lengths: ArrayLike<number>;
  tags: Int32Array;
}

/** The loss summed over the sentences of a batch, and its gradient. */
export interface LossAndGradient<A extends RealArray> {
  loss: number;
  gradient: TagPotentials<A>;
}

/** The keys of a config that say which loss it is. */
export type LossConfig = Pick<NerConfig, 'omega' | 'gamma' | 'loss' | 'marginals'>;

/**
 * The loss of a batch in the precision of its potentials.
 *
 * convex, the Fenchel–Young loss of the chain: DP_Ω(θ) − ⟨Y,θ⟩ + Ω(Y); its
 * gradient is E[Y] − Y. With hard it is the structured perceptron's.
 *
 * cost, on the marginals μ = ∇DP_Ω(θ): −Σ log μ[y] for negentropy, ½‖μ − y‖² for l2 and entmax15. Its gradient
 * is the Hessian of DP_Ω times that of Δ. Tags: μ [T, S], with respect to the unary scores. Edges:
 * the expected moves of the full chain and its first tag, as the paper writes it.
 *
 * Source: Mensch & Blondel 2018, section 4.1 and 5.
 */
export function tagLoss<A extends RealArray>(
  theta: TagPotentials<A>,
  batch: TaggedBatch,
  config: LossConfig,
): LossAndGradient<A> {
  if (config.loss === 'convex') return convexLoss(theta, batch, config);
  return config.marginals === 'tags'
    ? tagCost(theta, batch, config)
    : edgeCost(theta, batch, config);
}

function convexLoss<A extends RealArray>(
  theta: TagPotentials<A>,
  batch: TaggedBatch,
  { omega, gamma }: LossConfig,
): LossAndGradient<A> {
  const states = theta.start.length;
  const program = factoredChain({ ...sizes(batch), states, omega, gamma });
  const { value, gradient } = program.gradient(perItem(theta, batch));
  const { unary, transition, start, end } = shared(gradient, batch);
  const paths = Array.from(batch.lengths, (length, item) =>
    batch.tags.subarray(item * batch.positions, item * batch.positions + length),
  );
  let loss = 0;
  for (const one of value) loss += one;
  for (const one of program.pathRegularisation(paths)) loss += one;
  eachTag(batch, (item, position, tag, before, last) => {
    const at = (item * batch.positions + position) * states + tag;
    loss -= theta.unary[at]!;
    unary[at]! -= 1;
    if (before === undefined) {
      loss -= theta.start[tag]!;
      start[tag]! -= 1;
    } else {
      loss -= theta.transition[tag * states + before]!;
      transition[tag * states + before]! -= 1;
    }
    if (last) {
      loss -= theta.end[tag]!;
      end[tag]! -= 1;
    }
  });
  return { loss, gradient: { unary, transition, start, end } };
}

function tagCost<A extends RealArray>(
  theta: TagPotentials<A>,
  batch: TaggedBatch,
  { omega, gamma }: LossConfig,
): LossAndGradient<A> {
  const states = theta.start.length;
  const program = factoredChain({ ...sizes(batch), states, omega, gamma });
  const whole = perItem(theta, batch);
  const { unary: marginals } = program.gradient(whole).gradient;
  const truth = zerosLike(marginals);
  eachTag(batch, (item, position, tag) => {
    truth[(item * batch.positions + position) * states + tag] = 1;
  });
  const { loss, slope } = marginalCost(marginals, truth, omega);
  const z = {
    unary: slope,
    transition: zerosLike(whole.transition),
    start: zerosLike(whole.start),
    end: zerosLike(whole.end),
  };
  const { product } = program.hessianProduct(whole, z);
  return { loss, gradient: shared(product, batch) };
}

function edgeCost<A extends RealArray>(
  theta: TagPotentials<A>,
  batch: TaggedBatch,
  { omega, gamma }: LossConfig,
): LossAndGradient<A> {
  const states = theta.start.length;
  const { positions } = batch;
  const time = Math.max(1, positions - 1);
  const lengths = Int32Array.from(batch.lengths, (length) => length - 1);
  const program = linearChain({ batch: batch.batch, time, states, lengths, omega, gamma });
  const whole = perItem(theta, batch);
  const moves = zerosLike(theta.unary, batch.batch * time * states * states);
  const start = whole.start;
  for (let item = 0; item < batch.batch; item++) {
    const first = item * positions * states;
    for (let tag = 0; tag < states; tag++) start[item * states + tag]! += theta.unary[first + tag]!;
    for (let t = 0; t < positions - 1; t++) {
      for (let edge = 0; edge < states * states; edge++) {
        const to = Math.floor(edge / states);
        moves[(item * time + t) * states * states + edge] =
          theta.transition[edge]! + theta.unary[first + (t + 1) * states + to]!;
      }
    }
  }
  const potentials = { moves, start, end: whole.end };
  const expected = program.gradient(potentials).gradient;
  const trueMoves = zerosLike(moves);
  const trueStart = zerosLike(start);
  eachTag(batch, (item, position, tag, before) => {
    if (before === undefined) trueStart[item * states + tag] = 1;
    else trueMoves[((item * time + position - 1) * states + tag) * states + before] = 1;
  });
  const ofMoves = marginalCost(expected.moves as A, trueMoves, omega);
  const ofStart = marginalCost(expected.start as A, trueStart, omega);
  const z = { moves: ofMoves.slope, start: ofStart.slope, end: zerosLike(whole.end) };
  const { product } = program.hessianProduct(potentials, z);
  const gradient = {
    unary: zerosLike(theta.unary),
    transition: zerosLike(theta.transition),
    start: sumItems(product.start as A, batch.batch),
    end: sumItems(product.end as A, batch.batch),
  };
  for (let item = 0; item < batch.batch; item++) {
    const first = item * positions * states;
    for (let tag = 0; tag < states; tag++) {
      gradient.unary[first + tag] = product.start![item * states + tag]!;
    }
    for (let t = 0; t < positions - 1; t++) {
      for (let edge = 0; edge < states * states; edge++) {
        const mass = product.moves[(item * time + t) * states * states + edge]!;
        gradient.transition[edge]! += mass;
        gradient.unary[first + (t + 1) * states + Math.floor(edge / states)]! += mass;
      }
    }
  }
  return { loss: ofMoves.loss + ofStart.loss, gradient };
}

/** Below this a probability counts as this: its logarithm stays finite. */
const smallest = 1e-30;

/** Δ(y, μ) and its derivative by μ. */
function marginalCost<A extends RealArray>(
  marginals: A,
  truth: A,
  omega: LossConfig['omega'],
): { loss: number; slope: A } {
  const slope = zerosLike(marginals);
  let loss = 0;
  for (let at = 0; at < marginals.length; at++) {
    // The sparse ones may give a true tag 0, whose logarithm is not finite.
    if (omega !== 'negentropy') {
      const difference = marginals[at]! - truth[at]!;
      loss += (difference * difference) / 2;
      slope[at] = difference;
    } else if (truth[at] === 1) {
      const probability = Math.max(smallest, marginals[at]!);
      loss -= Math.log(probability);
      slope[at] = -1 / probability;
    }
  }
  return { loss, slope };
}

/** Visits every token: its item, position, tag, the tag before it, and whether it is the last. */
function eachTag(
  { batch, positions, lengths, tags }: TaggedBatch,
  visit: (
    item: number,
    position: number,
    tag: number,
    before: number | undefined,
    last: boolean,
  ) => void,
): void {
  for (let item = 0; item < batch; item++) {
    const length = lengths[item]!;
    for (let position = 0; position < length; position++) {
      const at = item * positions + position;
      const before = position > 0 ? tags[at - 1]! : undefined;
      visit(item, position, tags[at]!, before, position === length - 1);
    }
  }
}

const sizes = ({ batch, positions, lengths }: TaggedBatch) => ({ batch, positions, lengths });

/** The potentials as the chains take them: start and end for each item. */
export function perItem<A extends RealArray>(
  { unary, transition, start, end }: TagPotentials<A>,
  { batch }: Pick<TaggedBatch, 'batch'>,
) {
  const tile = (scores: A) => {
    const tiled = zerosLike(scores, batch * scores.length);
    for (let item = 0; item < batch; item++) tiled.set(scores, item * scores.length);
    return tiled;
  };
  return { unary, transition, start: tile(start), end: tile(end) };
}

/** The way back: gradients of start and end summed over the items. */
function shared<A extends RealArray>(
  { unary, transition, start, end }: FactoredPotentials<A>,
  { batch }: TaggedBatch,
): TagPotentials<A> {
  return { unary, transition, start: sumItems(start!, batch), end: sumItems(end!, batch) };
}

/** [batch, states] to [states]. */
function sumItems<A extends RealArray>(scores: A, batch: number): A {
  const states = scores.length / batch;
  const total = zerosLike(scores, states);
  for (let at = 0; at < scores.length; at++) total[at % states]! += scores[at]!;
  return total;
}
