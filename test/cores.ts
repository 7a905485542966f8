import { vi } from 'vitest';

/** Has the kernels take this machine for one of so many cores, until mocks are restored. */
export function pretendCores(count: number): void {
  vi.spyOn(process.getBuiltinModule('node:os'), 'availableParallelism').mockReturnValue(count);
}
