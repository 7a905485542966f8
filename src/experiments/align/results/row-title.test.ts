import { expect, it } from 'vitest';
import { endToEndSchema } from '../config.js';
import { rowTitle } from './tables.js';

const setting = (name: string, omega: string, loss: string) => ({
  endToEnd: [
    endToEndSchema.parse({
      ...{ name, omega, loss, gamma: 1, lambda: 0, epochs: 1, learningRate: 0.1 },
    }),
  ],
});

it('a row says its own Ω, γ and loss, where a sweep changed what its name says', () => {
  const title = (name: string, omega: string, loss: string) =>
    rowTitle(name, setting(name, omega, loss));
  expect(title('end-to-end, l2', 'l2', 'area')).toBe('end-to-end, l2');
  expect(title('end-to-end, negentropy', 'l2', 'area')).toBe(
    'end-to-end, negentropy [now l2, area loss]',
  );
  expect(title('end-to-end, convex loss', 'l2', 'convex')).toBe('end-to-end, convex loss');
  expect(title('end-to-end, convex loss', 'l2', 'area')).toContain('[now l2, area loss]');
  const withGamma = (gamma: number) => `end-to-end, l2, γ ${gamma}, area loss`;
  expect(title(withGamma(1), 'l2', 'area')).toBe(withGamma(1));
  expect(title(withGamma(0.5), 'l2', 'area')).toBe(`${withGamma(0.5)} [now l2, γ 1, area loss]`);
  expect(title('mine', 'l2', 'area')).toBe('mine');
  expect(rowTitle('random', setting('mine', 'l2', 'area'))).toBe('random');
});
