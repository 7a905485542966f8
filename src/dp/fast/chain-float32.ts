import type { ChainArrays, ChainBatch, ChainTargets } from './chain-call.js';
import { ChainPrograms } from './chain-parts.js';
import { checkDirection, checkLength, checkPotentials } from '../checks.js';
import type { FactoredChainProgram, FactoredPotentials } from '../programs/factored-chain.js';
import type { ChainParts, ChainPotentials, LinearChainProgram } from '../programs/linear-chain.js';
import type { HessianTargets, RealArray } from '../program.js';

/** An array of potentials with its name in messages, and the shape that it must have. */
type Named = readonly [name: string, array: RealArray, shape: readonly number[]];

type Float32Methods = 'value' | 'gradient' | 'hessianProduct' | 'argmax';

/** Whether every array of potentials is of float32, so that the kernels may compute. */
export function isFloat32(theta: object): boolean {
  if (ArrayBuffer.isView(theta)) return theta instanceof Float32Array;
  return Object.values(theta).every((part) => part === undefined || part instanceof Float32Array);
}

/** The float32 methods of `linearChain`, on the kernels. */
export function float32LinearChain(batch: ChainBatch): Pick<LinearChainProgram, Float32Methods> {
  const kernels = new ChainPrograms(batch);
  const named = (theta: ChainPotentials<Float32Array>, root: string): Named[] => {
    const { batch: items, time, states } = batch;
    const { moves, start, end } = chainParts(theta);
    const name = 'moves' in theta ? `${root}.moves` : root;
    return [
      [name, moves, [items, time, states, states]],
      ...(start ? [[`${root}.start`, start, [items, states]] as const] : []),
      ...(end ? [[`${root}.end`, end, [items, states]] as const] : []),
    ];
  };
  const wholeOf = (theta: ChainPotentials, arrays: ChainArrays | undefined) =>
    ArrayBuffer.isView(theta) ? arrays?.moves : arrays;

  const program = {
    value(theta: ChainPotentials<Float32Array>) {
      const task = { mode: 'value', theta: chainParts(theta) } as const;
      return kernels.run(task, checked(named(theta, 'theta'))).value;
    },
    gradient(theta: ChainPotentials<Float32Array>, target?: ChainPotentials<Float32Array>) {
      const check = checked(named(theta, 'theta'));
      const targets = targetsOf({ gradient: target }, chainParts);
      const task = { mode: 'gradient', theta: chainParts(theta), targets } as const;
      const { value, gradient } = kernels.run(task, check);
      return { value, gradient: wholeOf(theta, gradient) };
    },
    hessianProduct(
      theta: ChainPotentials<Float32Array>,
      z: ChainPotentials<Float32Array>,
      given: HessianTargets<ChainPotentials<Float32Array>> = {},
    ) {
      if (ArrayBuffer.isView(theta) !== ArrayBuffer.isView(z)) {
        throw new TypeError('z must have the structure of theta: both arrays, or both by part');
      }
      const check = checked(named(theta, 'theta'), named(z, 'z'));
      const targets = targetsOf(given, chainParts);
      const arrays = { theta: chainParts(theta), z: chainParts(z), targets };
      const results = kernels.run({ mode: 'product', ...arrays }, check);
      return {
        value: results.value,
        gradient: wholeOf(theta, results.gradient),
        directional: results.directional,
        product: wholeOf(theta, results.product),
      };
    },
    argmax: (theta: ChainPotentials<Float32Array>) =>
      kernels.best(chainParts(theta), checked(named(theta, 'theta'))),
  };
  // The structure of theta decides that of the results, which only overloads can say.
  return program as unknown as Pick<LinearChainProgram, Float32Methods>;
}

/** The float32 methods of `factoredChain`, on the kernels. */
export function float32FactoredChain(
  batch: ChainBatch,
): Pick<FactoredChainProgram, Float32Methods> {
  const kernels = new ChainPrograms(batch);
  const { batch: items, time, states } = batch;
  const named = (theta: FactoredPotentials, root: string): Named[] => {
    const { unary, transition, start, end } = theta;
    const square = [states, states];
    const perItem = transition.length !== states * states;
    return [
      [`${root}.unary`, unary, [items, time + 1, states]],
      [`${root}.transition`, transition, perItem ? [items, ...square] : square],
      ...(start ? [[`${root}.start`, start, [items, states]] as const] : []),
      ...(end ? [[`${root}.end`, end, [items, states]] as const] : []),
    ];
  };
  const arraysOf = ({ transition, ...others }: FactoredPotentials<Float32Array>): ChainArrays => ({
    moves: transition,
    ...others,
  });
  const potentialsOf = ({ moves, unary, start, end }: ChainArrays) => ({
    unary: unary!,
    transition: moves,
    ...(start && { start }),
    ...(end && { end }),
  });

  const program = {
    value(theta: FactoredPotentials<Float32Array>) {
      const task = { mode: 'value', theta: arraysOf(theta) } as const;
      return kernels.run(task, checked(named(theta, 'theta'))).value;
    },
    gradient(theta: FactoredPotentials<Float32Array>, target?: FactoredPotentials<Float32Array>) {
      const check = checked(named(theta, 'theta'));
      const targets = targetsOf({ gradient: target }, arraysOf);
      const task = { mode: 'gradient', theta: arraysOf(theta), targets } as const;
      const { value, gradient } = kernels.run(task, check);
      return { value, gradient: potentialsOf(gradient!) };
    },
    hessianProduct(
      theta: FactoredPotentials<Float32Array>,
      z: FactoredPotentials<Float32Array>,
      given: HessianTargets<FactoredPotentials<Float32Array>> = {},
    ) {
      const check = checked(named(theta, 'theta'), named(z, 'z'));
      const targets = targetsOf(given, arraysOf);
      const arrays = { theta: arraysOf(theta), z: arraysOf(z), targets };
      const results = kernels.run({ mode: 'product', ...arrays }, check);
      return {
        value: results.value,
        gradient: potentialsOf(results.gradient!),
        directional: results.directional!,
        product: potentialsOf(results.product!),
      };
    },
    argmax: (theta: FactoredPotentials<Float32Array>) =>
      kernels.best(arraysOf(theta), checked(named(theta, 'theta'))),
  };
  return program as unknown as Pick<FactoredChainProgram, Float32Methods>;
}

/**
 * Checks sizes now, and returns the check of the entries: the kernels look for what is no number as
 * they read, and only once they have met one does anyone need to know where.
 */
function checked(theta: Named[], z: Named[] = []): () => void {
  for (const [name, array, shape] of [...theta, ...z]) checkLength(name, array, shape);
  return () => {
    for (const [name, array, shape] of z) checkDirection(name, array, shape);
    for (const [name, array, shape] of theta) checkPotentials(name, array, shape, -Infinity);
  };
}

/** Targets as the kernels' arrays. */
function targetsOf<Theta>(
  { gradient, product }: HessianTargets<Theta>,
  arraysOf: (theta: Theta) => ChainArrays,
): ChainTargets {
  return {
    ...(gradient && { gradient: arraysOf(gradient) }),
    ...(product && { product: arraysOf(product) }),
  };
}

function chainParts(theta: ChainPotentials<Float32Array>): ChainParts<Float32Array> {
  return ArrayBuffer.isView(theta) ? { moves: theta } : theta;
}
