import * as tf from '@tensorflow/tfjs-core';
import { shapesOf, type PotentialForm } from '../dp/potentials.js';
import type { RealArray } from '../dp/program.js';
import { checkProgram, checkTensor, type Axis } from './checks.js';
import { isRecording } from './first-derivative.js';
import { splitSave } from './tensor-floats.js';
import { tensorForm } from './tensor-form.js';
import { float32 } from './floats.js';

/**
 * Any dynamic program, seen by its three differentiable methods and the forms of its potentials.
 * Methods, so that a program whose theta is narrower than an object still fits.
 */
export interface DifferentiableProgram {
  readonly batch: number;
  readonly potentials: readonly PotentialForm[];
  value(theta: object): RealArray;
  gradient(theta: object): { value: RealArray; gradient: object };
  hessianProduct(theta: object, z: object): { directional: RealArray; product: object };
}

/**
 * Potentials as tensors: one tensor, or an object of tensors such as { unary, transition }. What is
 * not a tensor ({ rowFeatures, colFeatures, cost }) is handed to the program as it is.
 */
export type TensorPotentials = tf.Tensor | { readonly [name: string]: unknown };

/** The expected path of potentials: a tensor for a tensor or a variable, an object of tensors for an object. */
export type ExpectedPath<Theta> =
  Theta extends tf.Tensor<infer Rank>
    ? tf.Tensor<Rank>
    : {
        [Name in keyof Theta as Theta[Name] extends tf.Tensor ? Name : never]: ExpectedPath<
          Theta[Name]
        >;
      };

/**
 * θ → DP_Ω(θ), [batch]. Its gradient is `argmaxLayer`, so it can be differentiated twice.
 *
 * @param theta potentials in the program's structure; a part that the batch shares counts once for
 *   each item
 * @throws TypeError for a theta of another structure; RangeError for a tensor of another shape than its
 *   part; and what the program throws: a NaN, a part that is missing, no allowed path
 *
 * O(edges) each way. Source: Mensch & Blondel 2018, section 3, algorithms 1 and 2.
 *
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs';
 * import { linearChain } from 'didyprog';
 * import { maxLayer } from 'didyprog/layers';
 *
 * const chain = linearChain({ batch: 1, time: 1, states: 2, omega: 'negentropy' });
 * const expected = tf.grad((theta: tf.Tensor) => maxLayer(chain, theta))(tf.zeros([1, 1, 2, 2]));
 * console.log(expected.dataSync().join()); // 0.25,0.25,0.25,0.25
 * ```
 */
export function maxLayer<Theta extends TensorPotentials>(
  program: DifferentiableProgram,
  theta: Theta,
): tf.Tensor1D {
  const layout = new Layout(program, theta);
  const operation = tf.customGrad((...inputs) => {
    const [tensors, save] = splitSave(inputs);
    save(tensors);
    const potentials = layout.potentials(arraysOf(tensors));
    let known: object | undefined;
    let value: RealArray;
    // While gradients are recorded the forward pass keeps the backward one's result: one recursion
    // instead of two. Without, the value needs two rows of memory only.
    if (isRecording()) ({ value, gradient: known } = program.gradient(potentials));
    else value = program.value(potentials);
    return {
      value: tf.tensor1d(float32(value)),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const gradients = expectedPath(program, layout, saved, dy, known);
        known = undefined;
        return gradients;
      },
    };
  });
  return operation(...layout.tensors) as tf.Tensor1D;
}

/**
 * θ → ∇DP_Ω(θ) = E[Y], the expected path, of theta's structure and shapes. Its gradient is the
 * Hessian-vector product; that one's is an error.
 *
 * @throws as `maxLayer`, and an Error on a third derivative
 *
 * O(edges) each way. Source: Mensch & Blondel 2018, section 3, algorithms 1 and 2.
 *
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs';
 * import { linearChain } from 'didyprog';
 * import { argmaxLayer } from 'didyprog/layers';
 *
 * const chain = linearChain({ batch: 1, time: 1, states: 2, omega: 'negentropy' });
 * console.log(argmaxLayer(chain, tf.zeros([1, 1, 2, 2])).dataSync().join()); // 0.25,0.25,0.25,0.25
 * ```
 */
export function argmaxLayer<Theta extends TensorPotentials>(
  program: DifferentiableProgram,
  theta: Theta,
): ExpectedPath<Theta> {
  const layout = new Layout(program, theta);
  const expected = expectedPath(program, layout, layout.tensors, undefined, undefined);
  return layout.rebuild(expected) as ExpectedPath<Theta>;
}

/**
 * The expected path as tensors in the layout's order, each item's times its weight if there are
 * weights [batch].
 * @param known the unweighted gradient, where it has been computed before
 */
