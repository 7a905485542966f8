// The products of attention over a batch, each item over the rows that it has: O(batch · queries ·
// time · depth), nothing of it for padding.
import type { Arena } from './arena.js';
import { denseKernels } from './binaries.js';
import { type Kernels, useFamily, withKernels } from './module.js';

useFamily(denseKernels);

/** The sizes of a batch, and how many queries and states each item has. */
export interface ItemShape {
  readonly batch: number;
  readonly queries: number;
  readonly time: number;
  readonly depth: number;
  readonly queryLengths: Int32Array;
  readonly stateLengths: Int32Array;
}

/** Inner products of queries [batch, queries, depth] and states [batch, time, depth]: [batch, queries, time]. */
export function itemScores(
  shape: ItemShape,
  queries: Float32Array,
  states: Float32Array,
): Float32Array {
  return withKernels((kernels, arena) =>
    new ItemProducts(shape, kernels, arena).dots(arena.floats(queries), arena.floats(states)),
  );
}

/** Sums of states by weights [batch, queries, time]: [batch, queries, depth]. */
export function itemContext(
  shape: ItemShape,
  weights: Float32Array,
  states: Float32Array,
): Float32Array {
  return withKernels((kernels, arena) => {
    const out = arena.reserve(4 * shape.batch * shape.queries * shape.depth);
    const products = new ItemProducts(shape, kernels, arena);
    products.mixStates(arena.floats(weights), arena.floats(states), out);
    return arena.view(out, shape.batch * shape.queries * shape.depth).slice();
  });
}

/** What a gradient follows from; `context` is that by the context. */
export interface ItemArrays {
  queries: Float32Array;
  states: Float32Array;
  weights: Float32Array;
  context: Float32Array;
}

/**
 * Gradients by queries and states.
 * @param pullBack from the gradient by the weights to that by the scores
 */
export function itemGradients(
  shape: ItemShape,
  arrays: ItemArrays,
  pullBack: (weights: Float32Array) => Float32Array,
): { queries: Float32Array; states: Float32Array } {
  const { queries, states, weights, context } = arrays;
  return withKernels((kernels, arena) => {
    const products = new ItemProducts(shape, kernels, arena);
    const [q, s, outer] = [arena.floats(queries), arena.floats(states), arena.floats(context)];
    const scores = arena.floats(pullBack(products.dots(outer, s)));
    const byQueries = arena.reserve(queries.byteLength);
    const byStates = arena.reserve(states.byteLength);
    products.mixStates(scores, s, byQueries);
    products.mixQueries(arena.floats(weights), outer, byStates, false);
    products.mixQueries(scores, q, byStates, true);
    return {
      queries: arena.view(byQueries, queries.length).slice(),
      states: arena.view(byStates, states.length).slice(),
    };
  });
}

/** The three products, over addresses of one scope. */
class ItemProducts {
  readonly #shape: ItemShape;
  readonly #kernels: Kernels;
  readonly #arena: Arena;
  readonly #queryLengths: number;
  readonly #stateLengths: number;

  constructor(shape: ItemShape, kernels: Kernels, arena: Arena) {
    this.#shape = shape;
    this.#kernels = kernels;
    this.#arena = arena;
    this.#queryLengths = arena.integers(shape.queryLengths);
    this.#stateLengths = arena.integers(shape.stateLengths);
  }

  /** [batch, queries, time] */
  dots(queries: number, states: number): Float32Array {
    const { batch, queries: rows, time, depth } = this.#shape;
    const out = this.#arena.reserve(batch * rows * time * 4);
    const params = this.#arena.block('ItemDotsCall', {
      a: queries,
      b: states,
      c: out,
      rows,
      cols: time,
      depth,
      rowLengths: this.#queryLengths,
      colLengths: this.#stateLengths,
    });
    this.#kernels.run('itemDots', { params, ...this.#jobs });
    return this.#arena.view(out, batch * rows * time).slice();
  }

  /** out [batch, queries, depth] = weights · states. */
  mixStates(weights: number, states: number, out: number): void {
    const { queries, time, depth } = this.#shape;
    const params = this.#arena.block('ItemMixCall', {
      w: weights,
      b: states,
      c: out,
      outer: queries,
      inner: time,
      depth,
      outerLengths: this.#queryLengths,
      innerLengths: this.#stateLengths,
      outerStride: time,
      innerStride: 1,
      add: 0,
    });
    this.#kernels.run('itemMix', { params, ...this.#jobs });
  }

  /** out [batch, time, depth] (+)= weightsᵀ · queries. */
  mixQueries(weights: number, queries: number, out: number, add: boolean): void {
    const { queries: rows, time, depth } = this.#shape;
    const params = this.#arena.block('ItemMixCall', {
      w: weights,
      b: queries,
      c: out,
      outer: time,
      inner: rows,
      depth,
      outerLengths: this.#stateLengths,
      innerLengths: this.#queryLengths,
      outerStride: 1,
      innerStride: time,
      add: Number(add),
    });
    this.#kernels.run('itemMix', { params, ...this.#jobs });
  }

  /** About ten floating-point operations a nanosecond. */
  get #jobs() {
    const { batch, queries, time, depth } = this.#shape;
    return { jobs: batch, nanoseconds: (2 * batch * queries * time * depth) / 10 };
  }
}
