import { CsvError } from 'csv-parse';
import { parse } from 'csv-parse/sync';
import { counted } from '../../../counted.js';
import { quoted } from '../../../visible.js';
import type { Notify } from '../notices.js';
import { splitTag } from '../../../metrics/chunks.js';
import {
  isSentenceName,
  isTagName,
  isWordName,
  type ColumnChoice,
  type ColumnRows,
} from './column-layout.js';
import { longestRow, notCsv } from './text-table.js';

/**
 * The rows of column files that are CSV: a token a row. The first row may name the columns, and does where
 * `choice` goes by names. A sentence begins after blank rows and -DOCSTART-, and where a column called sentence,
 * sentence_id, Sentence # or doc_id has another value, in each row or in the first one of each sentence.
 * @param notify told of sentences that come again, and of line breaks in cells
 * @throws DataError with file and line, for what is not CSV
 */
export function csvColumns(
  lines: readonly string[],
  source: string,
  delimiter: string,
  { choice, notify }: { choice: ColumnChoice; notify: Notify },
): ColumnRows {
  const rows: ColumnRows['rows'] = [];
  let header: ColumnRows['header'];
  const hasHeader = [choice.word, choice.tag].some((column) => typeof column === 'string');
  /** The last value of each column that tells sentences apart, by its place. */
  const sentence = new Map<number, string>();
  let afterBlank = true;
  const seen = new Set<string>();
  const again: string[] = [];
  const broken: number[] = [];
  let line = 1;
  const add = (record: string[], next: number) => {
    // A tab separates the cells of a row from here on.
    const cells = record.map((cell) => cell.replaceAll(/[\t\r\n]+/g, ' ').trim());
    if (cells.every((cell) => cell === '') || cells.some((cell) => cell.startsWith('-DOCSTART-'))) {
      afterBlank = true;
    } else if (rows.length === 0 && !header && (hasHeader || isHeader(cells))) {
      header = { names: cells, line };
      cells.forEach((name, at) => {
        if (isSentenceName(name)) sentence.set(at, '');
      });
    } else {
      let isOther = false;
      for (const [at, before] of sentence) {
        const own = cells[at] || before;
        isOther ||= own !== before;
        sentence.set(at, own);
      }
      if (isOther) {
        const own = [...sentence.values()].join(', ');
        if (seen.has(own)) again.push(`line ${line}: ${quoted(own)}`);
        seen.add(own);
      }
      if (record.some((cell) => cell.includes('\n'))) broken.push(line);
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
    throw notCsv(source, line, error);
  }
  if (broken.length > 0) {
    notify(
      `${source}, line ${broken[0]!}: ${counted(broken.length, 'row')} with a line break within a cell: is a word a ` +
        'lone quotation mark? CSV has it in quotes and twice: """"',
    );
  }
  if (again.length > 0) {
    const names = [...sentence.keys()].map((at) => quoted(header!.names[at]!));
    notify(
      `${source}, ${again[0]!} of column ${names.join(', ')} was there before, so it is with ` +
        `${counted(again.length, 'row')}: are the rows in order? Rows of one sentence stand together`,
    );
  }
  return { rows, header, split: (text) => text.split('\t') };
}

/** Whether a first row names columns: one of them as those of words or tags are called, and none is a tag. */
const isHeader = (cells: readonly string[]) =>
  cells.some((cell) => isWordName(cell) || isTagName(cell)) &&
  !cells.some((cell) => splitTag(cell));
