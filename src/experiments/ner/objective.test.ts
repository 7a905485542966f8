import { describe, expect, it } from 'vitest';
import { expectClose } from '../../../test/expect-close.js';
import { randomArray, seededRandom } from '../../../test/path-enumeration.js';
import type { LossConfig, TagPotentials } from './objective.js';
import { tagLoss } from './objective.js';

const states = 3;
const lengths = [4, 1, 2];
const positions = 4;
const random = seededRandom(5);
const batch = {
  batch: lengths.length,
  positions,
  lengths,
  tags: Int32Array.from({ length: lengths.length * positions }, (_, at) =>
    at % positions < lengths[Math.floor(at / positions)]! ? (at * 7 + 1) % states : -1,
  ),
};
const draw = (length: number) => Float64Array.from(randomArray(length, random, 1));
const theta: TagPotentials<Float64Array> = {
  unary: draw(batch.batch * positions * states),
  transition: draw(states * states),
  start: draw(states),
  end: draw(states),
};

const losses: LossConfig[] = [
  { omega: 'negentropy', gamma: 1, loss: 'convex', marginals: 'tags' },
  { omega: 'l2', gamma: 2, loss: 'convex', marginals: 'tags' },
  { omega: 'hard', gamma: 1, loss: 'convex', marginals: 'tags' },
  { omega: 'negentropy', gamma: 0.7, loss: 'cost', marginals: 'tags' },
  { omega: 'l2', gamma: 2, loss: 'cost', marginals: 'tags' },
  { omega: 'negentropy', gamma: 0.7, loss: 'cost', marginals: 'edges' },
  { omega: 'l2', gamma: 2, loss: 'cost', marginals: 'edges' },
  { omega: 'entmax15', gamma: 2, loss: 'convex', marginals: 'tags' },
  { omega: 'entmax15', gamma: 2, loss: 'cost', marginals: 'tags' },
  { omega: 'entmax15', gamma: 2, loss: 'cost', marginals: 'edges' },
];

const title = ({ omega, loss, marginals }: LossConfig) =>
  `${omega}, ${loss}${loss === 'cost' ? ` on ${marginals}` : ''}`;

/** Every path of an item with its score. */
function paths(item: number): { path: number[]; score: number }[] {
  const length = lengths[item]!;
  return Array.from({ length: states ** length }, (_, code) => {
    const path = Array.from({ length }, (_, at) => Math.floor(code / states ** at) % states);
    let score = theta.start[path[0]!]! + theta.end[path.at(-1)!]!;
    path.forEach((tag, at) => {
      score += theta.unary[(item * positions + at) * states + tag]!;
      if (at > 0) score += theta.transition[tag * states + path[at - 1]!]!;
    });
    return { path, score };
  });
}

const truth = (item: number) => [
  ...batch.tags.slice(item * positions, item * positions + lengths[item]!),
];

describe('losses of a batch of tagged sentences', () => {
  it.each(losses.map((config) => [title(config), config] as const))(
    'the gradient is that of finite differences: %s',
    (_, config) => {
      const { gradient } = tagLoss(theta, batch, config);
      const step = 1e-5;
      for (const part of ['unary', 'transition', 'start', 'end'] as const) {
        const expected = theta[part].map((score, at) => {
          const moved = (by: number) => {
            const other = theta[part].slice();
            other[at] = score + by;
            return tagLoss({ ...theta, [part]: other }, batch, config).loss;
          };
          return (moved(step) - moved(-step)) / (2 * step);
        });
        expectClose(gradient[part], expected, 1e-7);
      }
    },
  );

  it('convex with negentropy is −log p of a CRF, by enumeration', () => {
    const { loss } = tagLoss(theta, batch, losses[0]!);
    let expected = 0;
    lengths.forEach((_, item) => {
      const all = paths(item);
      const total = all.reduce((sum, { score }) => sum + Math.exp(score), 0);
      const own = all.find(({ path }) => path.join() === truth(item).join())!;
      expected += Math.log(total) - own.score;
    });
    expect(loss).toBeCloseTo(expected, 10);
  });

  it('hard is the margin of the structured perceptron: best score minus true score', () => {
    const { loss } = tagLoss(theta, batch, losses[2]!);
    let expected = 0;
    lengths.forEach((_, item) => {
      const all = paths(item);
      const own = all.find(({ path }) => path.join() === truth(item).join())!;
      expected += Math.max(...all.map(({ score }) => score)) - own.score;
    });
    expect(loss).toBeCloseTo(expected, 10);
  });

  it('cost with negentropy is −Σ log of the marginals of a CRF, by enumeration', () => {
    const { loss } = tagLoss(theta, batch, { ...losses[3]!, gamma: 1 });
    let expected = 0;
    lengths.forEach((length, item) => {
      const all = paths(item);
      const total = all.reduce((sum, { score }) => sum + Math.exp(score), 0);
      for (let at = 0; at < length; at++) {
        const right = all.filter(({ path }) => path[at] === truth(item)[at]);
        expected -= Math.log(right.reduce((sum, { score }) => sum + Math.exp(score), 0) / total);
      }
    });
    expect(loss).toBeCloseTo(expected, 10);
  });

  it('a confident and right model has no loss, whichever it is', () => {
    const sure = {
      unary: theta.unary.map((_, at) =>
        batch.tags[Math.floor(at / states)] === at % states ? 50 : 0,
      ),
      transition: new Float64Array(states * states),
      start: new Float64Array(states),
      end: new Float64Array(states),
    };
    for (const config of losses) expect(tagLoss(sure, batch, config).loss).toBeCloseTo(0, 10);
  });

  it('float32 and float64 agree', () => {
    const single = Object.fromEntries(
      Object.entries(theta).map(([name, array]) => [
        name,
        Float32Array.from(array as Float64Array),
      ]),
    ) as unknown as TagPotentials<Float32Array>;
    for (const config of losses) {
      const expected = tagLoss(theta, batch, config);
      const actual = tagLoss(single, batch, config);
      expect(actual.loss).toBeCloseTo(expected.loss, 4);
      expectClose(actual.gradient.unary, expected.gradient.unary, 1e-4);
      expectClose(actual.gradient.transition, expected.gradient.transition, 1e-4);
    }
  });
});
