/**
 * x[job·block … ] ·= factor: what the thread pool is tested with.
 * params: x, n, block (i32), factor (f32).
 */
export function scale(params: usize, job: i32, workspace: usize): void {
  const x = <usize>load<u32>(params, 0);
  const n = load<i32>(params, 4);
  const block = load<i32>(params, 8);
  const factor = load<f32>(params, 12);
  const to = min(n, (job + 1) * block);
  for (let i = job * block; i < to; i++) {
    const at = x + (<usize>i << 2);
    store<f32>(at, load<f32>(at) * factor);
  }
}
