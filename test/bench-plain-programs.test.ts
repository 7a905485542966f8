import { it } from 'vitest';
import { numbers } from '../bench/harness.js';
import {
  plainAlignment,
  plainCtc,
  plainSemiMarkov,
  plainSoftDtw,
} from '../bench/plain-programs.js';
import { ctc, dtw, pairwiseAlignment, semiMarkov } from '../src/index.js';
import { expectClose } from './expect-close.js';

const omega = 'negentropy' as const;

it('what the benchmark of programs compares with computes the same value and gradient: ctc', () => {
  const [batch, time, classes] = [3, 20, 6];
  const labels = [[1, 2, 2, 3], [5, 4], []];
  const theta = numbers(batch * time * classes, 2);
  const found = ctc({ batch, time, classes, labels, omega }).gradient(theta);
  const plain = plainCtc(theta, [batch, time, classes], labels);
  expectClose(plain.value, found.value, 1e-5);
  expectClose(plain.gradient, found.gradient, 1e-5);
});

it('semiMarkov', () => {
  const [batch, positions, states, maxDuration] = [2, 9, 3, 4];
  const theta = {
    segment: numbers(batch * positions * maxDuration * states, 2),
    transition: numbers(states * states, 2, 2),
  };
  const program = semiMarkov({ batch, positions, states, maxDuration, omega });
  const { value, gradient } = program.gradient(theta);
  const axes = [batch, positions, maxDuration, states] as const;
  const plain = plainSemiMarkov(theta.segment, theta.transition, axes);
  expectClose(plain.value, value, 1e-5);
  expectClose(plain.gradient.segment, gradient.segment, 1e-5);
  expectClose(plain.gradient.transition, gradient.transition, 1e-5);
});

it.each(['global', 'local'] as const)('pairwiseAlignment, %s', (mode) => {
  const [batch, rows, cols] = [2, 8, 7];
  const match = numbers(batch * rows * cols, 2);
  const gaps = { gapOpen: Float32Array.of(-2, -2), gapExtend: Float32Array.of(-0.5, -0.5) };
  const program = pairwiseAlignment({ batch, rows, cols, mode, omega });
  const { value, gradient } = program.gradient({ match, ...gaps });
  const plain = plainAlignment(match, [-2, -0.5], [batch, rows, cols], mode === 'local');
  expectClose(plain.value, value, 1e-5);
  expectClose(plain.gradient, gradient.match, 1e-5);
});

it('dtw', () => {
  const [batch, rows, cols, depth] = [2, 8, 7, 3];
  const [x, y] = [numbers(batch * rows * depth), numbers(batch * cols * depth, 1, 2)];
  const theta = { rowFeatures: x, colFeatures: y };
  const { value, gradient } = dtw({ batch, rows, cols, omega }).gradient(theta);
  const plain = plainSoftDtw(x, y, [batch, rows, cols, depth]);
  expectClose(plain.value, value, 1e-5);
  expectClose(plain.byA, gradient.rowFeatures, 1e-5);
  expectClose(plain.byB, gradient.colFeatures, 1e-5);
});
