import * as tf from '@tensorflow/tfjs-core';
import { checkLengths as checkLengthsOf } from '../dp/checks.js';
import { checkOptions } from '../option-names.js';
import { checkNumbers, checkOneOf } from '../value-checks.js';
import { quoted, visible } from '../visible.js';
import {
  attentionPotentials,
  omegaOf,
  type AttentionKind,
  type AttentionPotentials,
} from './attention-kind.js';

/**
 * Checks that options are an object and have no other names than these: one that is misspelt, or that
 * belongs to another function, would go unnoticed.
 * @throws TypeError that names the option, and those that there are
 */
export function checkNames(owner: string, options: unknown, known: readonly string[]): void {
  if (Array.isArray(options)) {
    throw new TypeError(`${owner} takes an object of options: it got ${quoted(options)}`);
  }
  checkOptions(owner, options, known);
  const other = Object.keys(options as object).find((name) => !known.includes(name));
  if (other === undefined) return;
  throw new TypeError(`${owner} has no option '${visible(other)}': it has ${known.join(', ')}`);
}

/** The options of every layer of TensorFlow.js. */
const layerOptions =
  'inputShape batchInputShape batchSize dtype name trainable weights inputDType'.split(' ');

/**
 * Checks a layer's configuration for misspelt names. Others may be there: TensorFlow.js hands over some of
 * its own when it loads a model.
 * @throws TypeError that names the option, and the one that it is like
 */
export function checkLayer(owner: string, config: unknown, own: readonly string[]): void {
  checkOptions(owner, config, [...own, ...layerOptions]);
}

/**
 * Checks numbers of classes or states: integers from `least` to below `count`. To be called before they
 * are converted, which makes 0 of a NaN.
 * @throws RangeError that names the place, with what is allowed
 */
export function checkNumbering(
  name: string,
  numbers: ArrayLike<number>,
  { least = 0, count, allowed }: { least?: number; count: number; allowed: string },
): void {
  for (let at = 0; at < numbers.length; at++) {
    const number = numbers[at]!;
    if (Number.isInteger(number) && number >= least && number < count) continue;
    throw new RangeError(`${name}[${at}] is ${described(number)}: ${allowed}`);
  }
}

/** An axis of a shape: its size, or what it counts where any size will do. */
export type Axis = number | string;

/**
 * Checks that a value is a tensor of one of some shapes, and returns that shape.
 * @throws TypeError for what is no tensor, RangeError with its shape and those that it may have
 */
export function checkTensor<S extends readonly Axis[]>(
  name: string,
  tensor: tf.Tensor,
  ...shapes: readonly S[]
): S {
  checkIsTensor(name, tensor);
  const { shape } = tensor;
  const found = shapes.find(
    (axes) =>
      axes.length === shape.length &&
      axes.every((axis, at) => typeof axis === 'string' || axis === shape[at]),
  );
  if (found) return found;
  const wanted = shapes.map((axes) => `[${axes.join(', ')}]`).join(' or ');
  throw new RangeError(`${name} has shape [${shape.join(', ')}]: it must be ${wanted}`);
}

/** Checks that a value is a tensor of real numbers. @throws TypeError */
export function checkIsTensor(name: string, tensor: unknown): void {
  if (!(tensor instanceof tf.Tensor)) {
    throw new TypeError(`${name} is ${described(tensor)}: it must be a tensor`);
  }
  const { dtype } = tensor;
  if (dtype !== 'string' && dtype !== 'complex64') return;
  throw new TypeError(`${name} has the dtype ${dtype}: it must be float32, int32 or bool`);
}

/** Checks that a value is an object. @throws TypeError that says of what */
export function checkObject(name: string, value: unknown, wanted: string): void {
  if (typeof value === 'object' && value !== null && !(value instanceof tf.Tensor)) return;
  throw new TypeError(`${name} is ${described(value)}: it must be an object ${wanted}`);
}

/** Checks a list of numbers, which a tensor is not. @throws TypeError that says what they are */
export function checkListed(name: string, list: unknown, numbers: string): void {
  if (!(list instanceof tf.Tensor)) return checkNumbers(name, list, numbers);
  throw new TypeError(`${name} is ${described(list)}: it must be a list of ${numbers}`);
}

/** Checks the lengths of items, where they are given, as `checkListed`. */
export function checkGivenLengths(name: string, lengths: ArrayLike<number> | undefined): void {
  if (lengths) checkListed(name, lengths, 'lengths, one of each item');
}

/**
 * Checks the lengths of a batch's items, which a tensor is not, or fills them with the longest.
 * @throws TypeError for what is no list, RangeError for a length that is not from `least` to `most`
 */
export const checkLengths: typeof checkLengthsOf = (name, lengths, ...sizes) => {
  checkGivenLengths(name, lengths);
  return checkLengthsOf(name, lengths, ...sizes);
};

/** Checks that a value has what layers need of a program. @throws TypeError */
export function checkProgram(program: unknown): void {
  const { potentials, value } = Object(program) as Partial<Record<string, unknown>>;
  if (Array.isArray(potentials) && typeof value === 'function') return;
  throw new TypeError(
    `program is ${described(program)}: it must be one, such as linearChain gives`,
  );
}

/** Whether a value stands for a tensor of a model of `tf.model`; its class is no part of TensorFlow.js' core. */
export const isSymbolic = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && 'sourceLayer' in value;

/** A value that is not what it must be, as a message quotes it. */
export function described(value: unknown): string {
  if (value instanceof tf.Tensor) return `a tensor of shape [${value.shape.join(', ')}]`;
  if (isSymbolic(value)) return 'a SymbolicTensor, of a model that is not run yet';
  if (ArrayBuffer.isView(value)) return `of type ${value.constructor.name}`;
  return value === undefined ? 'undefined' : quoted(value);
}

/**
 * Checks the options of chains where a kind may have none.
 * @throws RangeError for a softmax with a γ that is not 1, or with 'odds': it would be passed over
 */
export function checkOfChains(
  kind: AttentionKind,
  gamma: number,
  potentials: AttentionPotentials,
): void {
  checkOneOf('potentials', potentials, attentionPotentials);
  if (omegaOf(kind)) return;
  if (gamma !== 1)
    throw new RangeError(`gamma is ${quoted(gamma)}: softmax has none, only chains do`);
  if (potentials === 'scores') return;
  throw new RangeError(`potentials is '${potentials}': softmax has none, only chains do`);
}
