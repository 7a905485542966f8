import { counted } from '../../../counted.js';
import { DataError } from '../../../errors.js';
import { splitTag } from '../../../metrics/chunks.js';
import { quoted } from '../../../visible.js';
import type { Notify } from '../notices.js';

/** A column of a file: its number from 1, or its name in a CoNLL-U Plus header. */
type Column = number | string;

/** Which columns hold what; by default as `layoutOf` finds. */
export interface ColumnChoice {
  word?: Column | undefined;
  tag?: Column | undefined;
}

/** A line that is neither blank nor about a document, without white space at its end. */
export interface ColumnLine {
  text: string;
  /** From 1. */
  line: number;
  /** Whether a sentence begins here; by default it does after a line that is no row. */
  begins?: boolean;
}

/** The rows of a file, and what it says of its columns. */
export interface ColumnRows {
  rows: ColumnLine[];
  header?: { names: readonly string[]; line: number } | undefined;
  /** Cuts a row into cells, where that is known. */
  split?: (text: string) => string[];
}

/** How the rows of a file are to be read. */
export interface ColumnLayout {
  split: (text: string) => string[];
  /** How many there are. */
  columns: number;
  /** From 0. */
  word: number;
  tag: number;
  /** Of CoNLL-U's numbers, which have ranges such as 1-2 for rows that are no words. */
  id: number | undefined;
}

/** Other white space is part of a word, or all of it. */
const withoutSpaces = (cell: string) => cell.replaceAll(/^ +| +$/g, '');
const onlyTabs = (text: string) => text.split('\t').map(withoutSpaces);
const runsOfTabs = (text: string) => text.split(/\t+/).map(withoutSpaces);
const spacesAndTabs = (text: string) => text.replace(/^[ \t]+/, '').split(/[ \t]+/);

/**
 * How a file's rows are separated and which columns are the word and the tag.
 *
 * If every row has a tab, tabs alone separate and words may have spaces in them; otherwise runs of
 * spaces and tabs do. The columns are those that `choice` names; those of a CoNLL-U Plus header
 * (FORM, and NE, NER, … or the last); in files whose rows are numbered, GermEval 2014's among them,
 * the second and the last, or of two columns of tags the outer one; else the first and the last. Where the last
 * one holds no tag, and one other nothing but tags, that is the one of the tags.
 *
 * @param all all rows, comments among them
 * @throws DataError for a choice or a header that the file does not have
 */
export function layoutOf(
  all: ColumnRows,
  source: string,
  choice: ColumnChoice,
  notify: Notify,
): ColumnLayout | undefined {
  const rows = sureRows(all.rows);
  if (rows.length === 0) return undefined;
  const split = all.split ?? separatorOf(rows, source, notify);
  const { text, line } = rows[0]!;
  const columns = split(text).length;
  const header = all.header ?? headerOf(all.rows);
  const names = header?.names;
  if (names && names.length !== columns) {
    throw new DataError(
      `${source}, line ${line}: ${counted(columns, 'column')}: the header in line ${header.line} has ` +
        `${names.length}, ${quoted(names.join(' '))}`,
    );
  }
  const columnOf = (role: 'word' | 'tag', column: Column): number => {
    const at =
      typeof column === 'number'
        ? column - 1
        : (names ?? []).findIndex((name) => name.toLowerCase() === column.toLowerCase());
    if (at >= 0 && at < columns) return at;
    throw new DataError(
      typeof column === 'number'
        ? `${source}, line ${line}: ${counted(columns, 'column')}: there is no column ${column} for the ${role}`
        : `${source}: no column ${quoted(column)} for the ${role}: ` +
            (names
              ? `the header has ${quoted(names.join(' '))}`
              : 'there is no header that names any'),
    );
  };
  const found = names
    ? namedColumns(names)
    : withTags(rows, split, columns, numberedColumns(rows, split, columns));
  const word = choice.word === undefined ? (found?.word ?? 0) : columnOf('word', choice.word);
  const tag = choice.tag === undefined ? (found?.tag ?? columns - 1) : columnOf('tag', choice.tag);
  if (word === tag && columns > 1) {
    throw new DataError(
      `${source}: column ${word + 1} of ${columns} would be both the word and the tag: name two by ` +
        '--columns word=1,tag=2',
    );
  }
  if (found && (choice.word === undefined || choice.tag === undefined)) {
    notify(`${source}: ${found.why}: the word is column ${word + 1}, the tag column ${tag + 1}`);
  }
  const spaced = all.split && rows.find(({ text }) => split(text)[word]?.includes(' '));
  if (spaced) {
    notify(
      `${source}, line ${spaced.line}: words have spaces, such as ${quoted(split(spaced.text)[word]!)}; expected is ` +
        'a token a row',
    );
  }
  const isNumber = ({ text }: ColumnLine) => /^\d+(?:[-.:]\d+)*$/.test(split(text)[word] ?? '');
  if (rows.length > 1 && rows.every(isNumber)) {
    notify(
      `${source}: every word is a number: is column ${word + 1} that of the words? ` +
        '--columns word=2,tag=3 chooses others',
    );
  }
  const id = names ? names.indexOf('ID') : (found?.id ?? -1);
  return { split, columns, word, tag, id: id < 0 ? undefined : id };
}

