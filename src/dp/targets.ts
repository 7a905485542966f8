import { quoted } from '../visible.js';
import { describe, nameOf, partOf } from './potentials.js';
import { isRealArray, typeOf } from './real-array.js';
import type { HessianTargets, RealArray } from './program.js';

/** Methods that may write to the targets themselves; `writesToTargets` sees to the rest. */
interface Derivatives {
  gradient(theta: object, target?: object): { value: RealArray; gradient: object };
  hessianProduct(
    theta: object,
    z: object,
    targets?: HessianTargets<object>,
  ): { value: RealArray; gradient: object; directional: RealArray; product: object };
}

/**
 * The program with targets checked, and with results copied to them where it did not write there.
 *
 * @throws TypeError for a target that lacks an array, has one of another type than theta's, or one
 *   that shares memory with theta, z or another target; RangeError for one of another length
 */
export function writesToTargets<P extends Derivatives>(plain: P): P {
  const whole: Derivatives = {
    gradient(theta, target) {
      if (!target) return plain.gradient(theta);
      checkTargets([theta], { gradient: target });
      const { value, gradient } = plain.gradient(theta, target);
      return { value, gradient: moved(gradient, target) };
    },
    hessianProduct(theta, z, targets) {
      if (!targets) return plain.hessianProduct(theta, z);
      const names: unknown[] = typeof targets === 'object' ? Object.keys(targets) : [targets];
      const wrong = names.find((name) => name !== 'gradient' && name !== 'product');
      if (wrong !== undefined) {
        throw new TypeError(`there is no target ${quoted(wrong)}: there are gradient and product`);
      }
      checkTargets([theta, z], targets);
      const found = plain.hessianProduct(theta, z, targets);
      return {
        ...found,
        gradient: moved(found.gradient, targets.gradient),
        product: moved(found.product, targets.product),
      };
    },
  };
  return { ...plain, ...whole };
}

type Named = [part: string, array: RealArray];

/** The arrays of a structure, a bare one without a name; what else it has is left out. */
function arraysOf(structure: object): Named[] {
  if (isRealArray(structure)) return [['', structure]];
  return Object.entries(structure).filter((part): part is Named => isRealArray(part[1]));
}

/** Whether two arrays have bytes in common. */
const share = (a: RealArray, b: RealArray) =>
  a.buffer === b.buffer &&
  a.byteOffset < b.byteOffset + b.byteLength &&
  b.byteOffset < a.byteOffset + a.byteLength;

function checkTargets(
  inputs: readonly [theta: object, ...object[]],
  targets: HessianTargets<object>,
): void {
  const taken = inputs.flatMap((input) => arraysOf(input).map(([, array]) => array));
  for (const name of ['gradient', 'product'] as const) {
    const target = targets[name];
    if (!target) continue;
    for (const [part, like] of arraysOf(inputs[0])) {
      const array = partOf(target, part) as RealArray | undefined;
      const what = nameOf(`the target ${name}`, { name: part });
      if (!array || typeOf(array) !== typeOf(like)) {
        const given = array ? describe(array) : 'missing';
        throw new TypeError(`${what} is ${given}: it must be a ${typeOf(like)}, as in theta`);
      }
      if (array.length !== like.length) {
        throw new RangeError(
          `${what} has ${array.length} entries: theta's array has ${like.length}`,
        );
      }
      if (taken.some((other) => share(array, other))) {
        throw new TypeError(`${what} shares memory with theta, z or another target`);
      }
      taken.push(array);
    }
  }
}

/** The results where they are wanted. */
function moved(result: object, target: object | undefined): object {
  if (!target) return result;
  if (!isRealArray(result)) {
    const parts = Object.entries(result).map(([part, value]: [string, object]) => [
      part,
      moved(value, partOf(target, part) as object | undefined),
    ]);
    return Object.fromEntries(parts) as object;
  }
  // A target in memory that grew has another view now, which the program gave.
  if (result === target || result.length !== (target as RealArray).length) return result;
  (target as RealArray).set(result);
  return target;
}
