import { Entmax15 } from './entmax15';
import { L2 } from './l2';
import { Negentropy } from './negentropy';
import { Kernel } from './omega';

/** Runs a kernel for the smooth Ω with a number: that of src/kernels/omega.ts. */
export function runSmooth<K extends Kernel>(
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
