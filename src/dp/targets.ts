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
 *   that theta, z or another target has too; RangeError for one of another length
 */
export function writesToTargets<P extends Derivatives>(plain: P): P {
  const whole: Derivatives = {
    gradient(theta, target) {
      if (!target) return plain.gradient(theta);
      checkTargets(theta, [theta], { gradient: target });
      const { value, gradient } = plain.gradient(theta, target);
      return { value, gradient: moved(gradient, target) };
    },
    hessianProduct(theta, z, targets) {
      if (!targets) return plain.hessianProduct(theta, z);
      checkTargets(theta, [theta, z], targets);
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

type Named = [name: string, array: RealArray];

/** The arrays of a structure; what else it has is left out. */
function arraysOf(name: string, structure: object): Named[] {
  if (isArray(structure)) return [[name, structure]];
  return Object.entries(structure).flatMap(([part, value]): Named[] =>
    isArray(value) ? [[`${name}.${part}`, value]] : [],
  );
}

function isArray(value: unknown): value is RealArray {
  return value instanceof Float32Array || value instanceof Float64Array;
}

/** Whether targets of a single array are of its kind, and no array is there twice: the usual case. */
function plainlyGood(
  theta: RealArray,
  [, z]: readonly object[],
  gradient: object | undefined,
  product: object | undefined,
): boolean {
  const fits = (target: object | undefined) =>
    target === undefined ||
    (isArray(target) &&
      target.constructor === theta.constructor &&
      target.length === theta.length &&
      target !== theta &&
      target !== z);
  return fits(gradient) && fits(product) && (gradient !== product || !gradient);
}

function checkTargets(
  theta: object,
  inputs: readonly object[],
  { gradient, product }: HessianTargets<object>,
): void {
  if (isArray(theta) && plainlyGood(theta, inputs, gradient, product)) return;
  const taken = new Set(inputs.flatMap((input) => arraysOf('', input).map(([, array]) => array)));
  for (const [name, target] of [
    ['gradient', gradient],
    ['product', product],
  ] as const) {
    if (!target) continue;
    const found = new Map(arraysOf(name, target));
    for (const [part, like] of arraysOf(name, theta)) {
      const array = found.get(part);
      if (array?.constructor !== like.constructor) {
        const what = array ? `a ${array.constructor.name}` : 'missing';
        throw new TypeError(
          `the target ${part} is ${what}: it must be a ${like.constructor.name}, as in theta`,
        );
      }
      if (array.length !== like.length) {
        throw new RangeError(
          `the target ${part} has ${array.length} entries: theta's array has ${like.length}`,
        );
      }
      if (taken.has(array)) {
        throw new TypeError(
          `the target ${part} is an array of theta, of z or of another target: ` +
            'it must be one of its own',
        );
      }
      taken.add(array);
    }
  }
}

/** The results where they are wanted. */
function moved(result: object, target: object | undefined): object {
  if (!target) return result;
  const move = (values: RealArray, to: RealArray) => {
    // A target in memory that grew has another view now, which the program gave.
    if (values === to || values.length !== to.length) return values;
    to.set(values);
    return to;
  };
  if (isArray(result)) return move(result, target as RealArray);
  const parts = Object.entries(result).map(([part, value]) => [
    part,
    isArray(value) ? move(value, (target as Record<string, RealArray>)[part]!) : value,
  ]);
  return Object.fromEntries(parts) as object;
}
