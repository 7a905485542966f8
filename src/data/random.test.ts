import { expect, it } from 'vitest';
import { SeededRandom } from './random.js';

it('draws for many entries what it draws one by one', () => {
  const [many, single] = [new SeededRandom(5), new SeededRandom(5)];
  for (const least of [0, 0.3, 0.999, 1]) {
    const values = new Float32Array(1000);
    many.setWhere(values, 2, least);
    expect([...values]).toEqual([...values].map(() => (single.uniform() >= least ? 2 : 0)));
    expect(many.state).toBe(single.state);
  }
});
