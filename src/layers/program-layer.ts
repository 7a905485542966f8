import * as tf from '@tensorflow/tfjs';
import type { RealArray } from '../dp/program.js';

/**
 * Any dynamic program, seen by its three differentiable methods. Methods, so that a program whose
 * theta is narrower than an object still fits.
 */
export interface DifferentiableProgram {
  value(theta: object): RealArray;
  gradient(theta: object): { value: RealArray; gradient: object };
  hessianProduct(theta: object, z: object): { product: object };
}

/**
 * Potentials as tensors: one tensor, or an object of tensors such as { unary, transition }. What is
 * not a tensor ({ rowFeatures, colFeatures, cost }) is handed to the program as it is.
 */
export type TensorPotentials = tf.Tensor | { readonly [name: string]: unknown };

/** The expected path of potentials: a tensor for a tensor, an object of tensors for an object. */
export type ExpectedPath<Theta> = Theta extends tf.Tensor
  ? Theta
  : { [Name in keyof Theta as Theta[Name] extends tf.Tensor ? Name : never]: Theta[Name] };

/**
 * θ → DP_Ω(θ), [batch]. Its gradient is `argmaxLayer`, so it can be differentiated twice.
 *
 * @param theta potentials in the program's structure; a transition [states, states] that the batch
 *   shares counts once for each item
 * @throws what the program throws: a NaN, a wrong size, no allowed path
 */
export function maxLayer<Theta extends TensorPotentials>(
  program: DifferentiableProgram,
  theta: Theta,
): tf.Tensor1D {
  const layout = new Layout(theta);
  return layout.apply((...tensors) => {
    const potentials = layout.potentials(tensors);
    let known: object | undefined;
    let value: RealArray;
    // While gradients are recorded the forward pass keeps the backward one's result: one recursion
    // instead of two. Without, the value needs two rows of memory only.
    if (tf.engine().state.gradientDepth > 0) {
      ({ value, gradient: known } = program.gradient(potentials));
    } else {
      value = program.value(potentials);
    }
    return {
      value: tf.tensor1d(Float32Array.from(value)),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const expected = layout.split(expectedPath(program, layout, saved, known));
        known = undefined;
        return expected.map((gradient) => scaleItems(gradient, dy));
      },
    };
  }) as tf.Tensor1D;
}

/**
 * θ → ∇DP_Ω(θ) = E[Y], the expected path, of theta's structure and shapes. Its gradient is the
 * Hessian-vector product; that one's is an error.
 *
 * @throws what the program throws, and an Error on a third derivative
 */
export function argmaxLayer<Theta extends TensorPotentials>(
  program: DifferentiableProgram,
  theta: Theta,
): ExpectedPath<Theta> {
  const layout = new Layout(theta);
  const expected = layout.split(expectedPath(program, layout, layout.tensors, undefined));
  return layout.rebuild(expected) as ExpectedPath<Theta>;
}

/** All gradients behind each other in one tensor: a custom gradient has one value only. */
function expectedPath(
  program: DifferentiableProgram,
  layout: Layout,
  theta: tf.Tensor[],
  known: object | undefined,
): tf.Tensor1D {
  const operation = tf.customGrad((...inputs) => {
    const [tensors, save] = splitSave(inputs);
    const gradient = known ?? program.gradient(layout.potentials(tensors)).gradient;
    save(tensors);
    return {
      value: tf.tensor1d(layout.flatten(gradient)),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) =>
        layout.split(hessianProduct(program, layout, saved, dy as tf.Tensor1D)),
    };
  });
  return operation(...theta) as tf.Tensor1D;
}

/** ∇²DP_Ω(θ)·z, flat as z is. */
function hessianProduct(
  program: DifferentiableProgram,
  layout: Layout,
  theta: tf.Tensor[],
  z: tf.Tensor1D,
): tf.Tensor1D {
  const operation = tf.customGrad((...inputs) => {
    const [tensors] = splitSave(inputs);
    const direction = layout.split(tensors.pop() as tf.Tensor1D);
    const { product } = program.hessianProduct(
      layout.potentials(tensors),
      layout.potentials(direction),
    );
    return {
      value: tf.tensor1d(layout.flatten(product)),
      gradFunc: (): tf.Tensor[] => {
        throw new Error(
          'argmaxLayer cannot be differentiated twice: that is a third derivative of the ' +
            'dynamic program, which is not implemented',
        );
      },
    };
  });
  return operation(...theta, z) as tf.Tensor1D;
}

