import { hasKernels } from './compiled.js';

/** The regularisers that the kernels have, by their numbers there: assembly/algebra/table.ts. */
export const omegaCodes = { negentropy: 0, l2: 1, hard: 2, entmax15: 3 } as const;
export type KernelOmega = keyof typeof omegaCodes;

/** Whether the kernels run here, and have this Ω. */
export function kernelsHave(omega: unknown): omega is KernelOmega {
  return hasKernels() && typeof omega === 'string' && Object.hasOwn(omegaCodes, omega);
}
