import { Entmax15 } from './entmax15';
import { Hard } from './hard';
import { L2 } from './l2';
import { Negentropy } from './negentropy';
import { Kernel, SmoothKernel } from './omega';

// Ω by their numbers, those of src/kernels/omega.ts.
export const HARD = 2;

/** Runs a kernel for a smoothed maximum. */
export function runSmooth<K extends SmoothKernel>(
  omega: i32,
  params: usize,
  job: i32,
  workspace: usize,
): void {
  const kernel = changetype<K>(0);
  if (omega == 0) kernel.run<Negentropy>(params, job, workspace);
  else if (omega == 1) kernel.run<L2>(params, job, workspace);
  else if (omega == 3) kernel.run<Entmax15>(params, job, workspace);
  else unreachable();
}

/** Runs a kernel for any Ω. */
export function run<K extends Kernel>(omega: i32, params: usize, job: i32, workspace: usize): void {
  if (omega == HARD) changetype<K>(0).run<Hard>(params, job, workspace);
  else runSmooth<K>(omega, params, job, workspace);
}
