import { HeldFloats } from '../kernels/held-floats.js';
import { adamStep, descendStep, squaredNorm } from '../kernels/optimiser.js';
import { checkSize } from '../dp/checks.js';
import { checkNumber, checkOneOf } from '../value-checks.js';
import { quoted } from '../visible.js';
import { isFloat32, isRealArray } from '../dp/real-array.js';
import { checkListed, checkNames, checkObject, described } from './checks.js';
import type { RowGradient } from './embedding.js';

/** Named parameters, each one array that the optimiser updates in place. */
export type ParameterArrays = Readonly<Record<string, Float32Array>>;

/** The gradient of a whole parameter, or of the rows of a table that a step touched. */
export type Gradient = Float32Array | RowGradient;

/** The update rule and its constants. */
export type OptimiserOptions = (
  | {
      kind: 'sgd';
    }
  | {
      kind: 'adam';
      /** Decay of the mean of gradients; default 0.9. */
      beta1?: number;
      /** Decay of the mean of their squares; default 0.999. */
      beta2?: number;
      /** Default 1e-8. */
      epsilon?: number;
    }
) & {
  /** 0 or more. */
  learningRate: number;
  /** Gradients are scaled down together when their common Euclidean norm exceeds this; default never. */
  clipNorm?: number;
  /** Steps over which the rate rises linearly from 0, the last of them with all of it; default 0. */
  warmUp?: number;
};

/** The options but for the learning rate, each with its value. */
interface Rule {
  kind: OptimiserOptions['kind'];
  beta1: number;
  beta2: number;
  epsilon: number;
  clipNorm: number;
  warmUp: number;
}

const sgd = ['kind', 'learningRate', 'clipNorm', 'warmUp'];
const optionNames = { sgd, adam: [...sgd, 'beta1', 'beta2', 'epsilon'] };
const kinds = Object.keys(optionNames);

function checkedRule(options: OptimiserOptions): Rule {
  checkNames('Optimiser', options, optionNames.adam);
  checkOneOf('kind', options.kind, kinds);
  checkNames(`Optimiser of kind '${options.kind}'`, options, optionNames[options.kind]);
  const { beta1, beta2, epsilon } = options.kind === 'adam' ? options : {};
  const rule = {
    kind: options.kind,
    beta1: beta1 ?? 0.9,
    beta2: beta2 ?? 0.999,
    epsilon: epsilon ?? 1e-8,
    clipNorm: options.clipNorm ?? Infinity,
    warmUp: options.warmUp ?? 0,
  };
  checkNumber('beta1', rule.beta1, 'belowOne');
  checkNumber('beta2', rule.beta2, 'belowOne');
  checkNumber('epsilon', rule.epsilon, 'positive');
  if (rule.clipNorm !== Infinity) checkNumber('clipNorm', rule.clipNorm, 'positive');
  checkSize('warmUp', rule.warmUp, 0);
  return rule;
}

/** What an optimiser carries from step to step, beside the parameters. */
export interface OptimiserState {
  learningRate: number;
  steps: number;
  /** Moments by name: copies. */
  arrays: Record<string, Float32Array>;
}

/**
 * Updates named parameters in place from their gradients: SGD or Adam, after clipping by the norm
 * of all gradients together. Tables get gradients of some rows only and are touched in these rows
 * only; with Adam the moments of a row then decay in the steps that touch it ('lazy').
 *
 * Source: Kingma & Ba 2015 for Adam; Pascanu et al. 2013 for the clipping.
 *
 * @example
 * ```ts
 * import { Optimiser } from 'didyprog/layers';
 *
 * const parameters = { w: Float32Array.of(1, 2) };
 * const optimiser = new Optimiser(parameters, { kind: 'sgd', learningRate: 0.5 });
 * optimiser.step({ w: Float32Array.of(1, -2) });
 * console.log(parameters.w.join()); // 0.5,3
 * ```
 */
export class Optimiser {
  readonly #parameters: ParameterArrays;
  readonly #rule: Rule;
  #learningRate = 0;
  readonly #moments = new Map<string, { mean: HeldFloats; square: HeldFloats }>();
  #steps = 0;

