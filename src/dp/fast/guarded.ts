import { ArrayPotentials } from '../array-potentials.js';
import { leavesFloat32 } from '../checks.js';
import type { Layer } from '../graph.js';
import {
  areFloat32,
  held,
  structured,
  type PotentialForm,
  type PotentialForms,
} from '../potentials.js';
import { orDefinition, type FastPath } from './fast-path.js';

/** Below this γ float32 potentials are checked against it before the kernels run. */
const SMALL_GAMMA = 1e-6;

/** Whether the kernels, which divide by γ in float32, hold it and its inverse. A hard maximum has none. */
const holds = (gamma: number) => gamma === Infinity || (gamma >= 1e-36 && gamma <= 1e36);

/** What a fast path is guarded by. */
interface GuardedProgram {
  batch: number;
  sense: 1 | -1;
  forms: PotentialForms;
  gamma: number;
  /** Every layer of an item's graph. */
  layers: (item: number) => Iterable<Layer>;
}

/** A fast path that takes potentials of every type and structure: it leaves to the definition what it cannot. */
export interface GuardedPath {
  of(program: GuardedProgram): FastPath;
}

/**
 * The fast path for potentials that are not checked. The kernels say that they met what is no number, but not
 * whether any path takes it: past an item's length nothing does.
 */
export function guarded(path: FastPath | string): GuardedPath | string {
  if (typeof path === 'string') return path;
  return {
    of: (program) =>
      holds(program.gamma)
        ? guardedBy(program, path)
        : orDefinition('float32 does not hold γ or its inverse'),
  };
}

function guardedBy(program: GuardedProgram, path: FastPath): FastPath {
  const { forms, gamma } = program;

  /** Calls the path; undefined leaves it to the definition. */
  function call<R>(
    theta: object,
    z: object | undefined,
    run: (theta: object, z: object | undefined) => R | undefined,
  ): R | undefined {
    const form = forms.of('theta', theta);
    if (!areFloat32(theta, form)) return undefined;
    if (z !== undefined && !areFloat32(z, forms.of('z', z))) return undefined;
    // The kernels do not look for quotients by γ that leave float32.
    if (gamma < SMALL_GAMMA && !form.open) copiesOfUsed(program, form, theta, z);
    try {
      return run(theta, z);
    } catch (error) {
      if (!(error instanceof RangeError) || form.open) throw error;
      const used = copiesOfUsed(program, form, theta, z);
      return run(used.theta, used.z);
    }
  }

  /** Calls the path for values, by themselves or beside others. */
  function callFinite<R extends Float32Array | { value: Float32Array; directional?: Float32Array }>(
    ...of: Parameters<typeof call<R>>
  ): R | undefined {
    const found = call(...of);
    if (found && 'value' in found) {
      checkFinite(found.value);
      if (found.directional) checkFinite(found.directional);
    } else if (found) {
      checkFinite(found);
    }
    return found;
  }

  return {
    runsOn: path.runsOn,
    value: (theta) => callFinite(theta, undefined, (used) => path.value(used)),
    gradient: (theta, target) =>
      callFinite(theta, undefined, (used) => path.gradient(used, target)),
    hessianProduct: (theta, z, targets) =>
      callFinite(theta, z, (used, along) => path.hessianProduct(used, along!, targets)),
    argmax: (theta) => call(theta, undefined, (used) => path.argmax(used)),
  };
}

/** @throws RangeError that names the first item of which the value, or its derivative, is more than float32 holds */
function checkFinite(value: Float32Array): void {
  const item = value.findIndex((one) => !Number.isFinite(one));
  if (item >= 0) throw leavesFloat32(item);
}

/**
 * Copies of theta and z that hold what the layers take and 0 elsewhere: what lies past an item's length may
 * be anything.
 * @throws RangeError for an entry that is no potential
 */
function copiesOfUsed(
  { batch, sense, gamma, layers }: GuardedProgram,
  form: PotentialForm,
  theta: object,
  z: object | undefined,
): { theta: object; z: object | undefined } {
  const range = { gamma, precision: 'float32' } as const;
  const potentials = new ArrayPotentials(form, batch, sense, range, theta, z, false);
  const copyOf = (root: object, read: 'read' | 'readDirection'): object => {
    const arrays = held(root, form, batch);
    const copies = arrays.map((part) => part && new Float32Array(part.array.length));
    for (let item = 0; item < batch; item++) {
      const own = potentials.item(item);
      for (const layer of layers(item)) {
        const scores = new Float64Array(layer.slices.reduce((sum, { length }) => sum + length, 0));
        own[read](layer, scores);
        let at = 0;
        for (const { part, start, length } of layer.slices) {
          const values = scores.subarray(at, (at += length)).map((score) => sense * score);
          copies[part]?.set(values, start + item * (arrays[part]?.stride ?? 0));
        }
      }
    }
    return structured(form, copies);
  };
  return { theta: copyOf(theta, 'read'), z: z && copyOf(z, 'readDirection') };
}
