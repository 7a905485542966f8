import { hasKernels, type KernelFamily } from './compiled.js';

/**
 * The regularisers that the kernels have: their numbers in assembly/algebra/table.ts, and how much of
 * the unit of running values a score over γ is.
 */
export const omegas = {
  negentropy: { code: 0, rate: Math.LOG2E },
  l2: { code: 1, rate: 1 },
  hard: { code: 2, rate: 1 },
  entmax15: { code: 3, rate: 0.5 },
} as const;
export type KernelOmega = keyof typeof omegas;

/** Whether the kernels of a family run here, and have this Ω. */
export function kernelsHave(omega: unknown, family: KernelFamily): omega is KernelOmega {
  return (
    family.code !== undefined &&
    hasKernels() &&
    typeof omega === 'string' &&
    Object.hasOwn(omegas, omega)
  );
}
