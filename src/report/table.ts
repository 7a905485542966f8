import { markdownTable } from 'markdown-table';
import { visible } from '../visible.js';

/** One column of a table: numbers are set to the right, words to the left. */
export interface Column {
  heading: string;
  align?: 'left' | 'right';
}

/** A table of finished text; every row has a cell for each column. */
export interface Table {
  caption?: string;
  /** A bare string is a column set to the left. */
  columns: readonly (Column | string)[];
  rows: readonly (readonly string[])[];
  /** Sentences below the table: what ± means, where a number comes from. */
  notes?: readonly string[];
}

/** A mean with its standard deviation; without one, the source gave none. */
export interface MeanAndDeviation {
  mean: number;
  deviation?: number;
}

/**
 * '1.26 ± 0.64', or '14.64' without a deviation; '–' for a mean that is not a number, also where
 * JSON made null of it.
 * @param scale multiplies both: 100 for shares in per cent
 */
export function formatSpread(
  { mean, deviation }: MeanAndDeviation,
  { digits = 2, scale = 1 }: { digits?: number; scale?: number } = {},
): string {
  if (typeof mean !== 'number' || Number.isNaN(mean)) return '–';
  const fixed = (value: number) => (value * scale).toFixed(digits);
  return deviation === undefined ? fixed(mean) : `${fixed(mean)} ± ${fixed(deviation)}`;
}

/**
 * The table as GitHub-flavoured Markdown: caption, table, notes.
 * @throws RangeError for a row with more or fewer cells than there are columns
 */
export function tableToMarkdown(table: Table): string {
  const { caption, notes = [] } = table;
  const columns = checkedColumns(table);
  const cells = [columns.map(({ heading }) => heading), ...table.rows];
  const text = markdownTable(
    cells.map((row) => row.map(escapeCell)),
    {
      align: columns.map(({ align }) => align),
      stringLength: displayWidth,
    },
  );
  return [...(caption ? [`**${caption}**`] : []), text, ...notes].join('\n\n');
}

/**
 * The table for a terminal: aligned columns under a rule, no other lines. Control characters in cells
 * and caption are shown: a line break in a name makes no row.
 * @throws RangeError for a row with more or fewer cells than there are columns
 */
export function tableToText(table: Table): string {
  const { caption, notes = [] } = table;
  const columns = checkedColumns(table);
  const headings = columns.map(({ heading }) => visible(heading));
  const rows = table.rows.map((row) => row.map(visible));
  const widths = columns.map((_, column) =>
    Math.max(...[headings, ...rows].map((row) => displayWidth(row[column]!))),
  );
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => {
        const padding = ' '.repeat(widths[column]! - displayWidth(cell));
        return columns[column]!.align === 'right' ? padding + cell : cell + padding;
      })
      .join('  ')
      .trimEnd();
  const rule = widths.map((width) => '─'.repeat(width)).join('  ');
  const body = [line(headings), rule, ...rows.map(line)].join('\n');
  const above = caption ? [visible(caption)] : [];
  return [...above, body, ...(notes.length ? [notes.map(visible).join('\n')] : [])].join('\n\n');
}

/** The columns with their alignment, once every row is known to fill them. */
export function checkedColumns({ columns, rows }: Table): Required<Column>[] {
  rows.forEach((row, index) => {
    if (row.length !== columns.length) {
      throw new RangeError(
        `row ${index} has ${row.length} cells: the table has ${columns.length} columns`,
      );
    }
  });
  return columns.map((column) =>
    typeof column === 'string' ? { heading: column, align: 'left' } : { align: 'left', ...column },
  );
}

/** A bar would end the cell, a line break the row. */
function escapeCell(text: string): string {
  return visible(text.replaceAll('|', '\\|').replace(/\s*\n\s*/g, ' '));
}

/** Characters, not UTF-16 units: what a terminal counts. */
function displayWidth(text: string): number {
  return [...text].length;
}