  /**
   * @throws RangeError for a rule or a number that is not allowed, TypeError for an option that there is
   *   not, and for a parameter that is no array of floats
   */
  constructor(parameters: ParameterArrays, options: OptimiserOptions) {
    checkObject('parameters', parameters, 'of Float32Arrays by name');
    for (const [name, parameter] of Object.entries(parameters)) {
      if (isRealArray(parameter)) continue;
      throw new TypeError(
        `parameters.${name} is ${described(parameter)}: it must be a Float32Array`,
      );
    }
    this.#parameters = parameters;
    this.#rule = checkedRule(options);
    this.learningRate = options.learningRate;
    if (options.kind === 'sgd') return;
    for (const [name, { length }] of Object.entries(parameters)) {
      const zeros = () => new HeldFloats(length, 'zeros');
      this.#moments.set(name, { mean: zeros(), square: zeros() });
    }
  }

  /**
   * May be changed between steps.
   * @throws RangeError where it is set to what is not finite and 0 or more
   */
  get learningRate(): number {
    return this.#learningRate;
  }

  set learningRate(rate: number) {
    checkNumber('learningRate', rate, 'notNegative');
    this.#learningRate = rate;
  }

  /**
   * One update. Parameters without a gradient stay as they are.
   *
   * @returns the norm of all gradients together, before clipping
   * @throws RangeError for a gradient without a parameter or of another size, and for one that is
   *   not finite; TypeError for what is no gradient; then nothing is updated
   */
  step(gradients: Readonly<Record<string, Gradient>>): number {
    checkObject('gradients', gradients, 'of gradients by the names of their parameters');
    const entries = Object.entries(gradients).map(([name, gradient]) => ({
      name,
      ...this.#layout(name, gradient),
    }));
    const norm = Math.sqrt(entries.reduce((sum, { values }) => sum + squaredNorm(values), 0));
    if (!Number.isFinite(norm)) {
      const culprits = entries
        .filter(({ values }) => !Number.isFinite(squaredNorm(values)))
        .map(({ name }) => name);
      throw new RangeError(
        `the gradient of ${culprits.join(', ') || 'all parameters together'} is not finite`,
      );
    }
    const { clipNorm } = this.#rule;
    const scale = norm > clipNorm ? clipNorm / norm : 1;
    this.#steps++;
    for (const { name, values, width, rows } of entries) {
      const parameter = this.#parameters[name]!;
      const update = this.#updater(name, parameter, values, scale);
      if (!rows) {
        update(0, 0, width);
      } else {
        for (let at = 0; at < rows.length; at++) update(rows[at]! * width, at * width, width);
      }
    }
    return norm;
  }

