import { counted } from '../../../counted.js';
import { DataError } from '../../../errors.js';
import { isBlank } from '../../text/blank.js';
import { isLanguage } from '../../text/language-names.js';
import { quoted } from '../../../visible.js';
import type { Notify } from '../notices.js';
import type { SeededRandom } from '../../../random.js';
import { readLines } from './text-lines.js';
import { readTable, type TableColumn } from './text-table.js';

/** A sentence and its translation, as text. */
export interface SentencePair {
  source: string;
  target: string;
}

/** Where parallel text is: a sentence a line in two files, or two columns of one table. */
export type ParallelFiles =
  | { source: string; target: string }
  | { table: string; columns: Record<'source' | 'target', TableColumn> };

/** What errors and notices call it. */
export const nameOf = (files: ParallelFiles) =>
  'table' in files ? files.table : `${files.source} and ${files.target}`;

/**
 * Reads parallel text as a stream, in memory that does not grow with the files. A file that begins
 * as gzip does is read as such; lines and encodings are those of `readLines`.
 * @param notify told how many pairs lack a side: they are given all the same, so that a test set keeps its
 *   numbers
 * @param use what the pairs are for: says what becomes of those that lack a side
 * @throws DataError when a file is missing, damaged or not UTF-8, when the two files have different
 *   numbers of lines (with both), or a row of a table lacks a column
 */
export async function* readPairs(
  files: ParallelFiles,
  notify: Notify = () => undefined,
  use: PairUse = 'training',
): AsyncGenerator<SentencePair> {
  const oneSided = { count: 0, first: 0 };
  const pairs = 'table' in files ? readRows(files, notify) : readBoth(files);
  for await (const { source, target, line } of pairs) {
    if (!hasBothSides({ source, target })) {
      oneSided.first ||= line;
      oneSided.count++;
    }
    yield { source, target };
  }
  if (oneSided.count > 0) {
    const { count, first } = oneSided;
    notify(
      `${nameOf(files)}: ${count} pair${count === 1 ? ' has' : 's have'} an empty side, the first in line ${first}: ` +
        fates[use],
    );
  }
}

/** What pairs are read for. */
export type PairUse = 'training' | 'scoring' | 'several references';

/** What becomes of a pair that lacks a side. */
const fates: Record<PairUse, string> = {
  training: 'training leaves them out',
  scoring: 'they are scored as they are, and an empty sentence is translated by an empty one',
  'several references': 'a sentence is scored by those of its references that are not empty',
};

/** Whether there is something to translate, and a translation of it. */
export const hasBothSides = ({ source, target }: SentencePair) =>
  !isBlank(source) && !isBlank(target);

type NumberedPair = SentencePair & { line: number };

/** What the first row of a table may call a column, beside a language. */
const columnName =
  /^(?:source|target|src|tgt|trg|input|output|sentence\w*|translation|text\w*|original)$/i;
const namesColumn = (cell: string) => columnName.test(cell) || isLanguage(cell);

/** A table's pairs; a first row of columns' names is none, whether `columns` go by names or not. */
async function* readRows(
  { table, columns }: Extract<ParallelFiles, { table: string }>,
  notify: Notify,
): AsyncGenerator<NumberedPair> {
  const hasNames = Object.values(columns).some((column) => typeof column === 'string');
  let isFirst = !hasNames;
  for await (const row of readTable(table, columns, notify)) {
    const names = [row.source.trim(), row.target.trim()];
    if (isFirst && names[0] !== names[1] && names.every(namesColumn)) {
      notify(
        `${table}: its first row, ${names.map((name) => quoted(name)).join(' and ')}, names the columns and is ` +
          'no pair',
      );
    } else yield row;
    isFirst = false;
  }
}

async function* readBoth(files: { source: string; target: string }): AsyncGenerator<NumberedPair> {
  const sources = readLines(files.source);
  const targets = readLines(files.target);
  try {
    for (let both = 0; ; both++) {
      const [source, target] = [await sources.next(), await targets.next()];
      if (source.done && target.done) return;
      if (source.done || target.done) {
        const rest = await countRest(source.done ? targets : sources);
        const counts = source.done ? [both, both + 1 + rest] : [both + 1 + rest, both];
        throw new DataError(
          `${files.source} has ${counted(counts[0], 'line')} and ${files.target} has ${counts[1]}: ` +
            'parallel text has as many of each',
        );
      }
      yield { source: source.value, target: target.value, line: both + 1 };
    }
  } finally {
    await sources.return(undefined);
    await targets.return(undefined);
  }
}

async function countRest(lines: AsyncGenerator<string>): Promise<number> {
  let count = 0;
  while (!(await lines.next()).done) count++;
  return count;
}

export async function collectPairs(pairs: AsyncIterable<SentencePair>): Promise<SentencePair[]> {
  const all: SentencePair[] = [];
  for await (const pair of pairs) all.push(pair);
  return all;
}

/**
 * A uniform sample of a stream without replacement, in the stream's order, in memory for `size`
 * pairs only; the whole stream when it has no more.
 *
 * O(pairs). Source: Vitter, Random Sampling with a Reservoir, ACM TOMS 1985, algorithm R.
 */
export async function samplePairs(
  pairs: AsyncIterable<SentencePair>,
  size: number,
  random: SeededRandom,
): Promise<SentencePair[]> {
  const kept: { pair: SentencePair; at: number }[] = [];
  let seen = 0;
  for await (const { source, target } of pairs) {
    const place = seen < size ? seen : Math.floor(random.uniform() * (seen + 1));
    // A slice of a chunk would keep the whole chunk alive: the text is copied.
    if (place < size)
      kept[place] = { pair: { source: own(source), target: own(target) }, at: seen };
    seen++;
  }
  return kept.sort((a, b) => a.at - b.at).map(({ pair }) => pair);
}

const own = (text: string) => Buffer.from(text).toString();
