import * as tf from '@tensorflow/tfjs-core';
import type { PotentialForm } from '../dp/potentials.js';
import { quoted } from '../visible.js';
import { checkIsTensor, described, isSymbolic } from './checks.js';

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
  const isValue = isSymbolic(theta) || typeof theta !== 'object' || theta === null;
  const isArray = Array.isArray(theta) || ArrayBuffer.isView(theta);
  const isObject = !isValue && !isArray;
  const form = potentials.find(({ parts }) => isObject && (parts[0]!.name === '') === isBare);
  if (form) {
    if (!isBare) checkParts(root, theta as object, form);
    return form;
  }
  const structure = isBare ? 'a tensor' : isArray ? 'an array' : 'an object';
  throw new TypeError(
    `${root} is ${isObject || isArray ? structure : described(theta)}: ` +
      `it must be ${[...others, ...potentials.map(wanted)].join(', or ')}`,
  );
}

const wanted = ({ parts }: PotentialForm) =>
  parts[0]!.name === ''
    ? 'a tensor'
    : `an object of tensors: ${parts.map(({ name }) => name).join(', ')}`;

/** Checks the names of parts, and that each is a tensor or an array. @throws TypeError */
function checkParts(root: string, theta: object, form: PotentialForm): void {
  const given = Object.entries(theta).filter(([, part]) => part !== undefined && part !== null);
  const names = form.parts.map(({ name }) => name);
  for (const [name, part] of given as [string, unknown][]) {
    if (form.settings?.includes(name)) continue;
    if (!names.includes(name)) {
      throw new TypeError(`${root} has a part ${quoted(name)}: it must be ${wanted(form)}`);
    }
    // An array is a part that nothing is differentiated by.
    if (!ArrayBuffer.isView(part)) checkIsTensor(`${root}.${name}`, part);
  }
  for (const { name, optional } of form.parts) {
    if (optional || given.some(([one]) => one === name)) continue;
    throw new TypeError(`${root}.${name} is missing: it must be a tensor`);
  }
}
