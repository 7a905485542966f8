import { decimalNumber } from '../../../data/readers/decimal-number.js';

/**
 * The numbers in the first column of a table as text. Tabs, semicolons or commas separate, one of them in
 * the whole file; decimals may have a comma where it separates nothing. A first line without a number is
 * a header; blank lines are passed over.
 * @throws RangeError that names the line and its cell: empty, no number, or one number or two
 */
export function firstColumn(text: string): number[] {
  const lines = text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .map((line, at) => ({ line, at: at + 1 }))
    .filter(({ line }) => line.trim() !== '');
  const separator = ['\t', ';', ','].find((one) => lines.some(({ line }) => line.includes(one)));
  const rows = lines.map(({ line, at }) => {
    const [cell = ''] = separator === undefined ? [line] : line.split(separator);
    const plain = cell.trim().replace(/^"(.*)"$/, '$1');
    return { at, line, cell: plain, value: decimalNumber(plain) };
  });
  const data = rows.slice(Number.isNaN(rows[0]?.value) && rows[0]!.cell !== '' ? 1 : 0);
  const isOneOrTwo =
    separator === ',' && data.every(({ line }) => /^\s*[+-]?\d+,\d+\s*$/.test(line));
  return data.map(({ at, line, cell, value }) => {
    if (isOneOrTwo) {
      throw new RangeError(
        `line ${at}: '${line.trim()}' may be one number or two: write decimals with a point, or ` +
          'separate columns by semicolons',
      );
    }
    if (cell === '') throw new RangeError(`line ${at}: the first cell is empty`);
    if (Number.isNaN(value)) {
      throw new RangeError(`line ${at}: '${cell.slice(0, 40)}' in the first cell is no number`);
    }
    return value;
  });
}
