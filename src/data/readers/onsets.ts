import { parse } from 'csv-parse/sync';
import { counted } from '../../counted.js';
import { DataError } from '../../errors.js';
import { quoted } from '../../visible.js';
import { decimalNumber, isHeading } from './decimal-number.js';
import type { Notify } from './notices.js';
import { readLines } from './text/text-lines.js';

/** The headings by which the column of onsets is known, in lower case: the first that is there. */
const headings = [
  ...['onset_seconds', 'onset_time', 'onset', 'onsets', 'start_seconds', 'start_time', 'start'],
  ...['begin', 'time', 'times', 'seconds'],
];

/** In a heading: other units than seconds. */
const otherUnits =
  /(?:^|[^\p{L}])(?:ms|msecs?|milliseconds?|samples?|frames?|ticks?|beats?|bars?|measures?|min|minutes?)(?:[^\p{L}]|$)/iu;
/** Headings of other numbers than onsets. */
const otherNumbers = /^\s*(?:events?|index|numbers?|pitch|midi|durations?|ends?|offsets?)\s*$/i;

/** Labels are set by hand, and files are cut: an onset may lie this far outside the recording. */
const toleranceSeconds = 0.1;

interface Row {
  line: number;
  cells: string[];
}

export interface KnownOnsets {
  /** Seconds, ascending. */
  onsets: Float64Array;
  /** Of each onset, where a column is called event and holds whole numbers. */
  numbers?: { line: number; event: number }[];
}

/**
 * Makes sure that numbered onsets are those of the score's events, which count from 0 or from 1.
 * @param events the numbers of the score's events that are played, from 0
 * @throws DataError that names the first line that is not
 */
export function checkNumbers(
  { numbers = [] }: KnownOnsets,
  events: readonly number[],
  path: string,
): void {
  const first = numbers[0] && numbers[0].event - events[0]! === 1 ? 1 : 0;
  const wrong = numbers.findIndex(({ event }, at) => event !== events[at]! + first);
  if (wrong < 0) return;
  throw new DataError(
    `${path}, line ${numbers[wrong]!.line}: event ${numbers[wrong]!.event}, where event ` +
      `${events[wrong]! + first} is expected: there must be a row for each event, in the order in which they are played`,
  );
}

/**
 * The onsets of a recording in seconds, one for each event of its score: a number a line, or a column
 * of text that tabs, semicolons, commas or spaces separate, one of them in the whole file. A first line
 * without numbers is a header, which tells the column by one of `headings`. Without one there may be
 * but one column of numbers, or the begin, end and text of a label track (Audacity). Decimals may have a
 * comma where it separates nothing. Blank lines and those that begin with # are passed over.
 * @param endSeconds when the recording ends
 * @param notify told of onsets that are the same
 * @throws DataError that names the line: no number, other cells than above, an onset before the one
 *   above it or outside the recording; for columns of which none is known to be that of onsets, or the
 *   only one is in another unit by its heading
 */
