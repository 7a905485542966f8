/** A decimal number of a table, with a point or a comma; NaN for every other text. */
export const decimalNumber = (cell: string) =>
  /^[+-]?(\d+[.,]?\d*|[.,]\d+)(e[+-]?\d+)?$/i.test(cell) ? Number(cell.replace(',', '.')) : NaN;
