import { afterEach, describe, expect, it } from 'vitest';
import { expectClose } from '../../../test/expect-close.js';
import { randomArray, seededRandom } from '../../../test/path-enumeration.js';
import { getThreads, KernelArray, setThreads } from '../../index.js';
import { runCtc } from '../../kernels/ctc.js';
import { omegaNames } from '../omega/index.js';
import { ctc, type CtcOptions } from '../programs/ctc.js';

const threads = getThreads();
afterEach(() => setThreads(threads));

/** Items of every kind: no labels, as many as fit, equal neighbours, one frame. */
const sizes = {
  batch: 6,
  time: 23,
  classes: 7,
  blank: 2,
  labels: [[1, 3, 3, 4], [], [5], Array.from({ length: 12 }, () => 6), [0, 1], [4]],
  lengths: [23, 1, 20, 23, 2, 1],
} satisfies Partial<CtcOptions>;
const entries = sizes.batch * sizes.time * sizes.classes;

describe.each(omegaNames)('the kernels of ctc under %s', (omega) => {
  it.each([0.05, 1, 300])('compute what the definition does, gamma %d', (gamma) => {
    const program = ctc({ ...sizes, omega, gamma });
    expect(program.runsOn).toMatch(/^kernels/);
    const random = seededRandom(3);
    for (const scale of [0.1, 3]) {
      const exact = randomArray(entries, random).map((x) => Math.fround(x * scale));
      const theta = Float32Array.from(exact);
      const expected = program.gradient(exact);
      const found = program.gradient(theta);
      expectClose(found.value, expected.value, 1e-5);
      // Scores over γ are read to float32’s precision.
      expectClose(found.gradient, expected.gradient, 2e-5);
      expectClose(program.value(theta), expected.value, 1e-5);
      expect(program.argmax(theta)).toEqual(program.argmax(exact));
    }
  });

  it('flow around what is forbidden, and say where there is no path', () => {
    const program = ctc({ ...sizes, omega });
    const exact = randomArray(entries, seededRandom(5)).map(Math.fround);
    // The label 3 of the first item in all frames but three.
    for (let t = 0; t < 23; t++) if (t !== 4 && t !== 7 && t !== 9) exact[t * 7 + 3] = -Infinity;
    const found = program.gradient(Float32Array.from(exact));
    expectClose(found.value, program.value(exact), 1e-5);
    expectClose(found.gradient, program.gradient(exact).gradient, 1e-5);
    exact[2 * 23 * 7 + 3 * 7 + 2] = NaN;
    const spoilt = Float32Array.from(exact);
    expect(() => program.gradient(spoilt)).toThrow(/theta\[2\]\[3\]\[2\] is NaN/);
    const none = new Float32Array(entries);
    for (let t = 0; t < 23; t++) none[3 * 23 * 7 + t * 7 + 6] = -Infinity;
    expect(() => program.gradient(none)).toThrow(/item 3/);
    expect(() => program.value(none)).toThrow(/item 3/);
  });

  it('give the same bits on any number of threads, in place too', () => {
    const theta = Float32Array.from(randomArray(entries, seededRandom(8)));
    const of = () => ctc({ ...sizes, omega }).gradient(theta);
    setThreads(1);
    const one = of();
    setThreads(2);
    expect(of()).toEqual(one);
    const [input, output] = [new KernelArray(entries), new KernelArray(entries)];
    input.data.set(theta);
    output.data.fill(7);
    const { value } = ctc({ ...sizes, omega }).gradient(input.data, output.data);
    expect(value).toEqual(one.value);
    expect(Float32Array.from(output.data)).toEqual(one.gradient);
    expect(Float32Array.from(input.data)).toEqual(theta);
    for (const array of [input, output]) array.free();
  });
});

describe('ctc in float32', () => {
  it('keeps a value that nearly cancels', () => {
    // Sure of every frame, as a trained model is: the value is a little below 0.
    const [time, classes] = [400, 5];
    const labels = [Array.from({ length: 100 }, (_, at) => 1 + (at % 4))];
    const theta = new Float32Array(time * classes);
    for (let t = 0; t < time; t++) {
      const own = t % 4 < 2 ? labels[0]![t >> 2]! : 0;
      for (let c = 0; c < classes; c++) theta[t * classes + c] = c === own ? -0.001 : -8;
    }
    const program = ctc({ batch: 1, time, classes, labels, omega: 'negentropy' });
    const expected = program.value(Float64Array.from(theta));
    expectClose(program.gradient(theta).value, expected, 1e-6);
    expectClose(program.value(theta), expected, 1e-6);
  });

  it('leaves scores that are too large to the definition', () => {
    const theta = Float32Array.from(randomArray(entries, seededRandom(2)), (x) => 1e4 * x);
    const program = ctc({ ...sizes, omega: 'negentropy', gamma: 1e-3 });
    const expected = program.gradient(Float64Array.from(theta));
    const found = program.gradient(theta);
    expectClose(found.value, expected.value, 1e-5);
    expectClose(found.gradient, expected.gradient, 1e-5);
  });
});

it('the kernels of ctc refuse an item for which 2 GiB of memory are too little', () => {
  // 2.0 GiB for the shares of 35,000 frames and 5,201 states; 110 GiB, which 32 bits do not count.
  for (const time of [35_000, 2_000_000]) {
    const batch = { time, classes: 1, states: [Array(5201).fill(0)], lengths: Int32Array.of(time) };
    const theta = new Float32Array(time);
    expect(() => runCtc({ mode: 'gradient', omega: 'l2', gamma: 1, ...batch, theta })).toThrow(
      /the kernels' memory would have to grow to \d+ MiB: its limit is 2048 MiB/,
    );
  }
});
