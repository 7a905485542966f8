/**
 * The reference that dynamic programs are tested against: every path of a small graph, one by one,
 * with local probabilities from textbook softmax, sort-based sparsemax and entmax by bisection.
 */

export type OmegaName = 'negentropy' | 'l2' | 'entmax15' | 'hard';

/** A graph whose edges go from smaller to larger nodes, from root 0 to leaf nodes − 1. */
export interface SmallGraph {
  nodes: number;
  edges: [from: number, to: number][];
}

export interface EnumeratedPath {
  edges: number[];
  score: number;
  probability: number;
}

/**
 * max_γΩ and its argmax by the formulas; sparsemax after Martins & Astudillo 2016, by sorting,
 * entmax after Peters et al. 2019, by bisection.
 */
export function referenceMax(omega: OmegaName, gamma: number, x: number[]) {
  const top = Math.max(...x);
  if (top === -Infinity) return { value: top, q: x.map(() => 0) };
  if (omega === 'hard') return { value: top, q: x.map((_, i) => (i === x.indexOf(top) ? 1 : 0)) };
  const u = x.map((score) => (score - top) / gamma);
  if (omega === 'negentropy') {
    const total = u.reduce((sum, score) => sum + Math.exp(score), 0);
    return { value: top + gamma * Math.log(total), q: u.map((score) => Math.exp(score) / total) };
  }
  if (omega === 'entmax15') {
    const share = (score: number, tau: number) => Math.max(0, score / 2 - tau) ** 2;
    let [low, high] = [-1, 0];
    for (let round = 0; round < 200; round++) {
      const middle = (low + high) / 2;
      if (u.reduce((sum, score) => sum + share(score, middle), 0) > 1) low = middle;
      else high = middle;
    }
    const q = u.map((score) => share(score, low));
    const value = q.reduce(
      (sum, p, i) => sum + (p > 0 ? p * u[i]! : 0) - p ** 1.5 / 0.75,
      1 / 0.75,
    );
    return { value: top + gamma * value, q };
  }
  const sorted = [...u].sort((a, b) => b - a);
  let threshold = 0;
  let cumulated = 0;
  sorted.forEach((score, i) => {
    cumulated += score;
    if (1 + (i + 1) * score > cumulated) threshold = (cumulated - 1) / (i + 1);
  });
  const q = u.map((score) => Math.max(score - threshold, 0));
  const value = q.reduce((sum, p, i) => sum + (p > 0 ? p * u[i]! - (p * p) / 2 : 0), 0);
  return { value: top + gamma * value, q };
}

/** All paths with their exact probabilities under the walk, DP_Ω, and the expected path. */
export function enumeratePaths(
  { nodes, edges }: SmallGraph,
  scores: ArrayLike<number>,
  omega: OmegaName,
  gamma: number,
) {
  const values = new Array<number>(nodes).fill(0);
  const walk = new Array<number>(edges.length).fill(0);
  for (let node = 1; node < nodes; node++) {
    const into = [...edges.keys()].filter((edge) => edges[edge]![1] === node);
    const { value, q } = referenceMax(
      omega,
      gamma,
      into.map((edge) => values[edges[edge]![0]]! + scores[edge]!),
    );
    values[node] = value;
    into.forEach((edge, k) => (walk[edge] = q[k]!));
  }
  const paths: EnumeratedPath[] = [];
  const extend = (node: number, path: number[], score: number, probability: number) => {
    if (node === nodes - 1) paths.push({ edges: path, score, probability });
    edges.forEach(([from, to], edge) => {
      if (from === node) {
        extend(to, [...path, edge], score + scores[edge]!, probability * walk[edge]!);
      }
    });
  };
  extend(0, [], 0, 1);
  const expected = new Array<number>(edges.length).fill(0);
  for (const path of paths) for (const edge of path.edges) expected[edge]! += path.probability;
  return { value: values[nodes - 1]!, paths, expected };
}

/** γ log Σ exp(score/γ) over the paths. */
export function logSumExp(scores: number[], gamma: number): number {
  return referenceMax('negentropy', gamma, scores).value;
}

/** Uniform numbers in [0, 1) from a seed (mulberry32). */
export function seededRandom(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** `length` numbers, uniform in [-scale, scale). */
export function randomArray(length: number, random: () => number, scale = 1): Float64Array {
  return Float64Array.from({ length }, () => (2 * random() - 1) * scale);
}
