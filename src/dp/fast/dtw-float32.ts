import type { Task } from '../../kernels/dtw.js';
import { dtwKernels } from '../../kernels/binaries.js';
import { kernelsHave, type KernelOmega } from '../../kernels/omega.js';
import { zerosIn } from '../../kernels/kernel-array.js';
import { type KernelBatch, type KernelSolution, solveArray } from './dtw-kernels.js';
import { type FeatureSolution, solveFeatures } from './dtw-kernel-features.js';
import type { Rectangle } from '../programs/dtw-graph.js';
import type { Moves } from '../programs/corridor.js';
import type { DtwFeatures, DtwShape } from '../programs/dtw-potentials.js';
import type { HessianTargets, Path, Smoothing } from '../program.js';
import { isFloat32 } from '../real-array.js';
import type { FastPath } from './fast-path.js';

/**
 * The float32 path of `dtw`: what the kernels compute of a Float32Array, and of features. They do not
 * take a regulariser of the user's own, and do not run where WebAssembly is missing or forbidden.
 */
export function dtwFastPath(
  options: Smoothing & { moves?: Moves; band?: number; memory?: number },
  shape: DtwShape,
  items: readonly Rectangle[],
): FastPath | undefined {
  const { omega, gamma = 1, moves = 'classic', band, memory = Infinity } = options;
  if (!kernelsHave(omega, dtwKernels)) return undefined;
  const bounded = moves === 'advance' || band !== undefined;
  const rectangles = items.map(({ rows, cols, corridor }) =>
    bounded ? { rows, cols, corridor } : { rows, cols },
  );
  const solve = (
    theta: object,
    omega: KernelOmega,
    backward: boolean,
    z?: Float32Array,
    targets?: HessianTargets<Float32Array>,
  ): KernelSolution | FeatureSolution | undefined => {
    const task: Task = {
      omega,
      gamma,
      advance: moves === 'advance',
      backward,
      tangent: z !== undefined && omega !== 'hard',
      memory,
    };
    const batch: KernelBatch = { shape, rectangles, task };
    return isFloat32(theta)
      ? solveArray(batch, theta, z, targets)
      : solveFeatures(batch, theta as DtwFeatures);
  };
  /** The indicator of the best paths, the gradient when hard, and the sum of z along them. */
  const indicator = (paths: readonly Path[], target?: Float32Array, z?: Float32Array) => {
    const { batch, rows, cols } = shape;
    const gradient = zerosIn(target, batch * rows * cols);
    const directional = paths.map((path, item) => {
      let sum = 0;
      for (let at = 0; at < path.length; at += 2) {
        const cell = (item * rows + path[at]!) * cols + path[at + 1]!;
        gradient[cell] = 1;
        if (z) sum += z[cell]!;
      }
      return sum;
    });
    return { gradient, directional: Float32Array.from(directional) };
  };

  return {
    runsOn: 'kernels',
    value(theta) {
      const solution = solve(theta, omega, false);
      return solution && Float32Array.from(solution.values);
    },
    gradient(theta, target) {
      // The chain rule along one path is no work for the kernels.
      if (omega === 'hard' && !isFloat32(theta)) return undefined;
      const gradientTarget = isFloat32(target) ? target : undefined;
      const solution = solve(theta, omega, true, undefined, { gradient: gradientTarget });
      if (!solution) return undefined;
      const value = Float32Array.from(solution.values);
      const gradient = solution.gradient ?? indicator(solution.paths, gradientTarget).gradient;
      return { value, gradient };
    },
    hessianProduct(theta, z, given) {
      if (!(isFloat32(theta) && isFloat32(z))) return undefined;
      // Targets have theta's structure.
      const targets = (given ?? {}) as HessianTargets<Float32Array>;
      const solution = solve(theta, omega, true, z, targets) as KernelSolution | undefined;
      if (!solution) return undefined;
      const value = Float32Array.from(solution.values);
      if (omega === 'hard') {
        const { gradient, directional } = indicator(solution.paths, targets.gradient, z);
        const product = zerosIn(targets.product, z.length);
        return { value, gradient, directional, product };
      }
      return {
        value,
        gradient: solution.gradient!,
        directional: Float32Array.from(solution.directional),
        product: solution.product!,
      };
    },
    argmax: (theta) => solve(theta, 'hard', true)?.paths,
  };
}
