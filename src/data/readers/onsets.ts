import { DataError } from '../../errors.js';
import { quoted } from '../../visible.js';
import { readLines } from './text-lines.js';

/** The names by which a header tells the column of onsets. */
const headings = /^(onset_seconds|onset|onsets|time|seconds|start)$/i;

/**
 * The onsets of a recording in seconds, one for each event of its score: a number a line, or a column
 * of CSV, tab- or space-separated text. A first line without numbers is a header: the column is called
 * onset_seconds (as `align file` writes it), onset, time, seconds or start, else it is the first. Blank
 * lines and those that begin with # are passed over.
 * @throws DataError that names the line: no number, or an onset before the one above it
 */
export async function readOnsets(path: string): Promise<Float64Array> {
  const onsets: number[] = [];
  let column = 0;
  let line = 0;
  let first = true;
  for await (const text of readLines(path)) {
    line++;
    if (text.trim() === '' || text.startsWith('#')) continue;
    const cells = text.trim().split(/\s*[,;\t]\s*|\s+/);
    const isHeader = first && cells.every((cell) => Number.isNaN(numberOf(cell)));
    first = false;
    if (isHeader) {
      column = Math.max(
        0,
        cells.findIndex((cell) => headings.test(cell)),
      );
      continue;
    }
    const onset = numberOf(cells[column] ?? '');
    if (Number.isNaN(onset)) {
      throw new DataError(
        `${path}, line ${line}: ${quoted(cells[column] ?? '')} in column ${column + 1} is no number: ` +
          'expected are onsets in seconds, one for each event of the score',
      );
    }
    const before = onsets.at(-1) ?? -Infinity;
    if (onset < before) {
      throw new DataError(
        `${path}, line ${line}: the onset ${onset} s is before the one above it, ${before} s`,
      );
    }
    onsets.push(onset);
  }
  if (onsets.length === 0) throw new DataError(`${path}: no onset: expected is a number a line`);
  return Float64Array.from(onsets);
}

const numberOf = (cell: string) =>
  /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(cell) ? Number(cell) : NaN;
