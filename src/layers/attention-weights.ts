import { factoredChain } from '../dp/programs/factored-chain.js';
import { checkSize } from '../dp/checks.js';
import type { OmegaName } from '../dp/omega/table.js';
import { checkNumbers, renamed } from '../value-checks.js';
import { omegaOf, type AttentionKind, type AttentionPotentials } from './attention-kind.js';
import { checkLengths, checkObject, checkOfChains } from './checks.js';
import { scoreOdds, type ScoreRows } from './attention-odds.js';

export type { ScoreRows } from './attention-odds.js';

/** Attention weights with the way back for gradients. */
export interface WeightRows {
  /** [rows, positions]; exactly 0 past a row's length. */
  weights: Float32Array;
  /** The gradient of a loss by the scores and the transition, from that by the weights. */
  pullBack(gradient: Float32Array): { scores: Float32Array; transition?: Float32Array };
}

/**
 * Attention weights of rows of scores s.
 *
 * - softmax: exp(s_t) / Σ exp(s).
 * - crf-negentropy, crf-l2, crf-entmax15: a linear chain of two states over the positions, 1 'attend' with the
 *   potential s_t, or the odds of s_t, 0 'not' with 0, and a learned transition; the weight is the chain's
 *   E[z_t = 1], from the Argmax layer's expected path. Its gradient is the Hessian-vector product.
 *   Weights need not add up to 1: several positions, or none, can be attended to.
 *
 * @param transition the chain's transition scores [to, from], 4 numbers; unused by softmax
 * @param gamma the strength of the regulariser; of softmax 1
 * @param potentials 'scores': s_t as it is, whose level the chain has to learn; 'odds': s_t against
 *   the other positions' (`scoreOdds`), so that a chain without transitions attends as ∇max_Ω(s)
 * @throws RangeError for a kind or potentials of another name, for a softmax with another γ than 1 or with
 *   'odds', for scores or lengths that do not fit, and as `factoredChain`
 *
 * O(rows · positions). Source: Kim et al., Structured Attention Networks, 2017; Mensch & Blondel
 * 2018, section 4.1.
 *
 * @example
 * ```ts
 * import { attentionWeights } from 'didyprog/layers';
 *
 * const rows = { scores: Float32Array.of(1, 1, 9), positions: 3, lengths: Int32Array.of(2) };
 * console.log(attentionWeights('softmax', rows, new Float32Array(4), 1).weights.join()); // 0.5,0.5,0
 * ```
 */
export function attentionWeights(
  kind: AttentionKind,
  rows: ScoreRows,
  transition: Float32Array,
  gamma: number,
  potentials: AttentionPotentials = 'scores',
): WeightRows {
  const omega = omegaOf(kind);
  checkOfChains(kind, gamma, potentials);
  checkRows(rows);
  if (!omega) return softmaxWeights(rows);
  checkScores(rows);
  if (potentials === 'scores') return chainWeights(omega, rows, transition, gamma);
  const { odds, pullBack } = scoreOdds(omega, gamma, rows);
  const chain = chainWeights(omega, { ...rows, scores: odds }, transition, gamma);
  return {
    weights: chain.weights,
    pullBack(gradient) {
      const { scores, ...others } = chain.pullBack(gradient);
      return { scores: pullBack(scores), ...others };
    },
  };
}

function checkRows(rows: ScoreRows): void {
  checkObject('rows', rows, '{ scores, positions, lengths }');
  const { scores, positions, lengths } = rows;
  checkSize('positions', positions, 1);
  const count = scores.length / positions;
  if (!Number.isInteger(count)) {
    throw new RangeError(`scores has ${scores.length} entries: it must have ${positions} a row`);
  }
  checkLengths('lengths', lengths, count, 1, positions);
}

/** Checks the scores of chains, by the names and places that the caller knows. */
function checkScores({ scores, positions, lengths }: ScoreRows): void {
  for (let row = 0; row < lengths.length; row++) {
    for (let at = 0; at < lengths[row]!; at++) {
      const score = scores[row * positions + at]!;
      if (score < Infinity) continue;
      throw new RangeError(
        `scores[${row}][${at}] is ${score}: scores must be finite, or -Infinity to forbid`,
      );
    }
  }
}

function softmaxWeights({ scores, positions, lengths }: ScoreRows): WeightRows {
  const weights = new Float32Array(scores.length);
  for (let row = 0; row < lengths.length; row++) {
    const first = row * positions;
    const end = first + lengths[row]!;
    let largest = -Infinity;
    for (let at = first; at < end; at++) largest = Math.max(largest, scores[at]!);
    let sum = 0;
    for (let at = first; at < end; at++) {
      sum += weights[at] = Math.exp(scores[at]! - largest);
    }
    for (let at = first; at < end; at++) weights[at] = weights[at]! / sum;
  }
  return {
    weights,
    pullBack(gradient) {
      const back = new Float32Array(scores.length);
      for (let row = 0; row < lengths.length; row++) {
        const first = row * positions;
        const end = first + lengths[row]!;
        let mean = 0;
        for (let at = first; at < end; at++) mean += weights[at]! * gradient[at]!;
        for (let at = first; at < end; at++) back[at] = weights[at]! * (gradient[at]! - mean);
      }
      return { scores: back };
    },
  };
}

function chainWeights(
  omega: OmegaName,
  { scores, positions, lengths }: ScoreRows,
  transition: Float32Array,
  gamma: number,
): WeightRows {
  const batch = lengths.length;
  if (batch === 0) {
    // A program has an item at least.
    const scores = new Float32Array(0);
    const none = { scores, transition: new Float32Array(transition.length) };
    return { weights: scores, pullBack: () => none };
  }
  checkNumbers('transition', transition, 'scores');
  const chain = factoredChain({ batch, positions, states: 2, lengths, omega, gamma });
  // A copy for the way back: until then its owner, such as the memory of an engine, may use the array again.
  const theta = { unary: attending(scores), transition: transition.slice() };
  const { gradient } = renamed({ 'theta.': '' }, () => chain.gradient(theta));
  return {
    weights: attendingOf(gradient.unary),
    pullBack(gradient) {
      const z = { unary: attending(gradient), transition: new Float32Array(transition.length) };
      const { product } = chain.hessianProduct(theta, z);
      return { scores: attendingOf(product.unary), transition: product.transition };
    },
  };
}

/** Potentials of both states: 0 and the score. */
function attending(scores: Float32Array): Float32Array {
  const unary = new Float32Array(2 * scores.length);
  for (let at = 0; at < scores.length; at++) unary[2 * at + 1] = scores[at]!;
  return unary;
}

/** What belongs to the state 'attend'. */
function attendingOf(unary: Float32Array): Float32Array {
  const part = new Float32Array(unary.length / 2);
  for (let at = 0; at < part.length; at++) part[at] = unary[2 * at + 1]!;
  return part;
}