export async function readOnsets(
  path: string,
  endSeconds: number,
  notify?: Notify,
): Promise<KnownOnsets> {
  const rows = await readRows(path);
  const [first] = rows;
  if (first && /^[[{]/.test(first.cells[0]!)) {
    throw new DataError(
      `${path}, line ${first.line}: begins as JSON does: expected is a number a line, a table or a label track`,
    );
  }
  const begin = rows[0]?.cells ?? [];
  const isHeader =
    begin.every((cell) => Number.isNaN(decimalNumber(cell))) && begin.some(isHeading);
  const [head, data] = isHeader ? [rows[0]!, rows.slice(1)] : [undefined, rows];
  if (data.length === 0) throw new DataError(`${path}: no onset: expected is a number a line`);
  const width = rows[0]!.cells.length;
  const uneven = rows.find(({ cells }) => cells.length !== width);
  if (uneven) {
    throw new DataError(
      `${path}, line ${uneven.line}: ${counted(uneven.cells.length, 'cell')}, where line ` +
        `${rows[0]!.line} has ${width}`,
    );
  }
  const mixed = data.find(({ cells }) => cells.some((cell) => /^\d[\d.]*;[\d.,]+$/.test(cell)));
  if (mixed) {
    throw new DataError(
      `${path}, line ${mixed.line}: ; separates here, and not in line ${rows[0]!.line}: expected is ` +
        'one separator in the whole file',
    );
  }
  const column = columnOf(head?.cells, data, path);
  const onsets: number[] = [];
  const same = { count: 0, line: 0 };
  for (const { line, cells } of data) {
    const where = `${path}, line ${line}`;
    const onset = decimalNumber(cells[column]!);
    if (Number.isNaN(onset)) {
      throw new DataError(
        `${where}: ${quoted(cells[column])} in column ${column + 1} is no number: ` +
          'expected are onsets in seconds, one for each event of the score',
      );
    }
    const before = onsets.at(-1) ?? -toleranceSeconds;
    if (onset < before) {
      throw new DataError(
        onsets.length > 0
          ? `${where}: the onset ${onset} s is before the one above it, ${before} s`
          : `${where}: the onset ${onset} s is before the recording begins`,
      );
    }
    if (onset > endSeconds + toleranceSeconds) {
      throw new DataError(
        `${where}: the onset ${onset} s is after the end of the recording at ` +
          `${Number(endSeconds.toFixed(3))} s: are these its onsets, in seconds?`,
      );
    }
    if (onset === onsets.at(-1)) {
      same.line ||= line;
      same.count++;
    }
    onsets.push(onset);
  }
  if (same.count > 0) {
    notify?.(
      `${path}: ${counted(same.count, 'onset')} ${same.count === 1 ? 'is' : 'are'} the same as the one above, ` +
        `the first in line ${same.line}: events follow each other, notes at once are one event`,
    );
  }
  const numbers = eventNumbers(head?.cells, data);
  return { onsets: Float64Array.from(onsets), ...(numbers && { numbers }) };
}

/** What a column of events says, as `align file` writes it. */
function eventNumbers(
  head: readonly string[] | undefined,
  data: readonly Row[],
): KnownOnsets['numbers'] {
  const column = head?.findIndex((heading) => plainHeading(heading) === 'event') ?? -1;
  if (column < 0 || !data.every(({ cells }) => /^\d+$/.test(cells[column]!))) return undefined;
  return data.map(({ line, cells }) => ({ line, event: Number(cells[column]) }));
}

/** The second line of a label of Audacity, where one selected frequencies, too. */
const isFrequencies = (text: string) => text.startsWith('\\\t');

/** The lines that have something in them, cut by the separator that the first of them shows. */
async function readRows(path: string): Promise<Row[]> {
  const lines: { line: number; text: string }[] = [];
  let line = 0;
  for await (const text of readLines(path)) {
    line++;
    const isData = text.trim() !== '' && !text.startsWith('#') && !isFrequencies(text);
    if (isData) lines.push({ line, text });
  }
  const [first, second] = lines.map(({ text }) => text);
  const separator = ['\t', ';', ','].find((one) => cellsOf(first ?? '', one).length > 1) ?? ' ';
  // Words over lines of one cell are one heading.
  const isPhrase = separator === ' ' && second !== undefined && cellsOf(second, ' ').length === 1;
  return lines
    .map(({ line, text }, at) => ({
      line,
      cells: at === 0 && isPhrase ? [text.trim()] : cellsOf(text, separator),
    }))
    .filter(({ cells }) => cells.some((cell) => cell !== ''));
}

/** The cells of a line, without their quotes; a quote that is not closed is a character as any other. */
function cellsOf(text: string, separator: string): string[] {
  const line = separator === ' ' ? text.trim().replace(/\s+/g, ' ') : text;
  const options = { delimiter: separator, relax_quotes: true, relax_column_count: true };
  try {
    const [cells] = parse(line, options) as string[][];
    return (cells ?? ['']).map((cell) => cell.trim());
  } catch {
    return line.split(separator).map((cell) => cell.trim());
  }
}

/** @throws DataError where several columns may be it */
function columnOf(head: readonly string[] | undefined, data: readonly Row[], path: string): number {
  const names = head?.map(plainHeading) ?? [];
  const known = headings.find((name) => names.includes(name));
  if (known !== undefined) return names.indexOf(known);
  if (!head && isLabelTrack(data)) return 0;
  const [first] = data as [Row, ...Row[]];
  const clock = first.cells.find((cell) => /^\d+:[0-5]\d(?![^:.,])/.test(cell));
  if (clock !== undefined) {
    throw new DataError(
      `${path}, line ${first.line}: ${quoted(clock)} has minutes: expected are seconds alone, 62.5 for 1:02.5`,
    );
  }
  const numeric = first.cells.flatMap((cell, at) =>
    Number.isNaN(decimalNumber(cell)) ? [] : [at],
  );
  if (numeric.length > 1) {
    throw new DataError(
      `${path}, line ${first.line}: ${counted(numeric.length, 'column')} of numbers, of which none is ` +
        `known to be that of the onsets: give the columns a header with one of ${headings.join(', ')}; ` +
        'decimals have a point where commas separate',
    );
  }
  const column = numeric[0] ?? 0;
  const heading = head?.[column] ?? '';
  if (
    otherNumbers.test(heading) ||
    (otherUnits.test(heading) && !/\bs(?:ec(?:onds)?)?\b/i.test(heading))
  ) {
    throw new DataError(
      `${path}: by its heading ${quoted(heading)}, the only column of numbers holds no onsets in seconds: ` +
        `expected is a column under one of ${headings.join(', ')}`,
    );
  }
  return column;
}

/** Onset (s), Start time, "start-time" → onset, start_time. */
const plainHeading = (heading: string) =>
  heading
    .toLowerCase()
    .replace(/\s*[([](s|sec|seconds)[)\]]$/, '')
    .replace(/[\s-]+/g, '_');

/** Begin, end and text. Times have decimals, numbers of events and notes have none. */
const isLabelTrack = (data: readonly Row[]) =>
  data.every(({ cells: [begin = '', end = '', ...text] }) => {
    const hasDecimals = [begin, end].every((cell) => /^-?\d+[.,]\d+$/.test(cell));
    return text.length === 1 && hasDecimals && decimalNumber(begin) <= decimalNumber(end);
  });
