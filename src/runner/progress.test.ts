import { afterEach, expect, it, vi } from 'vitest';
import { createTrainingProgress } from './progress.js';

afterEach(() => {
  vi.restoreAllMocks();
});

it('a training that goes on at the end of an epoch says no time left before its first step', () => {
  const lines: string[] = [];
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => lines.push(String(text)) > 0);
  let now = 0;
  vi.spyOn(performance, 'now').mockImplementation(() => now);
  const progress = createTrainingProgress('a', 10, 'tokens');
  const update = (seconds: number, epochs: number, rate: number) => {
    now += seconds * 1000;
    progress.update({ epochs, rate, status: [] });
  };
  update(0, 1.9999, 0);
  // An evaluation of 20 s.
  update(20, 2, 0);
  update(1, 2.5, 80);
  update(1, 3, 80);
  progress.stop();
  expect(lines).toEqual(['a epoch 3/10\n', 'a epoch 4/10 · 0:14 left · 80 tokens/s\n']);
});
