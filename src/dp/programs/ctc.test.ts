import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { expectClose } from '../../../test/expect-close.js';
import { randomArray, seededRandom } from '../../../test/path-enumeration.js';
import { ctc } from './ctc.js';

/** The labels that a sequence of classes stands for: repeats are one, blanks none. */
function collapse(classes: readonly number[], blank: number): number[] {
  return classes.filter((c, t) => c !== blank && c !== classes[t - 1]);
}

/** Every sequence of `time` classes. */
function sequences(time: number, classes: number): number[][] {
  if (time === 0) return [[]];
  return sequences(time - 1, classes).flatMap((before) =>
    Array.from({ length: classes }, (_, c) => [...before, c]),
  );
}

/** The loss as PyTorch's documentation and Graves (2006) have it: −log p(labels) by the α of each state. */
function forwardLoss(logits: Float64Array, time: number, classes: number, labels: number[]) {
  const states = [0, ...labels.flatMap((label) => [label, 0])];
  let alpha: number[] = [];
  for (let t = 0; t < time; t++) {
    const scores = Array.from(logits.subarray(t * classes, (t + 1) * classes), Math.exp);
    const total = scores.reduce((sum, score) => sum + score, 0);
    const before = alpha;
    alpha = states.map((own, s) => {
      if (t === 0) return s < 2 ? scores[own]! / total : 0;
      const skips = s >= 2 && own !== 0 && own !== states[s - 2];
      const sum = before[s]! + (before[s - 1] ?? 0) + (skips ? before[s - 2]! : 0);
      return (sum * scores[own]!) / total;
    });
  }
  return -Math.log(alpha.at(-1)! + (alpha.at(-2) ?? 0));
}

describe('ctc', () => {
  it('of normalised scores is minus the loss of others, in both precisions', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1e6 }),
        fc.integer({ min: 2, max: 6 }),
        fc.array(fc.integer({ min: 1, max: 5 }), { maxLength: 6 }),
        fc.integer({ min: 0, max: 8 }),
        (seed, classes, drawn, more) => {
          const labels = drawn.map((label) => 1 + (label % (classes - 1)));
          const repeats = labels.filter((label, at) => label === labels[at - 1]).length;
          const time = Math.max(1, labels.length + repeats + more);
          const logits = randomArray(time * classes, seededRandom(seed), 3);
          const expected = forwardLoss(logits, time, classes, labels);
          const normalised = logits.map((score, at) => {
            const frame = logits.subarray(at - (at % classes), at - (at % classes) + classes);
            return score - Math.log(frame.reduce((sum, x) => sum + Math.exp(x), 0));
          });
          const sizes = { batch: 1, time, classes, labels: [labels] };
          const program = ctc({ ...sizes, omega: 'negentropy' });
          expectClose(program.value(normalised), [-expected], 1e-10);
          const floats = Float32Array.from(normalised);
          expectClose(program.value(floats), [-expected], 1e-5);
          expectClose(program.gradient(floats).value, [-expected], 1e-5);
        },
      ),
    );
  });

  it('under negentropy sums over every sequence of classes that collapses to the labels', () => {
    const random = seededRandom(3);
    const [time, classes, blank] = [5, 3, 2];
    for (const labels of [[], [0], [0, 0], [0, 1], [1, 0, 1]]) {
      const theta = randomArray(time * classes, random);
      const program = ctc({
        batch: 1,
        time,
        classes,
        labels: [labels],
        blank,
        omega: 'negentropy',
      });
      let sum = 0;
      for (const path of sequences(time, classes)) {
        if (String(collapse(path, blank)) !== String(labels)) continue;
        const score = path.reduce((total, c, t) => total + theta[t * classes + c]!, 0);
        sum += Math.exp(score);
        const [log] = program.logProbability(theta, [Int32Array.from(path)]);
        expect(log).toBeCloseTo(score - program.value(theta)[0]!, 10);
      }
      expect(program.value(theta)[0]).toBeCloseTo(Math.log(sum), 10);
    }
  });

  it('reads the class of each frame, the same labels from every path', () => {
    const random = seededRandom(5);
    const labels = [1, 1, 3];
    const program = ctc({ batch: 1, time: 9, classes: 4, labels: [labels], omega: 'entmax15' });
    const theta = randomArray(36, random);
    for (const { path } of program.kBest(theta, 5)[0]!) {
      expect(path).toHaveLength(9);
      expect(collapse(Array.from(path), 0)).toEqual(labels);
    }
    expect(collapse(Array.from(program.sample(theta, random)[0]!), 0)).toEqual(labels);
  });

  it.each([
    [{ labels: [[1, 4]] }, /labels\[0\]\[1\] is 4: classes are numbered 0 to 3/],
    [{ labels: [[1, 0]] }, /labels\[0\]\[1\] is 0, the blank/],
    [{ labels: [[1.5]] }, /labels\[0\]\[0\] is 1.5/],
    [{ labels: [[1, 1, 1]] }, /labels\[0\] has 3 labels, which take at least 5 frames.*has 4/],
    [{ labels: [[1], [2]] }, /labels has 2 items: the batch has 1/],
    [{ labels: [[1, 2, 3]], lengths: [2] }, /labels\[0\] .* 3 frames .* the item has 2/],
    [{ labels: [[1]], blank: 7 }, /blank is 7/],
  ])('refuses %j', (wrong, message) => {
    const sizes = { batch: 1, time: 4, classes: 4, omega: 'negentropy' as const };
    expect(() => ctc({ ...sizes, ...wrong })).toThrow(message);
  });
});
