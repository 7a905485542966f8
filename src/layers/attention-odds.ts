import { createSmoother, type OmegaName } from '../dp/omega/index.js';

/** One row of scores for each query, over the positions that it may attend to. */
export interface ScoreRows {
  /** [rows, positions] */
  scores: Float32Array;
  positions: number;
  /** The positions of each row, 1 … positions. */
  lengths: Int32Array;
}

/** Odds of rows of scores, with the way back for gradients. */
export interface OddsRows {
  /** [rows, positions]; 0 past a row's length. */
  odds: Float32Array;
  /** The gradient of a loss by the scores, from that by the odds. */
  pullBack(gradient: Float32Array): Float32Array;
}

/** The derivatives of γ·Ω's part of one share, for a separable Ω. */
interface ShareSlopes {
  /** The first: at the argmax it is x − τ where q > 0. */
  slope(share: number): number;
  curvature(share: number): number;
}

type SmoothOmegaName = Exclude<OmegaName, 'hard'>;

const shareSlopes: Record<SmoothOmegaName, (gamma: number) => ShareSlopes> = {
  negentropy: (gamma) => ({
    slope: (share) => gamma * (1 + Math.log(share)),
    curvature: (share) => gamma / share,
  }),
  l2: (gamma) => ({ slope: (share) => gamma * share, curvature: () => gamma }),
  entmax15: (gamma) => ({
    slope: (share) => 2 * gamma * Math.sqrt(share),
    curvature: (share) => gamma / Math.sqrt(share),
  }),
};

/** A share of exactly 1 leaves the others nothing, where Ω may have no slope. */
const smallestShare = 1e-300;

/**
 * How much more each position of a row scores than all its others: the score u at which a choice
 * between u and 0 under γΩ has the probability q_t, q = ∇max_γΩ(s) the row's weights,
 *
 *   u_t = (s_t − τ) − γ·Ω'(1 − q_t), τ = s_i − γ·Ω'(q_i) for any i with q_i > 0.
 *
 * Under negentropy it is γ·log(q_t / (1 − q_t)), the log-odds of the softmax; under the sparse ones
 * it goes on falling where q_t = 0. A constant added to all scores changes nothing.
 */
export function scoreOdds(
  omega: SmoothOmegaName,
  gamma: number,
  { scores, positions, lengths }: ScoreRows,
): OddsRows {
  const { max } = createSmoother({ omega, gamma });
  const { slope, curvature } = shareSlopes[omega](gamma);
  const x = new Float64Array(positions);
  const shares = new Float64Array(scores.length);
  const others = new Float64Array(scores.length);
  const odds = new Float32Array(scores.length);
  lengths.forEach((length, row) => {
    const first = row * positions;
    const q = shares.subarray(first, first + length);
    const rest = others.subarray(first, first + length);
    x.set(scores.subarray(first, first + length));
    max(x, length, q);
    sumOthers(q, rest);
    for (let t = 0; t < length; t++) rest[t] = Math.max(smallestShare, rest[t]!);
    let top = 0;
    for (let t = 1; t < length; t++) if (q[t]! > q[top]!) top = t;
    const tau = x[top]! - slope(q[top]!);
    for (let t = 0; t < length; t++) odds[first + t] = x[t]! - tau - slope(rest[t]!);
  });
  return {
    odds,
    pullBack(gradient) {
      const back = new Float32Array(scores.length);
      // ∂q/∂s = diag(w) − wwᵀ/Σw and ∂τ/∂s = w/Σw with w = 1/Ω''(q) on the support, put together
      // so that nothing cancels where one share is close to 1.
      const room = new Float64Array(positions);
      const otherRoom = new Float64Array(positions);
      const ownSlopes = new Float64Array(positions);
      const otherSlopes = new Float64Array(positions);
      lengths.forEach((length, row) => {
        const first = row * positions;
        for (let t = 0; t < length; t++) {
          const share = shares[first + t]!;
          room[t] = share > 0 ? 1 / curvature(share) : 0;
          ownSlopes[t] = gradient[first + t]! * (1 + room[t]! * curvature(others[first + t]!));
        }
        const whole = sumOthers(room.subarray(0, length), otherRoom);
        sumOthers(ownSlopes.subarray(0, length), otherSlopes);
        for (let t = 0; t < length; t++) {
          back[first + t] = (otherRoom[t]! * ownSlopes[t]! - room[t]! * otherSlopes[t]!) / whole;
        }
      });
      return back;
    },
  };
}

/**
 * Writes the sum of all entries but one's own, for each, and returns the sum of all: a difference
 * from the whole would cancel.
 */
function sumOthers(entries: Float64Array, sums: Float64Array): number {
  let before = 0;
  for (let t = 0; t < entries.length; t++) {
    sums[t] = before;
    before += entries[t]!;
  }
  let after = 0;
  for (let t = entries.length - 1; t >= 0; t--) {
    sums[t] = sums[t]! + after;
    after += entries[t]!;
  }
  return before;
}
