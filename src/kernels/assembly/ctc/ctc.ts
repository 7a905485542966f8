import { Smooth, SmoothKernel } from '../algebra/omega';
import { HARD, runSmooth } from '../algebra/table';
import { Mode } from '../chain/call';
import { CtcCall } from './call';
import { doubleBytes, doubleItem, hardItem } from './double';
import { softBytes, softItem } from './soft';

/** The bytes of a thread's workspace. */
export function ctcWorkspace(call: CtcCall): i32 {
  const width = (<usize>call.pitch) << 2;
  const frames = <usize>call.time;
  const bytes =
    call.omega != HARD && call.mode == Mode.GRADIENT
      ? softBytes(width, frames)
      : doubleBytes(width, frames);
  return i32(bytes);
}

/**
 * Connectionist temporal classification, an item a job: a value alone in float64, value and gradient in
 * float32, under hard value, gradient and best path as the definition's.
 */
export function ctc(call: CtcCall, job: i32, workspace: usize): void {
  if (call.omega == HARD) hardItem(call, job, workspace);
  else runSmooth<Ctc>(call.omega, changetype<usize>(call), job, workspace);
}

@unmanaged
class Ctc extends SmoothKernel {
  override run<O extends Smooth>(params: usize, job: i32, workspace: usize): void {
    const call = changetype<CtcCall>(params);
    if (call.mode == Mode.GRADIENT) softItem<O>(call, job, workspace);
    else doubleItem<O>(call, job, workspace);
  }
}