/** Whether a row of CoNLL-U is that of several words, or of none. */
export const isRange = (cells: readonly string[], id: number | undefined) =>
  id !== undefined && /^\d+[-.]\d+$/.test(cells[id] ?? '');

/** Rows that begin with no #; when all do, those that end in a tag: the word may be a hashtag. */
function sureRows(lines: readonly ColumnLine[]): ColumnLine[] {
  const rows = lines.filter(({ text }) => !text.startsWith('#'));
  if (rows.length > 0) return rows;
  return lines.filter(({ text }) => {
    const cells = spacesAndTabs(text);
    return cells.length > 1 && splitTag(cells.at(-1)!);
  });
}

function separatorOf(
  rows: readonly ColumnLine[],
  source: string,
  notify: Notify,
): (text: string) => string[] {
  const withTab = rows.filter(({ text }) => text.includes('\t')).length;
  const agree = (split: (text: string) => string[]) => {
    const { length } = split(rows[0]!.text);
    return length > 1 && rows.every(({ text }) => split(text).length === length);
  };
  if (withTab < rows.length) {
    // A row that lost its tab is an error of that row if all others tell the same.
    const most = withTab > rows.length / 2 && withTab > 1;
    return most && !agree(spacesAndTabs) ? onlyTabs : spacesAndTabs;
  }
  const split = [onlyTabs, runsOfTabs, spacesAndTabs].find(agree) ?? onlyTabs;
  const spaced =
    split === spacesAndTabs ? undefined : rows.find(({ text }) => split(text)[0]!.includes(' '));
  if (spaced) {
    const { text, line } = spaced;
    notify(
      `${source}: every row has a tab: tabs alone separate the columns, and words have spaces, ` +
        `such as ${quoted(split(text)[0]!)} in line ${line}`,
    );
  }
  return split;
}

/** Names that columns of entities have in CoNLL-U Plus files and in tables. */
const tagNames =
  /^(?:.*:)?(?:NE|NER|NERTAG|NE_TAG|NER_TAGS?|ENTITY|ENTITIES|BIO|IOB|TAGS?|LABELS?)$/i;
const wordNames = /^(?:FORM|WORDS?|TOKENS?)$/i;

