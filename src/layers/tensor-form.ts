import * as tf from '@tensorflow/tfjs-core';
import type { PotentialForm } from '../dp/potentials.js';
import { described } from './checks.js';

/**
 * The form that potentials, or the indicators of paths, have as tensors.
 *
 * @param root what messages call them
 * @param others what they may be beside tensors
 * @throws TypeError for a value of another structure
 */
export function tensorForm(
  potentials: readonly PotentialForm[],
  root: string,
  theta: unknown,
  others: readonly string[] = [],
): PotentialForm {
  const isBare = theta instanceof tf.Tensor;
  const isArray = Array.isArray(theta) || ArrayBuffer.isView(theta);
  const isObject = typeof theta === 'object' && theta !== null && !isArray;
  const form = potentials.find(({ parts }) => isObject && (parts[0]!.name === '') === isBare);
  if (form) return form;
  const wanted = potentials.map(({ parts }) =>
    parts[0]!.name === ''
      ? 'a tensor'
      : `an object of tensors: ${parts.map(({ name }) => name).join(', ')}`,
  );
  const structure = isBare ? 'a tensor' : isArray ? 'an array' : 'an object';
  throw new TypeError(
    `${root} is ${isObject || isArray ? structure : described(theta)}: ` +
      `it must be ${[...others, ...wanted].join(', or ')}`,
  );
}
