import type { Axes } from './play.js';

/** What a cell is called: 'state B, position 3'. */
export function cellName(axes: Axes, cell: number): string {
  const { rows, cols, row, col } = axes;
  const column = `${col} ${cols[cell % cols.length]}`;
  return rows.length === 1 ? column : `${row} ${rows[Math.floor(cell / cols.length)]}, ${column}`;
}

/** More cells than this are not written down one by one. */
const mostCells = 900;
const mostListed = 200;

/** A grid as rows of a table: all of it, or of a large one the cells furthest from 0. */
export function tableOf(axes: Axes, values: Float32Array, text: (value: number) => string) {
  const { rows, cols, row } = axes;
  if (values.length <= mostCells) {
    return {
      columns: [row, ...cols],
      rows: () =>
        rows.map((name, i) => [
          name,
          ...Array.from(values.subarray(i * cols.length, (i + 1) * cols.length), text),
        ]),
    };
  }
  return {
    columns: [`the ${mostListed} largest of ${values.length} cells`, 'number'],
    rows: () =>
      Array.from(values.keys())
        .sort((a, b) => Math.abs(values[b]!) - Math.abs(values[a]!))
        .slice(0, mostListed)
        .map((cell) => [cellName(axes, cell), text(values[cell]!)]),
  };
}