/** Columns that tell sentences apart, or documents; and those that number rows. */
const sentenceNames =
  /^(?:sent(?:ence)?s?|doc(?:ument)?s?)(?:[ _-]?(?:#|id|no|num|number|idx|index))?$/i;
const numberNames = /^(?:|(?:(?:token|word|row)[ _-]?)?(?:#|id|no|num|number|idx|index))$/i;

/** Whether a column of this name holds tags, words, or what tells sentences or documents apart. */
export const isTagName = (name: string) => tagNames.test(name);
export const isWordName = (name: string) => wordNames.test(name);
export const isSentenceName = (name: string) => sentenceNames.test(name);

function namedColumns(names: readonly string[]) {
  const named = (pattern: RegExp) => names.findIndex((name) => pattern.test(name));
  const form = [/^FORM$/i, wordNames].map(named).find((at) => at >= 0);
  const tagAt = named(tagNames);
  const tag = tagAt >= 0 ? tagAt : names.length - 1;
  const other = names.findIndex(
    (name, at) => at !== tag && !isSentenceName(name) && !numberNames.test(name),
  );
  return {
    word: form ?? Math.max(other, 0),
    tag,
    why: 'columns by its header',
    id: undefined,
  };
}

/** What is found out about the columns of a file, and from what. */
interface FoundColumns {
  word: number;
  tag: number;
  id: number | undefined;
  why: string;
}

/**
 * The columns of files that number their rows, from 0 or 1 in each sentence, but for a few in thousands; ranges
 * do not count.
 */
function numberedColumns(
  rows: readonly ColumnLine[],
  split: (text: string) => string[],
  columns: number,
): FoundColumns | undefined {
  if (columns < 3) return undefined;
  const cells = rows.map(({ text }) => split(text));
  const words = cells.filter((row) => !isRange(row, 0));
  const first = words[0]?.[0];
  if (first !== '0' && first !== '1') return undefined;
  let [next, longest, wrong] = [0, 0, 0];
  const numbered = rows.every(({ line }, at) => {
    if (rows[at - 1]?.line !== line - 1) next = Number(first);
    const [number] = cells[at]!;
    if (isRange(cells[at]!, 0)) return true;
    if (number !== String(next)) {
      wrong++;
      if (!/^\d+$/.test(number!)) return false;
      next = Number(number);
    }
    longest = Math.max(longest, next - Number(first));
    next++;
    return wrong * 1000 <= rows.length;
  });
  if (!numbered || longest === 0) return undefined;
  // GermEval 2014: number, word, outer tag, inner tag.
  const nested =
    columns === 4 && words.every((row) => splitTag(row[2] ?? '') && splitTag(row[3] ?? ''));
  return nested
    ? { word: 1, tag: 2, id: 0, why: 'numbered rows with outer and inner tags, as GermEval 2014' }
    : { word: 1, tag: columns - 1, id: 0, why: 'numbered rows' };
}

/** What was found, with the one column that holds nothing but tags where the last one holds none. */
function withTags(
  rows: readonly ColumnLine[],
  split: (text: string) => string[],
  columns: number,
  found: FoundColumns | undefined,
): FoundColumns | undefined {
  const { word, id } = { word: 0, id: undefined, ...found };
  const isTag = (row: readonly string[], at: number) => splitTag(row[at] ?? '') !== undefined;
  // Of nearly every file the first row tells.
  if (rows.some(({ text }) => isTag(split(text), columns - 1))) return found;
  const cells = rows.map(({ text }) => split(text)).filter((row) => !isRange(row, id));
  const holders = Array.from({ length: columns }, (_, at) => at).filter(
    (at) => at !== word && at !== id && cells.every((row) => isTag(row, at)),
  );
  const [tag] = holders;
  if (tag === undefined || holders.length > 1) return found;
  return { word, id, tag, why: found?.why ?? `column ${tag + 1} alone holds tags` };
}

function headerOf(lines: readonly ColumnLine[]): { names: string[]; line: number } | undefined {
  for (const { text, line } of lines) {
    const names = /^#\s*global\.columns\s*=\s*(\S.*)$/.exec(text)?.[1];
    if (names !== undefined) return { names: names.trim().split(/\s+/), line };
  }
  return undefined;
}