  /** What a checkpoint has to keep beside the parameters. */
  state(): OptimiserState {
    const arrays = [...this.#moments].flatMap(([name, { mean, square }]) => [
      [`${name}.mean`, mean.view().slice()] as const,
      [`${name}.square`, square.view().slice()] as const,
    ]);
    return {
      learningRate: this.learningRate,
      steps: this.#steps,
      arrays: Object.fromEntries(arrays),
    };
  }

  /**
   * Continues from what `state` gave.
   * @throws RangeError when it is of other parameters or another rule, or its learning rate is not allowed
   */
  restore(state: OptimiserState): void {
    checkObject('state', state, '{ learningRate, steps, arrays }');
    const { learningRate, steps, arrays } = state;
    checkObject('state.arrays', arrays, 'of moments by name');
    checkSize('state.steps', steps, 0);
    const own = [...this.#moments].flatMap(([name, { mean, square }]) => [
      [`${name}.mean`, mean] as const,
      [`${name}.square`, square] as const,
    ]);
    for (const [name, { length }] of own) {
      const saved = arrays[name]?.length;
      if (saved !== length) {
        throw new RangeError(
          `the optimiser's state ${name} has ${saved ?? 'no'} entries: ${length} are expected`,
        );
      }
    }
    const names = new Set<string>(own.map(([name]) => name));
    const foreign = Object.keys(arrays).find(
      (name) => !names.has(name) && /\.(mean|square)$/.test(name),
    );
    if (foreign !== undefined) {
      throw new RangeError(
        `the optimiser's state has ${quoted(foreign)}: ` +
          (names.size > 0
            ? `the moments here are ${[...names].join(', ')}`
            : `${this.#rule.kind} has no moments`),
      );
    }
    this.learningRate = learningRate;
    for (const [name, moment] of own) moment.view().set(arrays[name]!);
    this.#steps = steps;
  }

  /** `state` as arrays by name, for checkpoints. The learning rate, which its owner sets, is left out. */
  stateArrays(): Record<string, Float32Array | Int32Array> {
    const { steps, arrays } = this.state();
    return { ...arrays, steps: Int32Array.of(steps) };
  }

  /**
   * Continues from what `stateArrays` gave.
   * @throws RangeError as `restore`
   */
  restoreArrays(saved: Readonly<Record<string, Float32Array | Int32Array>>): void {
    checkObject('arrays', saved, 'of moments by name');
    const { steps, ...moments } = saved;
    const arrays = Object.fromEntries(
      Object.entries(moments).map(([name, array]) => [name, Float32Array.from(array)]),
    );
    this.restore({ learningRate: this.learningRate, steps: steps?.[0] ?? 0, arrays });
  }

  /** Checks a gradient against its parameter; a whole one is a single row. */
  #layout(name: string, gradient: Gradient) {
    const size = Object.hasOwn(this.#parameters, name) ? this.#parameters[name]!.length : undefined;
    if (size === undefined) {
      const names = Object.keys(this.#parameters).join(', ');
      throw new RangeError(`a gradient for ${quoted(name)}: the parameters are ${names}`);
    }
    if (isFloat32(gradient)) {
      if (gradient.length !== size) {
        throw new RangeError(`the gradient of ${name} has ${gradient.length} entries, not ${size}`);
      }
      return { values: gradient, width: size, rows: undefined };
    }
    if (Array.isArray(gradient) || ArrayBuffer.isView(gradient)) {
      throw new TypeError(
        `the gradient of ${name} is ${described(gradient)}: it must be a Float32Array, or { rows, values }`,
      );
    }
    checkObject(`the gradient of ${name}`, gradient, '{ rows, values }, or a Float32Array');
    const { rows, values } = gradient;
    checkListed(`rows of the gradient of ${name}`, rows, 'rows');
    if (!isRealArray(values)) {
      throw new TypeError(
        `values of the gradient of ${name} is ${described(values)}: it must be a Float32Array`,
      );
    }
    const width = rows.length > 0 ? values.length / rows.length : 0;
    if (!Number.isInteger(width)) {
      throw new RangeError(
        `the gradient of ${name} has ${values.length} values: ${rows.length} rows need as many each`,
      );
    }
    if (width > 0 && size % width !== 0) {
      throw new RangeError(
        `the gradient of ${name} has rows of ${width}: its ${size} entries are no multiple of that`,
      );
    }
    const taken = new Set<number>();
    for (const row of rows) {
      if (!(Number.isInteger(row) && row >= 0 && (row + 1) * width <= size)) {
        throw new RangeError(`the gradient of ${name} has row ${row} of ${width}: out of range`);
      }
      // Adam would take two steps, and the norm would not be that of the sum.
      if (taken.has(row)) {
        throw new RangeError(
          `the gradient of ${name} has row ${row} twice: scatterRows adds up what belongs to one row`,
        );
      }
      taken.add(row);
    }
    return { values, width, rows };
  }

  /** Updates `count` entries of a parameter from `to` on by those of the gradient from `from` on. */
  #updater(name: string, parameter: Float32Array, gradient: Float32Array, scale: number) {
    const { kind, warmUp, beta1, beta2, epsilon } = this.#rule;
    const learningRate =
      this.#steps < warmUp ? (this.learningRate * this.#steps) / warmUp : this.learningRate;
    if (kind === 'sgd') {
      const rate = learningRate * scale;
      return (to: number, from: number, count: number) => {
        if (count === parameter.length) {
          descendStep(parameter, gradient, rate);
          return;
        }
        for (let k = 0; k < count; k++) {
          parameter[to + k] = parameter[to + k]! - rate * gradient[from + k]!;
        }
      };
    }
    const { mean, square } = this.#moments.get(name)!;
    const rate = learningRate / (1 - beta1 ** this.#steps);
    const correction = 1 / (1 - beta2 ** this.#steps);
    // Views for the rows of tables, which are updated without a call of the kernels. Both moments
    // are brought to where they stay first: memory may grow for the second, under the first's view.
    for (const moment of [mean, square]) moment.address();
    const [means, squares] = [mean.view(), square.view()];
    return (to: number, from: number, count: number) => {
      if (count === parameter.length) {
        const arrays = { parameter, gradient, mean, square };
        adamStep(arrays, { scale, beta1, beta2, rate, correction, epsilon });
        return;
      }
      for (let k = 0; k < count; k++) {
        const g = scale * gradient[from + k]!;
        const m = beta1 * means[to + k]! + (1 - beta1) * g;
        const v = beta2 * squares[to + k]! + (1 - beta2) * g * g;
        means[to + k] = m;
        squares[to + k] = v;
        parameter[to + k] = parameter[to + k]! - (rate * m) / (Math.sqrt(v * correction) + epsilon);
      }
    };
  }
}
