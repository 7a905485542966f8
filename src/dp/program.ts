import type { PotentialForm } from './potentials.js';
import type { RealArray } from './real-array.js';

export type { Smoothing } from './omega/index.js';
export type { PartOptions, PotentialForm, PotentialPart } from './potentials.js';
export type { RealArray } from './real-array.js';

/**
 * A path through a program's graph. Chain: the states of its length + 1 positions.
 * DTW: i0, j0, i1, j1, … ; pairwise alignments too, with −1 for a gap. DAG: edge indices from root to
 * leaf. Semi-Markov: begin, duration and state of each segment. CTC: the class of each frame.
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
 * The structure of potentials: 'array' for a bare array, or an object whose arrays are named, such as
 * { unary: 'array'; transition: 'array'; start?: 'array' }.
 */
export type Structure = 'array' | object;

/** Potentials of a structure in one precision. */
export type Potentials<S extends Structure, A extends RealArray = RealArray> = S extends 'array'
  ? A
  : { [Part in keyof S]: 'array' extends S[Part] ? A : S[Part] };

/** A direction of potentials: parts may be left out. */
export type Direction<S extends Structure, A extends RealArray = RealArray> = S extends 'array'
  ? A
  : { [Part in keyof S]?: 'array' extends S[Part] ? A : S[Part] };

/**
 * One dynamic program over a batch of graphs. The gradient, the direction `z` and the product have
 * the structure and the shape of `theta`; results have its type. What no path of an item takes, past
 * its length, is ignored, and has gradient and product exactly 0.
 *
 * Float64Arrays are computed in float64: the definition. What Float32Arrays run on is in `runsOn`;
 * the methods about probabilities compute in float64 and return theta's type.
 *
 * Every method throws TypeError for a theta that is no array or lacks a part, and RangeError for an
 * array of the wrong size, for a NaN (with its index), for a batch item without an allowed path, and
 * for a γ so small that theta/γ leaves the precision.
 *
 * Source: Mensch & Blondel 2018, sections 2 and 3.
 */
export interface DynamicProgram<S extends Structure> {
  /** 1: a smoothed maximum of scores. −1: a smoothed minimum of costs. */
  readonly sense: 1 | -1;
  /** The items of a batch. */
  readonly batch: number;
  /** The forms that theta may have: the parts with their shapes. */
  readonly potentials: readonly PotentialForm[];
  /** What a float32 call runs on, and why: 'kernels …', 'graph kernels' or 'definition (float64): …'. */
  readonly runsOn: string;
  /** DP_Ω(θ), [batch]. */
  value<A extends RealArray>(theta: Potentials<S, A>): A;
  /**
   * DP_Ω(θ) and ∇DP_Ω(θ) = E[Y], the expected path.
   *
   * @param target arrays for the gradient, of theta's structure, types and sizes; default new ones
   */
  gradient<A extends RealArray>(
    theta: Potentials<S, A>,
    target?: Potentials<S, A>,
  ): { value: A; gradient: Potentials<S, A> };
  /**
   * The directional derivative ⟨∇DP_Ω(θ), Z⟩, [batch], and the product ∇²DP_Ω(θ)·Z.
   *
   * @param z the direction; parts that it leaves out are 0
   * @param targets arrays for gradient and product, as those of `gradient`
   */
  hessianProduct<A extends RealArray>(
    theta: Potentials<S, A>,
    z: Direction<S, A>,
    targets?: HessianTargets<Potentials<S, A>>,
  ): {
    value: A;
    gradient: Potentials<S, A>;
    directional: A;
    product: Potentials<S, A>;
  };
  /** The hard best path of each item; Ω plays no part. Ties go to the first edge into a node. */
  argmax(theta: Potentials<S>): Path[];
  /** One exact sample of the walk for each item; `random` is uniform in [0, 1). */
  sample(theta: Potentials<S>, random: () => number): Path[];
  /** The k most probable paths of each item, best first; fewer when the support is smaller. */
  kBest(theta: Potentials<S>, k: number): RankedPath[][];
  /** log p_{θ,Ω}(path) of one path for each item, [batch]; -Infinity off the support. */
  logProbability<A extends RealArray>(theta: Potentials<S, A>, paths: readonly Path[]): A;
  /**
   * Ω(Y) of one path for each item, [batch]: γ·Ω at a vertex of the simplex for each maximum on the
   * path, γ/2 of them for l2 and 0 for negentropy, entmax15 and hard. It makes the convex
   * (Fenchel–Young) loss DP_Ω(θ) − ⟨Y, θ⟩ + Ω(Y) non-negative.
   *
   * O(edges) at most by paths, and by indicators unless several ways take as many entries: then as many
   * times more as there are such ways.
   *
   * @param y the paths, or their 0/1 indicators in theta's structure with the batch first, in parts
   *   too that theta shares; of several paths with the same indicator that with the fewest maxima counts
   * @throws RangeError, naming the item, for what is no path or the indicator of none, and for an indicator
   *   that fits thousands of ways at once
   */
  pathRegularisation(y: readonly Path[] | Potentials<S>): Float64Array;
  /** The indicators of paths, how often each takes an entry: as theta, with the batch first. */
  pathIndicator<A extends RealArray>(
    theta: Potentials<S, A>,
    paths: readonly Path[],
  ): Potentials<S, A>;
}
