import { afterEach, describe, expect, it } from 'vitest';
import { expectClose } from '../../../test/expect-close.js';
import { randomArray, seededRandom } from '../../../test/path-enumeration.js';
import { getThreads, setThreads } from '../../index.js';
import { runAlignment } from '../../kernels/alignment.js';
import { omegaNames } from '../omega/index.js';
import {
  pairwiseAlignment,
  type PairwiseAlignmentPotentials,
} from '../programs/pairwise-alignment.js';

const threads = getThreads();
afterEach(() => setThreads(threads));

const sizes = {
  ...{ batch: 6, rows: 13, cols: 11 },
  rowLengths: [13, 1, 4, 7, 12, 2],
  colLengths: [11, 1, 9, 2, 10, 11],
};
const parts = ['match', 'gapOpen', 'gapExtend'] as const;

function scores(seed: number, scale: number): PairwiseAlignmentPotentials<Float64Array> {
  const random = seededRandom(seed);
  const draw = (count: number) => randomArray(count, random).map((x) => Math.fround(x * scale));
  return { match: draw(6 * 13 * 11), gapOpen: draw(6), gapExtend: draw(6) };
}

const floats = (theta: PairwiseAlignmentPotentials): PairwiseAlignmentPotentials<Float32Array> => ({
  match: Float32Array.from(theta.match),
  gapOpen: Float32Array.from(theta.gapOpen),
  gapExtend: Float32Array.from(theta.gapExtend),
});

const cases = omegaNames.flatMap((omega) =>
  (['global', 'local'] as const).map((mode) => ({ omega, mode })),
);

describe.each(cases)('the kernels of a $mode alignment under $omega', ({ omega, mode }) => {
  it.each([0.05, 1, 300])('compute what the definition does, gamma %d', (gamma) => {
    const program = pairwiseAlignment({ ...sizes, mode, omega, gamma });
    expect(program.runsOn).toMatch(/^kernels/);
    for (const scale of [0.1, 3]) {
      const exact = scores(4, scale);
      const theta = floats(exact);
      const expected = program.gradient(exact);
      const found = program.gradient(theta);
      expectClose(found.value, expected.value, 1e-5);
      for (const part of parts) {
        expectClose(found.gradient[part], expected.gradient[part], 5e-5);
      }
      expectClose(program.value(theta), expected.value, 1e-5);
      expect(program.argmax(theta)).toEqual(program.argmax(exact));
    }
  });

  it('flow around what is forbidden, and say where there is no path', () => {
    const program = pairwiseAlignment({ ...sizes, mode, omega });
    const exact = scores(6, 2);
    exact.match.forEach((_, at) => {
      if (at % 5 === 0) exact.match[at] = -Infinity;
    });
    exact.gapExtend[0] = -Infinity;
    exact.gapOpen[4] = -Infinity;
    exact.match.fill(0.5, 4 * 143, 5 * 143);
    if (mode === 'global') exact.gapOpen[4] = 0;
    // One pair, which must be allowed.
    exact.match[143] = 1;
    const expected = program.gradient(exact);
    const found = program.gradient(floats(exact));
    expectClose(found.value, expected.value, 1e-5);
    for (const part of parts) expectClose(found.gradient[part], expected.gradient[part], 2e-5);
    const none = floats(exact);
    none.match.fill(-Infinity, 2 * 143, 3 * 143);
    none.gapOpen[2] = -Infinity;
    expect(() => program.gradient(none)).toThrow(/item 2/);
    const spoilt = floats(exact);
    spoilt.match[2 * 143 + 11] = NaN;
    expect(() => program.gradient(spoilt)).toThrow(/theta\.match\[2\]\[1\]\[0\] is NaN/);
    spoilt.match[2 * 143 + 11] = 0;
    spoilt.gapExtend[3] = Infinity;
    expect(() => program.value(spoilt)).toThrow(/theta\.gapExtend\[3\] is Infinity/);
  });

  it('say where no path is left when most is forbidden, and compute where one is', () => {
    const random = seededRandom(3);
    const draw = (count: number, share: number) =>
      Float64Array.from({ length: count }, () =>
        random() < share ? -Infinity : Math.round(8 * random()) / 4,
      );
    for (const [rows, cols] of [
      [2, 3],
      [3, 2],
      [4, 4],
      [1, 5],
    ] as const) {
      const program = pairwiseAlignment({ batch: 1, rows, cols, mode, omega });
      const outcome = (theta: PairwiseAlignmentPotentials) => {
        try {
          return program.gradient(theta);
        } catch (error) {
          return (error as Error).message;
        }
      };
      for (let turn = 0; turn < 30; turn++) {
        const exact = {
          match: draw(rows * cols, 0.5),
          gapOpen: draw(1, 0.5),
          gapExtend: draw(1, 0.5),
        };
        const [expected, found] = [outcome(exact), outcome(floats(exact))];
        if (typeof expected === 'string' || typeof found === 'string') {
          expect(found).toBe(expected);
          continue;
        }
        expectClose(found.value, expected.value, 1e-5);
        for (const part of parts) expectClose(found.gradient[part], expected.gradient[part], 1e-4);
      }
    }
  });

  it('give the same bits on any number of threads', () => {
    const theta = floats(scores(9, 2));
    setThreads(1);
    const one = pairwiseAlignment({ ...sizes, mode, omega }).gradient(theta);
    setThreads(2);
    expect(pairwiseAlignment({ ...sizes, mode, omega }).gradient(theta)).toEqual(one);
  });

  it('hold on longer sequences', () => {
    const [rows, cols] = [70, 90];
    const random = seededRandom(12);
    const exact = {
      match: randomArray(rows * cols, random).map((x) => Math.fround(3 * x)),
      gapOpen: Float64Array.of(-2),
      gapExtend: Float64Array.of(-0.5),
    };
    const program = pairwiseAlignment({ batch: 1, rows, cols, mode, omega });
    const expected = program.gradient(exact);
    const found = program.gradient(floats(exact));
    expectClose(found.value, expected.value, 1e-5);
    for (const part of parts) expectClose(found.gradient[part], expected.gradient[part], 5e-5);
    expect(program.argmax(floats(exact))).toEqual(program.argmax(exact));
  });
});

it('the kernels of alignments refuse an item for which 2 GiB of memory are too little', () => {
  const none = new Float32Array(0);
  for (const omega of ['l2', 'hard'] as const) {
    for (const size of omega === 'l2' ? [8300, 60_000] : [60_000]) {
      const lengths = { rowLengths: Int32Array.of(size), colLengths: Int32Array.of(size) };
      const sizes = { rows: size, cols: size, ...lengths, backward: false, local: false };
      const theta = { match: none, gapOpen: none, gapExtend: none };
      expect(() => runAlignment({ omega, gamma: 1, ...sizes, theta })).toThrow(
        /the kernels' memory would have to grow to \d+ MiB: its limit is 2048 MiB/,
      );
    }
  }
});
