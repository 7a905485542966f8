import { Readable } from 'node:stream';
import { CsvError, parse, type Parser } from 'csv-parse';
import { parse as parseWhole } from 'csv-parse/sync';
import { counted } from '../../../counted.js';
import { DataError } from '../../../errors.js';
import type { Notify } from '../notices.js';
import { isBlank } from '../../text/blank.js';
import { quoted } from '../../../visible.js';
import { readLines } from './text-lines.js';

/** A column by its number, from 1, or by its name in the table's first row. */
export type TableColumn = number | string;

/** A row of a table, and the line that it begins in, from 1. */
interface Row {
  cells: readonly string[];
  line: number;
}

/**
 * Some columns of a table of text, row by row, in memory that does not grow with the file: values between
 * tabs, or, where the file's name ends in .csv, between commas; quoted as RFC 4180 has it, which a table with
 * tabs need not be. Plain or gzip; encodings are those of `readLines`.
 * @param columns which ones; where one has a name, the first row is the header
 * @param notify told how many blank rows are passed over, and where it is doubtful what is quoted
 * @throws DataError with file and line: a row that lacks a column, a name that the header does not have, and
 *   what a reader of CSV refuses
 */
export async function* readTable<Name extends string>(
  path: string,
  columns: Readonly<Record<Name, TableColumn>>,
  notify: Notify,
): AsyncGenerator<Record<Name, string> & { line: number }> {
  const names = Object.keys(columns) as Name[];
  const hasHeader = names.some((name) => typeof columns[name] === 'string');
  let at: Record<Name, number> | undefined;
  let blank = 0;
  for await (const { cells, line } of rowsOf(path, notify)) {
    if (cells.every(isBlank)) {
      blank++;
      continue;
    }
    if (!at) {
      at = placesOf(columns, cells, `${path}, line ${line}`);
      if (hasHeader) continue;
    }
    const row = { line } as Record<Name, string> & { line: number };
    for (const name of names) {
      const cell = cells[at[name]];
      if (cell === undefined) {
        throw new DataError(
          `${path}, line ${line}: ${counted(cells.length, 'column')}; expected at least ` +
            `${at[name] + 1}, separated by ${isCsv(path) ? 'commas' : 'tabs'}`,
        );
      }
      Object.assign(row, { [name]: cell });
    }
    yield row;
  }
  if (blank > 0)
    notify(`${path}: ${counted(blank, 'blank line')} ${blank === 1 ? 'is' : 'are'} passed over`);
}

/** A longer row is none: a quote was not closed. */
export const longestRow = 1_000_000;

/** Where the columns are, from 0, by the table's first row. */
function placesOf<Name extends string>(
  columns: Readonly<Record<Name, TableColumn>>,
  first: readonly string[],
  where: string,
): Record<Name, number> {
  const header = first.map((cell) => cell.trim());
  const places = Object.entries<TableColumn>(columns).map(([name, column]) => {
    if (typeof column === 'number') return [name, column - 1];
    const place = header.indexOf(column);
    if (place >= 0) return [name, place];
    throw new DataError(
      `${where}: no column is called ${quoted(column)}; the first row has ` +
        header.map((name) => quoted(name)).join(', '),
    );
  });
  return Object.fromEntries(places) as Record<Name, number>;
}

export const isCsv = (path: string) => /\.csv(\.gz)?$/i.test(path);

/** What a reader of CSV finds wrong; its message has the line. */
export const notCsv = (path: string, { message }: CsvError) =>
  new DataError(`${path}: not CSV: ${message}`);

/** What separates the cells of CSV, by the first line with any text: it need not be a comma. */
export function delimiterOf(lines: readonly string[]): ',' | ';' | '\t' | undefined {
  const first = lines.find((line) => !isBlank(line)) ?? '';
  const bare = first.replaceAll(/"(?:[^"]|"")*"/g, '');
  return (['\t', ...(bare.includes(',') ? [','] : [';'])] as (',' | ';' | '\t')[]).find((one) =>
    bare.includes(one),
  );
}

/** So many lines tell how a table is written. */
const telling = 100_000;

async function* rowsOf(path: string, notify: Notify): AsyncGenerator<Row> {
  const lines = readLines(path);
  // Read once, since it may be a pipe.
  const first: string[] = [];
  while (first.length < telling) {
    const next = await lines.next();
    if (next.done) break;
    first.push(next.value);
  }
  async function* all() {
    yield* first;
    yield* lines;
  }
  if (isCsv(path)) return yield* csvRows(path, all(), delimiterOf(first) ?? ',');
  if (isQuoted(path, first, notify)) return yield* csvRows(path, all(), '\t');
  let line = 0;
  for await (const text of all()) yield { cells: text.split('\t'), line: ++line };
}

/** A cell that begins with a quotation mark; one that is quoted as CSV has it, with a mark inside. */
const opened = /(?:^|\t)"/;
const quotedCell = /(?:^|\t)"(?:[^"\t]|"")*""(?:[^"\t]|"")*"(?=\t|$)/;

/**
 * Whether a table with tabs has quoted cells as CSV has them: it can be read so, with as many columns in every
 * row, and a quoted cell needs its quotes, or every cell has them. In others a quotation mark is text.
 */
function isQuoted(path: string, lines: readonly string[], notify: Notify): boolean {
  const filled = lines.filter((line) => !isBlank(line));
  if (!filled.some((line) => opened.test(line))) return false;
  let [bare, needed] = [0, 0];
  const cast = (cell: string, { quoting }: { quoting: boolean }) => {
    if (!quoting) bare++;
    else if (/["\n\t]/.test(cell)) needed++;
    return cell;
  };
  try {
    parseWhole(filled.join('\n'), { delimiter: '\t', cast });
    return needed > 0 || bare === 0;
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
  }
  const quotedLines = filled.filter((line) => quotedCell.test(line)).length;
  if (2 * quotedLines > filled.filter((line) => line.includes('"')).length) {
    notify(
      `${path}: ${counted(quotedLines, 'line has', 'lines have')} cells in quotes as CSV has them, but the file ` +
        'cannot be read as such: every quotation mark is taken for text',
    );
  }
  return false;
}

async function* csvRows(
  path: string,
  lines: AsyncIterable<string>,
  delimiter: string,
): AsyncGenerator<Row> {
  async function* ended() {
    for await (const line of lines) yield `${line}\n`;
  }
  const parser: Parser = parse({
    ...{ delimiter, relaxColumnCount: true, info: true },
    maxRecordSize: longestRow,
  });
  const source = Readable.from(ended());
  source.on('error', (error) => parser.destroy(error)).pipe(parser);
  let line = 0;
  try {
    for await (const { record, info } of parser as AsyncIterable<{
      record: string[];
      info: { lines: number };
    }>) {
      // A sentence is a line, whatever lines a cell has.
      const cells = record.map((cell) => cell.replaceAll('\n', ' '));
      // The parser tells the line that a row ends in.
      yield { cells, line: line + 1 };
      line = info.lines;
    }
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    throw notCsv(path, error);
  } finally {
    source.destroy();
  }
}
