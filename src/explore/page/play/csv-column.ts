import { decimalNumber, isHeading } from '../../../data/readers/decimal-number.js';

/**
 * The text of a table: UTF-16 by its mark, as spreadsheets write it, else UTF-8.
 * @throws RangeError for what is no text
 */
export function tableText(bytes: Uint8Array): string {
  const [first, second] = bytes;
  const isLittle = first === 0xff && second === 0xfe;
  const isBig = first === 0xfe && second === 0xff;
  const text = new TextDecoder(isLittle ? 'utf-16le' : isBig ? 'utf-16be' : 'utf-8').decode(bytes);
  if (!text.includes('\0')) return text;
  throw new RangeError('it is no text, or UTF-16 without its byte-order mark');
}

/** Lines of single numbers, if that is how commas are meant: 0,5 and 1; or 1,234.5 and 999. */
const singleNumbers = [/^\s*[+-]?\d+(,\d+)?\s*$/, /^\s*[+-]?\d{1,3}(,\d{3})*(\.\d+)?\s*$/];

/**
 * The numbers in the first column of a table as text. Tabs, semicolons or commas separate, one of them in
 * the whole file; decimals may have a comma where it separates nothing. A first line without a number is
 * a header; blank lines are passed over.
 * @throws RangeError that names the line and its cell: empty, no number, or one number or two; and for a
 *   table without numbers
 */
export function firstColumn(text: string): number[] {
  const lines = text
    .replace(/^\uFEFF/, '')
    .split(/\r\n?|\n/)
    .map((line, at) => ({ line, at: at + 1 }))
    .filter(({ line }) => line.trim() !== '');
  const separator = ['\t', ';', ','].find((one) => lines.some(({ line }) => line.includes(one)));
  const rows = lines.map(({ line, at }) => {
    const [cell = ''] = separator === undefined ? [line] : line.split(separator);
    const plain = cell.trim().replace(/^"(.*)"$/, '$1');
    return { at, line, cell: plain, value: decimalNumber(plain) };
  });
  const data = rows.slice(isHeading(rows[0]?.cell ?? '') ? 1 : 0);
  if (data.length === 0) throw new RangeError('there is no number in it');
  const withComma = separator === ',' ? data.find(({ line }) => line.includes(',')) : undefined;
  if (withComma && singleNumbers.some((one) => data.every(({ line }) => one.test(line)))) {
    const { at, line } = withComma;
    throw new RangeError(
      `line ${at}: '${line.trim()}' may be one number or two: write decimals with a point, or ` +
        'separate columns by semicolons',
    );
  }
  return data.map(({ at, cell, value }) => {
    if (cell === '') throw new RangeError(`line ${at}: the first cell is empty`);
    if (Number.isNaN(value)) {
      throw new RangeError(`line ${at}: '${cell.slice(0, 40)}' in the first cell is no number`);
    }
    return value;
  });
}