function expectedPath(
  program: DifferentiableProgram,
  layout: Layout,
  theta: tf.Tensor[],
  weights: tf.Tensor | undefined,
  known: object | undefined,
): tf.Tensor[] {
  const compute = (tensors: tf.Tensor[], by: tf.Tensor | undefined) =>
    weighted(layout, arraysOf(tensors), by, (potentials, tiled) =>
      known && !tiled ? known : program.gradient(potentials).gradient,
    );
  if (!isRecording()) return layout.toTensors(compute(theta, weights));

  // A custom gradient has one value only: all parts behind each other.
  const operation = tf.customGrad((...inputs) => {
    const [tensors, save] = splitSave(inputs);
    save(tensors);
    const by = weights && tensors[tensors.length - 1];
    return {
      value: tf.tensor1d(layout.flatten(compute(tensors.slice(0, theta.length), by))),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) =>
        hessianProduct(program, layout, saved, weights !== undefined, dy as tf.Tensor1D),
    };
  });
  const flat = operation(...theta, ...(weights ? [weights] : [])) as tf.Tensor1D;
  return layout.split(flat);
}

/** ∇²DP_Ω(θ)·z, each item's times its weight, and with weights ⟨∇DP_Ω(θ), z⟩ behind it. */
function hessianProduct(
  program: DifferentiableProgram,
  layout: Layout,
  saved: tf.Tensor[],
  hasWeights: boolean,
  z: tf.Tensor1D,
): tf.Tensor[] {
  const count = layout.tensors.length;
  let directional: RealArray | undefined;
  const compute = (tensors: tf.Tensor[], flat: tf.Tensor) => {
    const direction = layout.splitArray(flat.dataSync() as Float32Array);
    const by = hasWeights ? tensors[count] : undefined;
    return weighted(layout, arraysOf(tensors.slice(0, count)), by, (potentials, tiled) => {
      const along = layout.direction(tiled ? layout.tile(direction, by!.size) : direction);
      const result = program.hessianProduct(potentials, along);
      directional = result.directional;
      return result.product;
    });
  };
  if (!isRecording()) {
    const products = layout.toTensors(compute(saved, z));
    return hasWeights ? [...products, tf.tensor1d(float32(directional!))] : products;
  }
  const operation = tf.customGrad((...inputs) => {
    const [tensors] = splitSave(inputs);
    const product = layout.flatten(compute(tensors.slice(0, -1), tensors[tensors.length - 1]!));
    const slopes = hasWeights ? float32(directional!) : new Float32Array(0);
    const both = new Float32Array(product.length + slopes.length);
    both.set(product);
    both.set(slopes, product.length);
    return {
      value: tf.tensor1d(both),
      gradFunc: (): tf.Tensor[] => {
        throw new Error(
          'argmaxLayer cannot be differentiated twice: that is a third derivative of the ' +
            'dynamic program, which is not implemented',
        );
      },
    };
  });
  const flat = operation(...saved, z) as tf.Tensor1D;
  const products = layout.split(flat);
  return hasWeights ? [...products, tf.slice(flat, [layout.size])] : products;
}

/**
 * A gradient or a product with each item's part times its weight. What the batch shares is a sum
 * over items already: with weights that differ, it is computed from a copy for each item.
 */
function weighted(
  layout: Layout,
  arrays: RealArray[],
  weights: tf.Tensor | undefined,
  compute: (potentials: object, tiled: boolean) => object,
): RealArray[] {
  if (!weights) return layout.arrays(compute(layout.potentials(arrays), false));
  const by = weights.dataSync();
  const equal = by.every((weight) => weight === by[0]);
  const tiled = layout.hasShared && !equal;
  const potentials = layout.potentials(tiled ? layout.tile(arrays, by.length) : arrays);
  const results = layout.arrays(compute(potentials, tiled));
  if (equal && by[0] === 1) return results;
  return results.map((result, part) => {
    const shared = layout.isShared(part);
    const out = new Float32Array(arrays[part]!.length);
    const size = shared ? out.length : out.length / by.length;
    for (let item = 0, at = 0; at < result.length; item++) {
      const weight = by[shared && equal ? 0 : item]!;
      for (let k = 0; k < size; k++, at++) out[shared ? k : at]! += weight * result[at]!;
    }
    return out;
  });
}

function arraysOf(tensors: readonly tf.Tensor[]): Float32Array[] {
  return tensors.map((tensor) => float32(tensor.dataSync()));
}

