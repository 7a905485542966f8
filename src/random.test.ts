import { expect, it } from 'vitest';
import { SeededRandom } from './random.js';

it('skips as many numbers as it says', () => {
  const [skipping, drawing] = [new SeededRandom(5), new SeededRandom(5)];
  for (const count of [0, 1, 1000, 700_001]) {
    skipping.skip(count);
    for (let n = 0; n < count; n++) drawing.uniform();
    expect(skipping.uniform()).toBe(drawing.uniform());
  }
});
