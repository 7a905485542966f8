import type { OmegaName } from '../../../index.js';
import { type Grid, type NamedPath, type Opened } from './opened.js';
import { gridOf, type PlayState } from './state.js';

/** What is drawn again at each move of γ. */
export interface Frame {
  value: number;
  expected: Grid;
  /** Cells whose expected path is above 0 in float32. */
  support: number;
  milliseconds: number;
  runsOn: string;
}

/** What is computed when things stand still. */
export interface Details {
  /** The score of the best path, or the cost. */
  hard: number;
  best: readonly NamedPath[];
  /** Whether `best` are all paths that have a probability. */
  isAll: boolean;
  samples: readonly NamedPath[];
  directional: number;
  product: Grid;
}

/** Beyond so many cells ranked paths take seconds. */
const mostRanked = 60_000;

/** A problem, opened under one Ω and γ at a time. */
export class Solver {
  readonly #state: PlayState;
  readonly #grid: Grid;
  readonly #opened = new Map<string, Opened>();
  /** Ω that have been called: the first call of each also compiles code, which is not its time. */
  readonly #warm = new Set<OmegaName>();

  constructor(state: PlayState) {
    this.#state = state;
    this.#grid = gridOf(state);
  }

  /** The cells of θ. */
  get size(): number {
    return this.#grid.length;
  }

  #open(omega: OmegaName, gamma: number): Opened {
    const key = `${omega} ${gamma}`;
    const known = this.#opened.get(key);
    if (known) return known;
    // Only the last few: while γ is dragged each is needed once.
    if (this.#opened.size > 8) this.#opened.clear();
    const { play, settings } = this.#state;
    const opened = play.open(settings, { omega, gamma });
    this.#opened.set(key, opened);
    return opened;
  }

  frame(omega: OmegaName, gamma: number): Frame {
    const opened = this.#open(omega, gamma);
    if (!this.#warm.has(omega)) opened.gradient(this.#grid);
    this.#warm.add(omega);
    const started = performance.now();
    const { value, expected } = opened.gradient(this.#grid);
    const milliseconds = performance.now() - started;
    let support = 0;
    for (let at = 0; at < expected.length; at++) if (expected[at]! > 0) support++;
    return { value, expected, support, milliseconds, runsOn: opened.runsOn };
  }

  /** @param cell the direction in which θ moves */
  details(omega: OmegaName, gamma: number, cell: number, k: number): Details {
    const opened = this.#open(omega, gamma);
    const z = new Float32Array(this.#grid.length);
    z[cell] = 1;
    const ranked = this.#grid.length <= mostRanked ? opened.kBest(this.#grid, k + 1) : [];
    const random = seededRandom(7);
    const count = this.#grid.length <= mostRanked ? 5 : 1;
    return {
      hard: this.#open('hard', 1).value(this.#grid),
      best: ranked.slice(0, k),
      isAll: ranked.length > 0 && ranked.length <= k,
      samples: Array.from({ length: count }, () => opened.sample(this.#grid, random)),
      ...opened.product(this.#grid, z),
    };
  }
}

/** The same samples for the same state, so that a link shows what its sender saw. */
function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}
