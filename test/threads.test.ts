import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';

const library = new URL('../dist/index.js', import.meta.url).href;

/** Whether two threads give the bits of one, at any of many calls. */
const program = `
  import { dtw, setThreads } from '${library}';
  const size = 320;
  let state = 1;
  const draw = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
  const theta = Float32Array.from({ length: size * size }, draw);
  const z = Float32Array.from(theta, () => draw() - 0.5);
  const warping = dtw({ batch: 1, rows: size, cols: size, omega: 'negentropy', gamma: 0.5 });
  const bits = () => {
    const { value, gradient, directional, product } = warping.hessianProduct(theta, z);
    return [value, gradient, directional, product].flatMap((array) => [...array]);
  };
  setThreads(1);
  const alone = bits();
  setThreads(2);
  let differing = 0;
  for (let call = 0; call < 40; call++) {
    if (bits().some((number, at) => !Object.is(number, alone[at]))) differing++;
  }
  console.log(differing);
`;

it('two threads give the bits of one, in code that is not optimised yet, too', () => {
  const args = ['--liftoff-only', '--input-type=module', '-e', program];
  const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  expect(stdout + stderr).toBe('0\n');
});