/** The tensors of potentials, and the way back from a list of them to their structure. */
class Layout {
  readonly tensors: tf.Tensor[];
  readonly size: number;
  readonly #names: string[] | undefined;
  readonly #rest: [name: string, entry: unknown][] = [];
  /** Of each tensor, whether the whole batch has this one. */
  readonly #shared: boolean[];

  constructor(program: DifferentiableProgram, theta: TensorPotentials) {
    checkProgram(program);
    const form = tensorForm(program.potentials, 'theta', theta);
    const isBare = theta instanceof tf.Tensor;
    const entries = isBare ? [['', theta] as const] : Object.entries(theta);
    this.tensors = [];
    this.#shared = [];
    if (!isBare) this.#names = [];
    // An axis of any size has the same in every tensor: the arrays of a batch do not tell 2 · 4 from 4 · 2.
    let any: Axis = 'any';
    for (const [name, entry] of entries) {
      if (!(entry instanceof tf.Tensor)) {
        this.#rest.push([name, entry]);
        continue;
      }
      const part = form.parts.find((one) => one.name === name);
      this.#names?.push(name);
      this.tensors.push(entry);
      if (!part) {
        // The program says that it has no such part.
        this.#shared.push(false);
        continue;
      }
      const shapes = shapesOf(part, program.batch).map((axes): Axis[] =>
        axes.map((axis) => (axis < 0 ? any : axis)),
      );
      const found = checkTensor(`theta${name && `.${name}`}`, entry, ...shapes);
      any = entry.shape[found.indexOf('any')] ?? any;
      // Without an axis for the items it is the whole batch's.
      this.#shared.push(found.length === part.shape.length);
    }
    this.size = this.tensors.reduce((size, tensor) => size + tensor.size, 0);
    if (any === 'any' || program.batch === 1 || this.#shared.includes(false)) return;
    if (this.tensors.length < form.parts.length) return;
    const names = this.#names!.map((name) => `theta.${name}`).join(' and ');
    throw new RangeError(
      `${names} are both shared by the batch: one must have its axis, of ${program.batch} items`,
    );
  }

  get hasShared(): boolean {
    return this.#shared.includes(true);
  }

  isShared(part: number): boolean {
    return this.#shared[part]!;
  }

  /** Arrays with what is shared repeated for every item. */
  tile(arrays: readonly RealArray[], batch: number): RealArray[] {
    return arrays.map((array, part) => {
      if (!this.isShared(part)) return array;
      const copies = new Float32Array(array.length * batch);
      for (let item = 0; item < batch; item++) copies.set(array, item * array.length);
      return copies;
    });
  }

  /** Arrays in the structure that the program takes. */
  potentials(arrays: readonly RealArray[]): object {
    const own = this.direction(arrays);
    return this.#names ? { ...(Object.fromEntries(this.#rest) as object), ...own } : own;
  }

  /** The same of a direction: along what is no tensor nothing changes. */
  direction(arrays: readonly RealArray[]): object {
    if (!this.#names) return arrays[0]!;
    return Object.fromEntries(this.#names.map((name, at) => [name, arrays[at]]));
  }

  /** The arrays of a program's results, in the order of the tensors. */
  arrays(results: object): RealArray[] {
    if (!this.#names) return [results as RealArray];
    return this.#names.map((name) => (results as Record<string, RealArray>)[name]!);
  }

  /** Arrays as tensors of the potentials' shapes. */
  toTensors(arrays: readonly RealArray[]): tf.Tensor[] {
    return this.tensors.map(({ shape }, part) =>
      tf.tensor(float32(arrays[part]!), shape, 'float32'),
    );
  }

  /** Arrays behind each other. */
  flatten(arrays: readonly RealArray[]): Float32Array {
    if (arrays.length === 1) return float32(arrays[0]!);
    const flat = new Float32Array(this.size);
    let at = 0;
    for (const array of arrays) {
      flat.set(array, at);
      at += array.length;
    }
    return flat;
  }

  /** The way back from `flatten`, as tensors of the potentials' shapes. */
  split(flat: tf.Tensor1D): tf.Tensor[] {
    let at = 0;
    return this.tensors.map(({ size, shape }) => {
      const part = size === flat.size ? flat : tf.slice(flat, [at], [size]);
      at += size;
      return tf.reshape(part, shape);
    });
  }

  /** The same of an array. */
  splitArray(flat: Float32Array): Float32Array[] {
    let at = 0;
    return this.tensors.map(({ size }) => flat.subarray(at, (at += size)));
  }

  /** Tensors in the structure of the potentials. */
  rebuild(tensors: readonly tf.Tensor[]): TensorPotentials {
    if (!this.#names) return tensors[0]!;
    return Object.fromEntries(this.#names.map((name, at) => [name, tensors[at]!]));
  }
}
