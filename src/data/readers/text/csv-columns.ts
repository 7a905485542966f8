import { CsvError } from 'csv-parse';
import { parse } from 'csv-parse/sync';
import { counted } from '../../../counted.js';
import { quoted } from '../../../visible.js';
import type { Notify } from '../notices.js';
import { splitTag } from '../../../metrics/chunks.js';
import { isTagName, isWordName, type ColumnRows } from './column-layout.js';
import { longestRow, notCsv } from './text-table.js';

/** The column that tells sentences apart: by a number in each row, or in the first row of each. */
const sentenceName = /^sent(?:ence)?s?(?:[ _-]?(?:#|id|no|num|number|idx|index))?$/i;

/**
 * The rows of column files that are CSV: a token a row. The first row may name the columns. A sentence begins
 * after blank rows, and where a column called sentence, sentence_id or Sentence # has another value.
 * @param notify told of sentences that come again
 * @throws DataError with file and line, for what is not CSV
 */
export function csvColumns(
  lines: readonly string[],
  source: string,
  delimiter: string,
  notify: Notify,
): ColumnRows {
  const rows: ColumnRows['rows'] = [];
  let header: ColumnRows['header'];
  let sentence = -1;
  let before: string | undefined;
  let afterBlank = true;
  const seen = new Set<string>();
  const again: string[] = [];
  let line = 1;
  const add = (record: string[], next: number) => {
    // A tab separates the cells of a row from here on.
    const cells = record.map((cell) => cell.replaceAll(/[\t\r\n]+/g, ' ').trim());
    if (rows.length === 0 && !header && isHeader(cells)) {
      header = { names: cells, line };
      sentence = cells.findIndex((name) => sentenceName.test(name));
    } else if (cells.every((cell) => cell === '')) {
      afterBlank = true;
    } else {
      const own = cells[sentence];
      const isOther = own !== undefined && own !== '' && own !== before;
      if (isOther) {
        if (seen.has(own)) again.push(`line ${line}: ${quoted(own)}`);
        seen.add((before = own));
      }
      rows.push({ text: cells.join('\t'), line, begins: afterBlank || isOther });
      afterBlank = false;
    }
    // The parser tells the line that a row ends in.
    line = next + 1;
  };
  try {
    parse(lines.map((text) => text.replace(/\r$/, '')).join('\n'), {
      ...{ delimiter, relaxColumnCount: true, maxRecordSize: longestRow },
      onRecord: (record: string[], { lines: next }) => {
        add(record, next);
        return null;
      },
    });
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    throw notCsv(source, error);
  }
  if (again.length > 0) {
    notify(
      `${source}, ${again[0]!} of column ${quoted(header!.names[sentence]!)} was there before, so it is with ` +
        `${counted(again.length, 'row')}: are the rows in order? Rows of one sentence stand together`,
    );
  }
  return { rows, header, split: (text) => text.split('\t') };
}

/** Whether a first row names columns: one of them as those of words or tags are called, and none is a tag. */
const isHeader = (cells: readonly string[]) =>
  cells.some((cell) => isWordName(cell) || isTagName(cell)) &&
  !cells.some((cell) => splitTag(cell));
