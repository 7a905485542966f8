import { afterAll, describe, expect, it } from 'vitest';
import { expectClose } from '../../../test/expect-close.js';
import { seededRandom } from '../../../test/path-enumeration.js';
import { setThreads } from '../../kernels/module.js';
import { innerProduct, squaredEuclidean } from '../programs/costs.js';
import { dtw, type DtwFeatures } from '../programs/dtw.js';

const random = seededRandom(31);
const vectors = (count: number) => Float32Array.from({ length: count }, () => 2 * random() - 1);
const double = ({ rowFeatures, colFeatures, ...rest }: DtwFeatures) => ({
  ...rest,
  rowFeatures: Float64Array.from(rowFeatures),
  colFeatures: Float64Array.from(colFeatures),
});

describe('dtw from float32 features agrees with the definition', () => {
  afterAll(() => setThreads(1));

  const shapes = [
    { batch: 1, rows: 1, cols: 1 },
    { batch: 2, rows: 6, cols: 9, rowLengths: [6, 2], colLengths: [5, 9] },
    { batch: 1, rows: 150, cols: 270 },
    { batch: 2, rows: 140, cols: 131, band: 30, colLengths: [131, 60], rowLengths: [120, 140] },
    { batch: 1, rows: 200, cols: 90, moves: 'advance' },
  ] as const;
  it.each(
    shapes.flatMap((shape) =>
      (['negentropy', 'l2', 'entmax15', 'hard'] as const).flatMap((omega) =>
        (['squaredEuclidean', 'innerProduct'] as const).map((cost) => ({ ...shape, omega, cost })),
      ),
    ),
  )('$omega, $cost, $batch × $rows × $cols', ({ omega, cost, ...shape }) => {
    for (const depth of [1, 6, 16]) {
      const theta: DtwFeatures<Float32Array> = {
        rowFeatures: vectors(shape.batch * shape.rows * depth),
        colFeatures: vectors(shape.batch * shape.cols * depth),
        cost,
      };
      const program = dtw({ ...shape, omega, gamma: 0.4 });
      const exact = program.gradient(double(theta));
      const results = [1, 2].map((threads) => {
        setThreads(threads);
        expectClose(program.value(theta), exact.value, 3e-6);
        return program.gradient(theta);
      });
      for (const { value, gradient } of results) {
        expectClose(value, exact.value, 3e-6);
        expectClose(gradient.rowFeatures, exact.gradient.rowFeatures, 1e-4);
        expectClose(gradient.colFeatures, exact.gradient.colFeatures, 1e-4);
      }
      expect(results[1]).toEqual(results[0]);
      expect(program.argmax(theta)).toEqual(program.argmax(double(theta)));
    }
  });

  it('takes the costs themselves for their names, but none of a user', () => {
    const program = dtw({ batch: 1, rows: 5, cols: 4, omega: 'negentropy' });
    const features = { rowFeatures: vectors(15), colFeatures: vectors(12) };
    for (const cost of [squaredEuclidean, innerProduct]) {
      const named = program.gradient({ ...features, cost: cost.name as 'innerProduct' });
      expect(program.gradient({ ...features, cost })).toEqual(named);
    }
    const doubled = { ...innerProduct, value: () => 2 };
    const { value } = program.gradient({ ...features, cost: doubled });
    expectClose(value, program.value(new Float32Array(20).fill(2)), 1e-6);
  });

  it('leaves what float32 cannot hold to the definition', () => {
    const program = dtw({ batch: 1, rows: 3, cols: 2, omega: 'hard' });
    const theta = {
      rowFeatures: Float32Array.of(1e25, 0, 3e25),
      colFeatures: Float32Array.of(0, 2e25),
    };
    expect(program.argmax(theta)).toEqual(program.argmax(double(theta)));
  });

  it('says of a NaN and of a wrong size what the definition says', () => {
    const program = dtw({ batch: 1, rows: 2, cols: 3, omega: 'l2' });
    const colFeatures = new Float32Array(6);
    expect(() =>
      program.value({ rowFeatures: Float32Array.of(0, 0, NaN, 0), colFeatures }),
    ).toThrow('theta.rowFeatures[0][1][0] is NaN');
    expect(() => program.value({ rowFeatures: new Float32Array(6), colFeatures })).toThrow(
      'theta.colFeatures has 6 entries: its shape [1, 3, 3] needs 9',
    );
  });
});
