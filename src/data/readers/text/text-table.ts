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
 * tabs, or, where the file's name ends in .csv, as `delimiterOf` finds; quoted as RFC 4180 has it, which a table with
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
  const { rows, separators } = await openTable(path, notify);
  for await (const { cells, line } of rows) {
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
            `${at[name] + 1}, separated by ${separators}`,
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

/**
 * Where the columns are, from 0, by the table's first row; capitals in names count only where they tell columns
 * apart.
 */
function placesOf<Name extends string>(
  columns: Readonly<Record<Name, TableColumn>>,
  first: readonly string[],
  where: string,
): Record<Name, number> {
  const header = first.map((cell) => cell.trim());
  const placeOf = (column: string): number => {
    const lower = (text: string) => text.toLowerCase();
    const same = [...header.keys()].filter((at) => lower(header[at]!) === lower(column));
    const equal = same.filter((at) => header[at] === column);
    const [place, ...others] = equal.length > 0 ? equal : same;
    const names = header.map((name) => quoted(name)).join(', ');
    if (place === undefined) {
      throw new DataError(
        `${where}: no column is called ${quoted(column)}; the first row has ${names}`,
      );
    }
    if (others.length === 0) return place;
    throw new DataError(
      `${where}: ${counted(others.length + 1, 'column')} are called ${quoted(column)}: choose one by its number, ` +
        `from 1, among ${names}`,
    );
  };
  const places = Object.entries<TableColumn>(columns).map(
    ([name, column]) => [name, typeof column === 'number' ? column - 1 : placeOf(column)] as const,
  );
  places.forEach(([name, place], at) => {
    const [other] = places.slice(0, at).find(([, before]) => before === place) ?? [];
    if (other === undefined) return;
    throw new DataError(
      `${where}: column ${place + 1} would be both the ${other} and the ${name}: name two by ` +
        `--columns ${other}=2,${name}=1`,
    );
  });
  return Object.fromEntries(places) as Record<Name, number>;
}

/** Whether a file's name says that it is CSV. */
export const isCsv = (path: string) => /\.csv(\.gz)?$/i.test(path);

/** What a reader of CSV finds wrong, by its code. */
const csvFaults: Partial<Record<CsvError['code'], string>> = {
  CSV_QUOTE_NOT_CLOSED: 'a quotation mark opens a cell and none closes it',
  INVALID_OPENING_QUOTE: 'a quotation mark within a cell that does not begin with one',
  CSV_INVALID_CLOSING_QUOTE: 'text after the quotation mark that closes a cell',
  CSV_MAX_RECORD_SIZE: `a row of over ${longestRow.toLocaleString('en')} characters: is a quotation mark not closed?`,
};

/** The error for it: `line` is the one that its row begins in. */
export const notCsv = (path: string, line: number, { code, message }: CsvError) =>
  new DataError(
    `${path}, line ${line}: not CSV: ${csvFaults[code] ?? message}; a cell with a separator, a line break or a ` +
      'quotation mark stands in quotation marks, and has its own twice: "say ""so"""',
  );

/** What separates the cells of CSV, and what messages call it. */
const separatorNames = { '\t': 'tabs', ',': 'commas', ';': 'semicolons' };
export type Delimiter = keyof typeof separatorNames;

/** So many lines tell what separates the cells of CSV. */
const separating = 1000;

/**
 * What separates the cells of CSV, which need not be a comma: what cuts most lines into rows of one width, of two
 * columns or more. Undefined where nothing does.
 */
export function delimiterOf(lines: readonly string[]): Delimiter | undefined {
  const text = lines.slice(0, separating).join('\n');
  const delimiters = Object.keys(separatorNames) as Delimiter[];
  const found = delimiters.map((delimiter) => ({ delimiter, fit: fitOf(text, delimiter) }));
  const [best] = found.sort((a, b) => b.fit - a.fit);
  return best!.fit > 0 ? best!.delimiter : undefined;
}

/** How many lines are in rows of the commonest width; 0 where that is one column. */
function fitOf(text: string, delimiter: Delimiter): number {
  const linesOfWidth = new Map<number, number>();
  let before = 0;
  try {
    parseWhole(text, {
      ...{ delimiter, relaxColumnCount: true, maxRecordSize: longestRow },
      onRecord: (cells: string[], { lines }) => {
        const own = linesOfWidth.get(cells.length) ?? 0;
        if (!cells.every(isBlank)) linesOfWidth.set(cells.length, own + lines - before);
        before = lines;
        return null;
      },
    });
  } catch (error) {
    // The rows before it tell.
    if (!(error instanceof CsvError)) throw error;
  }
  const [[width, fit] = [1, 0]] = [...linesOfWidth].sort(([, a], [, b]) => b - a);
  return width > 1 ? fit : 0;
}

/** So many lines tell whether a table is quoted. */
const telling = 100_000;

async function openTable(
  path: string,
  notify: Notify,
): Promise<{ rows: AsyncIterable<Row>; separators: string }> {
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
  const delimiter = isCsv(path) ? (delimiterOf(first) ?? ',') : '\t';
  const rows =
    isCsv(path) || isQuoted(path, first, notify)
      ? csvRows(path, all(), delimiter)
      : plainRows(path, all(), notify);
  return { rows, separators: separatorNames[delimiter] };
}

/** The rows of a table with tabs in which a quotation mark is text. */
async function* plainRows(
  path: string,
  lines: AsyncIterable<string>,
  notify: Notify,
): AsyncGenerator<Row> {
  let line = 0;
  let [withMarks, quotedLines, firstQuoted] = [0, 0, 0];
  for await (const text of lines) {
    line++;
    if (line > telling && text.includes('"')) {
      withMarks++;
      if (quotedCell.test(text)) {
        quotedLines++;
        firstQuoted ||= line;
      }
    }
    yield { cells: text.split('\t'), line };
  }
  if (2 * quotedLines > withMarks) {
    notify(
      `${path}: ${counted(quotedLines, 'line has', 'lines have')} cells in quotes as CSV has them, the first is ` +
        `line ${firstQuoted}, so late that they were not looked for: every quotation mark is taken for text`,
    );
  }
}

/** A line with a cell that begins with a quotation mark. */
const opened = /(?:^|\t)"/;
/** With one that is quoted as CSV has it, with a mark inside, which is there twice. */
const quotedCell = /(?:^|\t)"(?:[^"\t]|"")*""(?:[^"\t]|"")*"(?=\t|$)/;
/** With one that begins and ends with a mark. */
const enclosed = /(?:^|\t)"[^\t]+"(?=\t|$)/;

/** What programs write without quotes where they quote every text: numbers, and what is missing. */
const isNoText = (cell: string) => cell === 'NA' || !Number.isNaN(Number(cell.replace(',', '.')));

/**
 * Whether a table with tabs has quoted cells as CSV has them: it can be read so, with as many columns in every
 * row, and a quoted cell needs its quotes, or all text has them. In others a quotation mark is text.
 */
function isQuoted(path: string, lines: readonly string[], notify: Notify): boolean {
  const filled = lines.filter((line) => !isBlank(line));
  if (!filled.some((line) => opened.test(line))) return false;
  let [bare, needed] = [0, 0];
  const cast = (cell: string, { quoting }: { quoting: boolean }) => {
    if (quoting && /["\n\t]/.test(cell)) needed++;
    if (!quoting && !isNoText(cell)) bare++;
    return cell;
  };
  const isSo = () => needed > 0 || bare === 0;
  try {
    parseWhole(filled.join('\n'), { delimiter: '\t', cast });
    return isSo();
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    // The lines that tell may end within a cell.
    if (error.code === 'CSV_QUOTE_NOT_CLOSED' && lines.length === telling && isSo()) return true;
  }
  const withMarks = filled.filter((line) => line.includes('"')).length;
  const quotedLines = filled.filter((line) => quotedCell.test(line)).length;
  const enclosedLines = filled.filter((line) => enclosed.test(line)).length;
  if (2 * quotedLines > withMarks || 2 * enclosedLines > filled.length) {
    notify(
      `${path}: ${counted(enclosedLines, 'line has', 'lines have')} cells in quotes, but ` +
        'the file cannot be read as CSV: every quotation mark is taken for text',
    );
  }
  return false;
}

async function* csvRows(
  path: string,
  lines: AsyncIterable<string>,
  delimiter: Delimiter,
): AsyncGenerator<Row> {
  async function* ended() {
    for await (const line of lines) yield `${line}\n`;
  }
  let line = 1;
  /** The lines that rows begin in which are parsed and not yielded. */
  const begun: number[] = [];
  const parser: Parser = parse({
    ...{ delimiter, relaxColumnCount: true, maxRecordSize: longestRow },
    onRecord: (record: string[], { lines: end }) => {
      begun.push(line);
      line = end + 1;
      return record;
    },
  });
  const source = Readable.from(ended());
  source.on('error', (error) => parser.destroy(error)).pipe(parser);
  try {
    for await (const record of parser as AsyncIterable<string[]>) {
      // A sentence is a line, whatever lines a cell has.
      const cells = record.map((cell) => cell.replaceAll('\n', ' '));
      yield { cells, line: begun.shift()! };
    }
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    throw notCsv(path, line, error);
  } finally {
    source.destroy();
  }
}
