import { quoted } from '../../visible.js';

/**
 * A cost c(x, y) between a row's and a column's feature vector, with what the chain rule needs. The
 * weighted methods add to `dx` and `dy`. The value may be +Infinity, which forbids the pair.
 */
export interface Cost {
  readonly name: string;
  value(x: Float64Array, y: Float64Array): number;
  /** Adds weight·∂c/∂x to dx and weight·∂c/∂y to dy. */
  addGradient(
    x: Float64Array,
    y: Float64Array,
    weight: number,
    dx: Float64Array,
    dy: Float64Array,
  ): void;
  /** The derivative of c(x, y) in the direction (zx, zy). */
  directional(x: Float64Array, y: Float64Array, zx: Float64Array, zy: Float64Array): number;
  /** Adds weight·∇²c(x, y)·(zx, zy) to (dx, dy). */
  addProduct(
    x: Float64Array,
    y: Float64Array,
    zx: Float64Array,
    zy: Float64Array,
    weight: number,
    dx: Float64Array,
    dy: Float64Array,
  ): void;
}

/**
 * Σ (x − y)².
 *
 * @example
 * ```ts
 * import { dtw, squaredEuclidean } from 'didyprog';
 *
 * const series = (...values: number[]) => Float64Array.from(values);
 * const program = dtw({ batch: 1, rows: 2, cols: 2, omega: 'hard' });
 * const theta = { rowFeatures: series(0, 1), colFeatures: series(0, 3), cost: squaredEuclidean };
 * console.log(program.value(theta)[0]); // 4
 * ```
 */
export const squaredEuclidean: Cost = {
  name: 'squaredEuclidean',
  value(x, y) {
    let total = 0;
    for (let k = 0; k < x.length; k++) total += (x[k]! - y[k]!) ** 2;
    return total;
  },
  addGradient(x, y, weight, dx, dy) {
    for (let k = 0; k < x.length; k++) {
      const slope = 2 * weight * (x[k]! - y[k]!);
      dx[k]! += slope;
      dy[k]! -= slope;
    }
  },
  directional(x, y, zx, zy) {
    let total = 0;
    for (let k = 0; k < x.length; k++) total += (x[k]! - y[k]!) * (zx[k]! - zy[k]!);
    return 2 * total;
  },
  addProduct(_x, _y, zx, zy, weight, dx, dy) {
    for (let k = 0; k < dx.length; k++) {
      const slope = 2 * weight * (zx[k]! - zy[k]!);
      dx[k]! += slope;
      dy[k]! -= slope;
    }
  },
};

/**
 * Σ x y: what a cost that is linear in both features reduces to.
 *
 * @example
 * ```ts
 * import { innerProduct } from 'didyprog';
 *
 * console.log(innerProduct.value(Float64Array.of(1, 2), Float64Array.of(3, 4))); // 11
 * ```
 */
export const innerProduct: Cost = {
  name: 'innerProduct',
  value(x, y) {
    let total = 0;
    for (let k = 0; k < x.length; k++) total += x[k]! * y[k]!;
    return total;
  },
  addGradient(x, y, weight, dx, dy) {
    for (let k = 0; k < x.length; k++) {
      dx[k]! += weight * y[k]!;
      dy[k]! += weight * x[k]!;
    }
  },
  directional(x, y, zx, zy) {
    let total = 0;
    for (let k = 0; k < x.length; k++) total += zx[k]! * y[k]! + x[k]! * zy[k]!;
    return total;
  },
  addProduct(_x, _y, zx, zy, weight, dx, dy) {
    for (let k = 0; k < dx.length; k++) {
      dx[k]! += weight * zy[k]!;
      dy[k]! += weight * zx[k]!;
    }
  },
};

const named: Record<CostName, Cost> = { squaredEuclidean, innerProduct };

/** Whether a cost is one that has a name, not the user's own. */
export const isNamed = (cost: Cost) => Object.values(named).includes(cost);

/** The names of the built-in costs. */
export type CostName = 'squaredEuclidean' | 'innerProduct';

/**
 * The cost that a name stands for, or the cost itself.
 * @throws RangeError for an unknown name, TypeError for an object that is not a cost
 */
export function resolveCost(cost: Cost | CostName): Cost {
  if (typeof cost === 'string') {
    if (Object.hasOwn(named, cost)) return named[cost];
    throw new RangeError(
      `cost is ${quoted(cost)}: it must be one of ${Object.keys(named).join(', ')}, or a Cost object`,
    );
  }
  const members = ['value', 'addGradient', 'directional', 'addProduct'] as const;
  if (members.some((member) => typeof cost?.[member] !== 'function')) {
    throw new TypeError(`cost must be a name or an object with ${members.join(', ')}`);
  }
  return cost;
}
