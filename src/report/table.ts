import { markdownTable } from 'markdown-table';
import { screenWidth } from '../terminal.js';
import { visible } from '../visible.js';
import { displayWidth, wrapped } from '../wrap.js';
import { fewerColumns, gridText, turnedText } from './fit-table.js';

/** One column of a table: numbers are set to the right, words to the left. */
export interface Column {
  heading: string;
  align?: 'left' | 'right';
  /** Where the screen is too narrow, columns of a higher rank are left out first; 0 stays. */
  rank?: number;
}

/** A table of finished text; every row has a cell for each column. */
export interface Table {
  caption?: string;
  /** A bare string is a column set to the left. */
  columns: readonly (Column | string)[];
  rows: readonly (readonly string[])[];
  /** Sentences below the table: what ± means, where a number comes from. */
  notes?: readonly string[];
  /** Its cells are Markdown already; otherwise they are text, which Markdown is to show as it is. */
  marked?: boolean;
}

/** A column of numbers. */
export const right = (heading: string): Column => ({ heading, align: 'right' });

/** A share between 0 and 1: '88.8 %'. */
export const percent = (share: number) => `${(100 * share).toFixed(1)} %`;

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
 * The mean of some values with their sample standard deviation (n − 1), of which a single value has
 * none; '–' for no values.
 */
export function formatSample(values: readonly number[], { digits = 2 } = {}): string {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  if (values.length < 2) return formatSpread({ mean }, { digits });
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return formatSpread({ mean, deviation: Math.sqrt(squares / (values.length - 1)) }, { digits });
}

/**
 * The table as GitHub-flavoured Markdown: caption, table, notes.
 * @throws RangeError for a row with more or fewer cells than there are columns
 */
export function tableToMarkdown(table: Table): string {
  const { caption, notes = [], marked = false } = table;
  const columns = checkedColumns(table);
  const cells = [columns.map(({ heading }) => heading), ...table.rows];
  const text = markdownTable(
    cells.map((row) => row.map((cell) => escapeCell(marked ? cell : escapeText(cell)))),
    {
      align: columns.map(({ align }) => align),
      stringLength: displayWidth,
    },
  );
  return [...(caption ? [`**${escapeText(caption)}**`] : []), text, ...notes].join('\n\n');
}

/** No line is broken to fit into fewer characters. */
const narrowest = 10;

/**
 * The table for a terminal: aligned columns under a rule, no other lines. Control characters in cells
 * and caption are shown: a line break in a name makes no row.
 * @param limit of the screen's width, in characters; never below 10. What is wider has fewer columns, as their ranks say, then
 *   broken lines in its columns of words, then a column for each row
 * @throws RangeError for a row with more or fewer cells than there are columns
 */
export function tableToText(table: Table, limit = Infinity): string {
  const { caption } = table;
  const width = Math.max(narrowest, limit);
  const columns = checkedColumns(table).map((column, at) => ({
    ...column,
    heading: visible(column.heading),
    cells: table.rows.map((row) => visible(row[at]!)),
  }));
  const { kept, left } = fewerColumns(columns, width);
  const notes = (table.notes ?? []).map(visible);
  if (left.length > 0) notes.push(`Not shown for want of width: ${left.join(', ')}.`);
  return [
    ...(caption ? [wrapped(visible(caption), width).join('\n')] : []),
    gridText(kept, width) ?? turnedText(kept, width),
    ...(notes.length > 0 ? [notes.flatMap((note) => wrapped(note, width)).join('\n')] : []),
  ].join('\n\n');
}

/** `tableToText` as wide as the screen that results go to. */
export const screenTable = (table: Table) => tableToText(table, screenWidth());

/** The columns with their alignment, once every row is known to fill them. */
export function checkedColumns({ columns, rows }: Table): Required<Column>[] {
  rows.forEach((row, index) => {
    if (row.length !== columns.length) {
      throw new RangeError(
        `row ${index} has ${row.length} cells: the table has ${columns.length} columns`,
      );
    }
  });
  return columns.map((column) => ({
    ...{ align: 'left', rank: 0 },
    ...(typeof column === 'string' ? { heading: column } : column),
  }));
}

/**
 * Names are anyone's: what Markdown would take for a tag, an entity, code, emphasis, a link or an
 * escape is escaped; snake_case and a lone < are none.
 */
function escapeText(text: string): string {
  return text.replace(
    /[\\`*~]|<(?=[a-z/!?])|&(?=#?\w+;)|\[(?=[^\]]*\]\()|(?<!\w)_|_(?!\w)/gi,
    (mark) => `\\${mark}`,
  );
}

/** A bar would end the cell, a line break the row. */
function escapeCell(text: string): string {
  return visible(text.replaceAll('|', '\\|').replace(/\s*\n\s*/g, ' '));
}
