// Runs in every runtime, from a tarball: values that are known in closed form, on each kind of kernel.
import { ctc, dag, dtw, getThreads, hasKernels, linearChain, setThreads } from '@didyprog/core';

function close(found, expected, what) {
  if (!(Math.abs(found - expected) < 1e-5)) throw new Error(`${what}: ${found}, not ${expected}`);
}

setThreads(64);
const threads = getThreads();
const chain = linearChain({ batch: 64, time: 50, states: 8, omega: 'negentropy' });
for (let round = 0; round < 3; round++) {
  const { value, gradient } = chain.gradient(new Float32Array(64 * 50 * 64));
  // 8^51 paths of score 0, and each move as probable as any.
  close(value[63] / Math.log(8), 51, 'chain');
  close(gradient[100], 1 / 64, 'move');
}
const two = dag({
  nodes: 2,
  edges: [
    [0, 1],
    [0, 1],
  ],
  omega: 'l2',
});
close(two.value(Float32Array.of(0, 0))[0], -0.25, 'dag');
const one = dtw({ batch: 1, rows: 2, cols: 2, omega: 'hard' });
close(one.value(Float32Array.of(1, 5, 5, 1))[0], 2, 'dtw');
const labels = ctc({ batch: 1, time: 2, classes: 3, labels: [[1]], omega: 'negentropy' });
close(labels.value(new Float32Array(6))[0], Math.log(3), 'ctc');
console.log(
  `${threads} thread${threads > 1 ? 's' : ''}, ` +
    (hasKernels()
      ? `on ${[...new Set([chain, two, one, labels].map((p) => p.runsOn))].join(', ')}`
      : chain.runsOn),
);
