import * as tf from '@tensorflow/tfjs-core';
import { checkSize } from '../dp/checks.js';
import { isRealArray } from '../dp/real-array.js';
import { checkNumbers } from '../value-checks.js';
import { checkTensor, described } from './checks.js';
import { firstDerivative } from './first-derivative.js';
import { tensorFloats, tensorOf } from './tensor-floats.js';

/**
 * The gradient of some rows of a table: `values` [rows.length, width] holds that of rows[0], then
 * of rows[1], …; every row occurs once, all others have gradient 0.
 */
export interface RowGradient {
  rows: Int32Array;
  values: Float32Array;
}

/**
 * Looks rows of an embedding table up, outside the tape of TensorFlow.js: a training step then
 * costs the rows it touches, not the whole table.
 *
 * @param table [rows, width], row-major
 * @param indices the rows wanted, in any order, repeats allowed; a negative one gives zeros (padding)
 * @returns [indices.length, width]
 * @throws RangeError for a row that the table does not have and a width that it is no multiple of,
 *   TypeError for an index that is no integer
 *
 * O(indices · width).
 *
 * @example
 * ```ts
 * import { gatherRows } from 'didyprog/layers';
 *
 * console.log(gatherRows(Float32Array.of(1, 2, 3, 4), 2, [1, -1, 0]).join()); // 3,4,0,0,1,2
 * ```
 */
export function gatherRows(
  table: Float32Array,
  width: number,
  indices: ArrayLike<number>,
): Float32Array {
  checkRows(indices, rowsOf(table, width));
  const gathered = new Float32Array(indices.length * width);
  for (let at = 0; at < indices.length; at++) {
    const row = indices[at]!;
    if (row < 0) continue;
    const from = row * width;
    const to = at * width;
    for (let column = 0; column < width; column++) gathered[to + column] = table[from + column]!;
  }
  return gathered;
}

/**
 * The transpose of `gatherRows`: the gradient of the table from that of the gathered rows. Repeats
 * are summed, in order; negative indices are left out.
 *
 * @param gradient [indices.length, width]
 * @throws RangeError for a gradient of another size or a width that is none, TypeError for an index that
 *   is no integer
 *
 * O(indices · width).
 *
 * @example
 * ```ts
 * import { scatterRows } from 'didyprog/layers';
 *
 * const { rows, values } = scatterRows(Float32Array.of(1, 2, 10, 20), 2, [1, 1]);
 * console.log(rows.join(), values.join()); // 1 11,22
 * ```
 */
export function scatterRows(
  gradient: Float32Array,
  width: number,
  indices: ArrayLike<number>,
): RowGradient {
  checkRows(indices);
  checkNumbers('the gradient', gradient, 'floats');
  checkSize('width', width, 1);
  if (gradient.length !== indices.length * width) {
    throw new RangeError(
      `the gradient has ${gradient.length} entries: ${indices.length} rows of ${width} are expected`,
    );
  }
  const places = new Map<number, number>();
  for (let at = 0; at < indices.length; at++) {
    const row = indices[at]!;
    if (row >= 0 && !places.has(row)) places.set(row, places.size);
  }
  const values = new Float32Array(places.size * width);
  for (let at = 0; at < indices.length; at++) {
    const row = indices[at]!;
    if (row < 0) continue;
    const to = places.get(row)! * width;
    const from = at * width;
    for (let column = 0; column < width; column++) {
      values[to + column] = values[to + column]! + gradient[from + column]!;
    }
  }
  return { rows: Int32Array.from(places.keys()), values };
}

/**
 * The whole table's gradient from that of gathered rows, as `scatterRows` gives it, zeros included:
 * for rules that also move rows without a gradient, such as Adam by its momentum. O(table).
 *
 * @param gradient [indices.length, width]
 * @param table [rows, width]: where it is written
 * @throws as `scatterRows`, and RangeError for a row that the table does not have, or a width that it is no
 *   multiple of
 *
 * @example
 * ```ts
 * import { scatterTable } from 'didyprog/layers';
 *
 * const table = new Float32Array(4);
 * console.log(scatterTable(Float32Array.of(1, 2, 10, 20), 2, [1, 1], table).join()); // 0,0,11,22
 * ```
 */
export function scatterTable(
  gradient: Float32Array,
  width: number,
  indices: ArrayLike<number>,
  table: Float32Array,
): Float32Array {
  checkRows(indices, rowsOf(table, width));
  if (!isRealArray(table)) {
    throw new TypeError(`the table is ${described(table)}: it must be a Float32Array`);
  }
  const { rows, values } = scatterRows(gradient, width, indices);
  table.fill(0);
  rows.forEach((row, at) => {
    table.set(values.subarray(at * width, (at + 1) * width), row * width);
  });
  return table;
}

/**
 * Rows of an embedding table as one operation, with a gradient on every engine: the wasm engine has none
 * for `tf.gather`. The gradient is a whole table; where that is too much, `gatherRows` and `scatterRows`
 * work outside the tape.
 *
 * @param table [rows, width]
 * @param indices a list of rows, or a tensor of any shape; a negative one gives zeros (padding)
 * @returns [...the shape of indices, width]
 * @throws RangeError for a row that the table does not have, TypeError for other indices
 *
 * O(indices · width); the way back O(rows · width) more.
 *
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs';
 * import { embedding } from 'didyprog/layers';
 *
 * const table = tf.tensor2d([[1, 2], [3, 4]]);
 * console.log(embedding(table, [1, -1]).dataSync().join()); // 3,4,0,0
 * ```
 */
export function embedding(table: tf.Tensor2D, indices: tf.Tensor | ArrayLike<number>): tf.Tensor {
  checkTensor('table', table, ['rows', 'width']);
  const isTensor = indices instanceof tf.Tensor;
  const rows: ArrayLike<number> = isTensor ? indices.dataSync() : indices;
  if (typeof rows?.length !== 'number') {
    throw new TypeError(
      `indices is ${described(rows)}: it must be a tensor or a list of row numbers`,
    );
  }
  const [, width] = table.shape;
  const shape = [...(isTensor ? indices.shape : [rows.length]), width];
  const operation = tf.customGrad((input) => {
    const value = tensorOf(gatherRows(tensorFloats(input as tf.Tensor), width, rows), shape);
    const gradFunc = (dy: tf.Tensor) => {
      const slope = new Float32Array(table.size);
      const gradient = tensorOf(scatterTable(tensorFloats(dy), width, rows, slope), table.shape);
      return firstDerivative('embedding', [gradient], [dy])[0]!;
    };
    return { value, gradFunc };
  });
  return operation(table);
}

/** The rows of a table. @throws RangeError for a width of which it is no multiple */
function rowsOf(table: Float32Array, width: number): number {
  checkNumbers('the table', table, 'floats');
  checkSize('width', width, 1);
  const { length } = table;
  if (length % width === 0) return length / width;
  throw new RangeError(`the table has ${length} entries: rows of ${width} need a multiple of it`);
}

/** Checks the indices of rows: integers, of which the table has those that are not negative. */
function checkRows(indices: ArrayLike<number>, rows = Infinity): void {
  checkNumbers('indices', indices, 'row numbers');
  for (let at = 0; at < indices.length; at++) {
    const row = indices[at]!;
    if (!Number.isInteger(row)) {
      throw new TypeError(
        `indices[${at}] is ${described(row)}: it must be the number of a row, or negative for zeros`,
      );
    }
    if (row >= rows) {
      throw new RangeError(`indices[${at}] is ${row}: the table has ${rows} rows`);
    }
  }
}
