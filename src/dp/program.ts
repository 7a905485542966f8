import type { RealArray } from './real-array.js';

export type { RealArray } from './real-array.js';
export type { Smoothing } from './omega/index.js';

/**
 * A path through a program's graph. Chain: the states of its length + 1 positions.
 * DTW: i0, j0, i1, j1, … . DAG: edge indices from root to leaf.
 */
export type Path = Int32Array;

/** A path with the logarithm of its probability under the walk that the local argmaxes define. */
export interface RankedPath {
  path: Path;
  logProbability: number;
}

/** Arrays of the caller's for a gradient and a product, each of theta's structure and sizes. */
export interface HessianTargets<Theta> {
  gradient?: Theta | undefined;
  product?: Theta | undefined;
}

/**
 * One dynamic program over a batch of graphs of one kind. `Theta` is an array, or an object of
 * arrays where the potentials have structure; the gradient, the direction `z` and the product have
 * the structure and the shape of `theta`.
 */
export interface DynamicProgram<Theta, A extends RealArray = RealArray> {
  /** DP_Ω(θ), [batch]. */
  value(theta: Theta): A;
  /**
   * DP_Ω(θ) and ∇DP_Ω(θ) = E[Y], the expected path.
   *
   * @param target arrays for the gradient, of theta's structure, types and sizes; default new ones
   */
  gradient(theta: Theta, target?: Theta): { value: A; gradient: Theta };
  /**
   * The directional derivative ⟨∇DP_Ω(θ), Z⟩, [batch], and the product ∇²DP_Ω(θ)·Z.
   *
   * @param targets arrays for gradient and product, as those of `gradient`
   */
  hessianProduct(
    theta: Theta,
    z: Theta,
    targets?: HessianTargets<Theta>,
  ): { value: A; gradient: Theta; directional: A; product: Theta };
  /** The hard best path of each item; Ω plays no part. */
  argmax(theta: Theta): Path[];
  /** One exact sample of the walk for each item; `random` is uniform in [0, 1). */
  sample(theta: Theta, random: () => number): Path[];
  /** The k most probable paths of each item, best first; fewer when the support is smaller. */
  kBest(theta: Theta, k: number): RankedPath[][];
  /** log p_{θ,Ω}(path) of one path for each item, [batch]; -Infinity off the support. */
  logProbability(theta: Theta, paths: Path[]): A;
}

/** What the convex (Fenchel–Young) loss needs to know of a program over one array of potentials. */
export interface PathRegularisation {
  /** 1: a smoothed maximum of scores. −1: a smoothed minimum of costs. */
  readonly sense: 1 | -1;
  /**
   * Ω(Y) of 0/1 paths, [batch]: γ·Ω at a vertex for each max on the path, γ/2 of them for l2 and 0
   * for negentropy and hard.
   * @param y indicators of theta's shape
   */
  pathRegularisation(y: RealArray): Float64Array;
}

/** `pathRegularisation` where each max of a path is an entry of its indicator, but for `more`. */
export function regularisationByEntries(
  y: RealArray,
  batch: number,
  vertexCost: number,
  more: number,
): Float64Array {
  const size = y.length / batch;
  return Float64Array.from({ length: batch }, (_, item) => {
    let maxes = more;
    for (let at = item * size; at < (item + 1) * size; at++) maxes += y[at]!;
    return vertexCost * maxes;
  });
}
