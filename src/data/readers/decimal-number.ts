/** A decimal number of a table, with a point or a comma; NaN for every other text. */
export const decimalNumber = (cell: string) =>
  /^[+-]?(\d+[.,]?\d*|[.,]\d+)(e[+-]?\d+)?$/i.test(cell) ? Number(cell.replace(',', '.')) : NaN;

/** What a table has in place of a number: a missing one, one in another spelling, a date. */
const data =
  /^(?:[^\p{L}]*\d[^\p{L}]*|[+\-−]?(?:nan|inf|infinity|∞)|na|n\/a|null|none|[-–—?.*]+|0x[\da-f]+)$/iu;

/** Whether a cell of the first line can be a heading: text that is no number, and stands for none. */
export const isHeading = (cell: string) =>
  cell !== '' && Number.isNaN(decimalNumber(cell)) && !data.test(cell);
