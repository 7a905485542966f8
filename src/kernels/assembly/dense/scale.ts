@unmanaged
export class ScaleCall {
  x: usize;
  n: i32;
  block: i32;
  factor: f32;
}

/** x[job·block … ] ·= factor: what the thread pool is tested with. */
export function scale(call: ScaleCall, job: i32, _workspace: usize): void {
  const to = min(call.n, (job + 1) * call.block);
  for (let i = job * call.block; i < to; i++) {
    const at = call.x + ((<usize>i) << 2);
    store<f32>(at, load<f32>(at) * call.factor);
  }
}