/** customGrad hands over its tensors and, last, the function that saves some for the gradient. */
function splitSave(inputs: (tf.Tensor | tf.GradSaveFunc)[]): [tf.Tensor[], tf.GradSaveFunc] {
  const save = inputs[inputs.length - 1] as tf.GradSaveFunc;
  return [inputs.slice(0, -1) as tf.Tensor[], save];
}

/** Multiplies each item of a gradient [batch, …] by its own weight; a batch of one has no axis. */
function scaleItems(gradient: tf.Tensor, weights: tf.Tensor): tf.Tensor {
  const batch = weights.shape[0]!;
  return gradient
    .reshape([batch, -1])
    .mul(weights.reshape([batch, 1]))
    .reshape(gradient.shape);
}

/** The tensors of potentials, and the way back from a list of them to their structure. */
class Layout {
  readonly tensors: tf.Tensor[];
  readonly #names: string[] | undefined;
  readonly #rest: Record<string, unknown> = {};
  /** The names that are shared by the batch: tiled on the way in, summed on the way out. */
  readonly #shared = new Set<string>();

  constructor(theta: TensorPotentials) {
    if (theta instanceof tf.Tensor) {
      this.tensors = [theta];
      return;
    }
    this.tensors = [];
    this.#names = [];
    const batch = (theta['unary'] as tf.Tensor | undefined)?.shape[0];
    for (const [name, entry] of Object.entries(theta)) {
      if (!(entry instanceof tf.Tensor)) {
        this.#rest[name] = entry;
        continue;
      }
      this.#names.push(name);
      // One transition for the whole batch would hide whose gradient is whose: every item gets its
      // own copy, and the tape adds them up again.
      if (name === 'transition' && entry.rank === 2 && batch !== undefined) {
        this.#shared.add(name);
        this.tensors.push(tf.tile(entry.expandDims(0), [batch, 1, 1]));
      } else {
        this.tensors.push(entry);
      }
    }
  }

  /** Runs a custom gradient over the tensors. */
  apply(
    f: (...tensors: tf.Tensor[]) => {
      value: tf.Tensor;
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => tf.Tensor[];
    },
  ): tf.Tensor {
    return tf.customGrad((...inputs) => {
      const [tensors, save] = splitSave(inputs);
      save(tensors);
      return f(...tensors);
    })(...this.tensors);
  }

  /** The arrays of tensors in the structure that the program takes. */
  potentials(tensors: readonly tf.Tensor[]): object {
    const arrays = tensors.map((tensor) => tensor.dataSync() as Float32Array);
    if (!this.#names) return arrays[0]!;
    return {
      ...this.#rest,
      ...Object.fromEntries(this.#names.map((name, at) => [name, arrays[at]])),
    };
  }

  /** The program's gradients behind each other. */
  flatten(gradient: object): Float32Array {
    if (!this.#names) return Float32Array.from(gradient as RealArray);
    const parts = gradient as Record<string, RealArray>;
    const flat = new Float32Array(this.tensors.reduce((size, tensor) => size + tensor.size, 0));
    let at = 0;
    for (const name of this.#names) {
      flat.set(parts[name]!, at);
      at += parts[name]!.length;
    }
    return flat;
  }

  /** The way back from `flatten`, as tensors of the potentials' shapes. */
  split(flat: tf.Tensor1D): tf.Tensor[] {
    let at = 0;
    return this.tensors.map(({ size, shape }) => {
      const part = size === flat.size ? flat : flat.slice([at], [size]);
      at += size;
      return part.reshape(shape);
    });
  }

  /** Tensors in the structure of the potentials; what was shared is summed over the batch. */
  rebuild(tensors: readonly tf.Tensor[]): TensorPotentials {
    if (!this.#names) return tensors[0]!;
    return Object.fromEntries(
      this.#names.map((name, at) => [
        name,
        this.#shared.has(name) ? tensors[at]!.sum(0) : tensors[at]!,
      ]),
    );
  }
}
