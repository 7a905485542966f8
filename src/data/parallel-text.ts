import { DataError } from '../errors.js';
import type { SeededRandom } from './random.js';
import { readLines } from './text-lines.js';

/** A sentence and its translation, as text. */
export interface SentencePair {
  source: string;
  target: string;
}

/** Where parallel text is: a sentence a line in two files, or tab-separated in one. */
export type ParallelFiles =
  | { source: string; target: string }
  | { pairs: string; sourceColumn: number; targetColumn: number };

/**
 * Reads parallel text as a stream, in memory that does not grow with the files. A file that begins
 * as gzip does is read as such; a byte-order mark is dropped.
 * @throws DataError when a file is missing, damaged or not UTF-8, when the two files have different
 *   numbers of lines (with both), or a line of one file lacks a column
 */
export function readPairs(files: ParallelFiles): AsyncGenerator<SentencePair> {
  return 'pairs' in files ? readColumns(files) : readBoth(files);
}

async function* readBoth(files: { source: string; target: string }): AsyncGenerator<SentencePair> {
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
          `${files.source} has ${counts[0]} lines and ${files.target} has ${counts[1]}: ` +
            'parallel text has as many of each',
        );
      }
      yield { source: source.value, target: target.value };
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

async function* readColumns(files: {
  pairs: string;
  sourceColumn: number;
  targetColumn: number;
}): AsyncGenerator<SentencePair> {
  let line = 0;
  for await (const text of readLines(files.pairs)) {
    line++;
    const columns = text.split('\t');
    const source = columns[files.sourceColumn];
    const target = columns[files.targetColumn];
    if (source === undefined || target === undefined) {
      const needed = Math.max(files.sourceColumn, files.targetColumn) + 1;
      throw new DataError(
        `${files.pairs}:${line}: ${columns.length} columns; expected at least ${needed}, ` +
          'separated by tabs',
      );
    }
    yield { source, target };
  }
}

/** All pairs of a stream. */
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
