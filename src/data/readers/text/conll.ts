import { DataError } from '../../../errors.js';
import { counted } from '../../../counted.js';
import { splitTag } from '../../../metrics/chunks.js';
import { quoted, shortened } from '../../../visible.js';
import {
  isRange,
  layoutOf,
  type ColumnChoice,
  type ColumnLayout,
  type ColumnLine,
  type ColumnRows,
} from './column-layout.js';
import { isBlank } from '../../text/blank.js';
import { csvColumns } from './csv-columns.js';
import type { Notify } from '../notices.js';
import { noticeAlike, noticeLengths } from './column-doubts.js';
import { encodingOf } from './encoding.js';
import { brokenTags, convertTags, recogniseScheme, type TagScheme } from './tag-scheme.js';
import { LineSplitter, readChunks } from './text-lines.js';
import { delimiterOf, isCsv } from './text-table.js';

/** A sentence of a column file: its words, and their tags in IOBES. */
export interface TaggedSentence {
  words: string[];
  tags: string[];
}

export interface ConllFile {
  sentences: TaggedSentence[];
  /** The scheme the file itself is tagged in. */
  scheme: TagScheme;
}

export interface ConllOptions {
  columns?: ColumnChoice | undefined;
  /** Told what was doubtful and how it was read. */
  notify?: Notify | undefined;
}

/**
 * Reads a CoNLL column file, plain or gzip: a token a line, a blank line after each sentence. Which
 * columns are read, and how they are separated, says `layoutOf`; there is no quoting: the token " is
 * a token. -DOCSTART- lines are dropped, and so are lines that begin with # before a sentence, unless
 * they are rows of the file. A file called .csv is read by `csvColumns` instead, where `delimiterOf` finds
 * what separates its cells. UTF-8, UTF-16 with its mark, or Latin-1 or Windows-1252 all through.
 * Tags of every `TagScheme` are recognised and returned in IOBES, and so are bare types beside O (PER,
 * LOC), tags of each token where none is O (NOUN, VERB), and the bare letters of a scheme (B, I), of one type
 * called `entity`, with a notice; so are tags that break their scheme, but for a few in thousands.
 *
 * @throws DataError that names file, line and what was expected: a file that is missing or empty,
 *   bytes of no one encoding, a row with another number of columns, an empty word unless few in thousands
 *   are, a tag of no known scheme, schemes mixed in one file
 */
export async function readConll(path: string, options: ConllOptions = {}): Promise<ConllFile> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of readChunks(path)) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > mostBytes) {
      throw new DataError(
        `${path}: over ${mostBytes / 2 ** 20} MB; expected is a corpus that fits in memory`,
      );
    }
  }
  const encoding = encodingOf(Buffer.concat(chunks), path, options.notify);
  const splitter = new LineSplitter(path, { encoding });
  const lines: string[] = [];
  for (const chunk of chunks) for (const line of splitter.push(chunk)) lines.push(line);
  lines.push(...splitter.end());
  return parseLines(lines, path, options);
}

/** Hundreds of times the largest corpora that people have tagged. */
const mostBytes = 2 ** 30;

/** `readConll` of a text; `source` is what errors call it. */
export function parseConll(text: string, source: string, options: ConllOptions = {}): ConllFile {
  return parseLines(text.split('\n'), source, options);
}

function parseLines(
  lines: readonly string[],
  source: string,
  { columns: choice = {}, notify = () => undefined }: ConllOptions,
): ConllFile {
  const delimiter = isCsv(source) ? delimiterOf(lines) : undefined;
  const all: ColumnRows = delimiter
    ? csvColumns(lines, source, delimiter, { choice, notify })
    : { rows: rowsOf(lines, source, notify) };
  const { rows } = all;
  const layout = layoutOf(all, source, choice, notify);
  const words: string[][] = [];
  const tags: string[][] = [];
  const places: number[][] = [];
  const intern = interner();
  const bare = layout && bareTagsOf(rows, layout, choice.tag !== undefined);
  const tagOf = (cell: string) => (cell === 'O' ? cell : (bare?.tags.get(cell) ?? cell));
  if (bare?.kind === 'types') {
    notify(
      `${source}: the tags are types without B- or I- (${bare.names}): neighbours of one type are ` +
        'taken for one chunk',
    );
  } else if (bare?.kind === 'tokens') {
    notify(
      `${source}: every token has a tag and none is O (${bare.names}), as parts of speech: each is taken for ` +
        'a chunk by itself, so that F1 is the share of right tags',
    );
  }
  /** What is said of lines that may be no comments. */
  const comments: string[] = [];
  /** The lines of rows whose word is empty. */
  const lost: number[] = [];
  let open = false;
  let before = 0;
  for (const { text, line, begins } of layout ? rows : []) {
    const { split, columns, word: wordAt, tag: tagAt, id } = layout!;
    const place = `${source}, line ${line}`;
    const cells = split(text);
    // Lines between two rows are blank or begin a document.
    open &&= begins === undefined ? before === line - 1 : !begins;
    before = line;
    if (text.startsWith('#') && isComment(cells, columns, tagOf(cells[tagAt] ?? ''))) {
      if (open) {
        throw new DataError(
          `${place}: ${quoted(text)} is a comment inside a sentence, or a row with another number ` +
            `of columns than ${columns}`,
        );
      }
      // A word '#' whose row lacks a column looks the same.
      if (!/^#\s/.test(text) || splitTag(tagOf(cells.at(-1)!))) {
        comments.push(`${place}: ${quoted(text)} is taken for a comment`);
      }
      continue;
    }
    if (cells.length !== columns || columns < 2)
      throw wrongColumns(place, text, cells.length, columns);
    if (isRange(cells, id)) continue;
    const [word, given] = [cells[wordAt] || lostWord, cells[tagAt]!.trim()];
    const tag = tagOf(given);
    if (cells[wordAt] === '') lost.push(line);
    if (!splitTag(tag) && bare) {
      throw new DataError(
        `${place}: the tag ${quoted(given)} is none of O, ${bare.names}: the other tags are letters ` +
          'of a scheme without types',
      );
    }
    if (!splitTag(tag)) {
      throw new DataError(
        `${place}: the tag ${quoted(tag)} is of no known scheme: expected is O, or B-, I-, E- or S- ` +
          `(also L-, U-, M-, W-) followed by a type, in column ${tagAt + 1} of ${columns}; other ` +
          `columns are chosen by --columns word=1,tag=2${id === undefined ? '' : conlluAdvice}` +
          (delimiter && !all.header && line === rows[0]!.line
            ? '; if this row names the columns, by such names'
            : ''),
      );
    }
    if (!open) {
      words.push([]);
      tags.push([]);
      places.push([]);
      open = true;
    }
    words.at(-1)!.push(intern(word));
    tags.at(-1)!.push(intern(tag));
    places.at(-1)!.push(line);
  }
  if (comments.length > 0) {
    const more = comments.length - 1;
    notify(comments[0]! + (more > 0 ? `; so it is with ${counted(more, 'other line')}` : ''));
  }
  if (words.length === 0) {
    throw new DataError(`${source}: no sentence: expected is a token a line, a word and a tag`);
  }
  if (lost.length > 0) {
    const first = `${source}, line ${lost[0]}: the word is empty (column ${layout!.word + 1})`;
    const tokens = words.reduce((sum, { length }) => sum + length, 0);
    if (lost.length * fewIn > tokens) throw new DataError(first);
    notify(`${first}; empty words, ${lost.length} of ${tokens}, are read as ${lostWord}`);
  }
  noticeLengths(words, source, notify);
  noticeAlike(tags, source, notify);
  const scheme = recogniseScheme(tags);
  const written = ({ sentence, token }: { sentence: number; token: number }) => {
    const tag = tags[sentence]![token]!;
    return quoted(bare?.kind === 'letters' ? splitTag(tag)!.letter : tag);
  };
  if (typeof scheme === 'object') {
    const [first, second] = scheme.conflict.map(
      (one) => `line ${places[one.sentence]![one.token]} (${written(one)}) is ${one.scheme}`,
    );
    throw new DataError(
      `${source}: two tag schemes in one file: ${first}, ${second}; expected is IOB1, IOB2, IOBES, ` +
        `BILOU, BMES or BMEWO${bare ? `; ${bareAdvice}` : ''}`,
    );
  }
  const broken = brokenTags(tags, scheme);
  if (bare?.kind === 'letters') {
    if (broken && broken.count * 10 > broken.chunks) {
      const { sentence, token } = broken.first;
      throw new DataError(
        `${source}, line ${places[sentence]![token]}: the tag ${written(broken.first)} breaks ${scheme}, ` +
          `the first of ${broken.count} that do in ${counted(broken.chunks, 'chunk')}: it is not clear ` +
          `whether ${bare.names} are letters of a scheme or types; ${bareAdvice}`,
      );
    }
    notify(
      `${source}: the tags are letters of ${scheme} without types (${bare.names}): they are read as ` +
        `tags of one type, called ${unnamedType}`,
    );
  }
  if (broken) {
    const { sentence, token } = broken.first;
    notify(
      `${source}: ${counted(broken.count, 'tag')} ${broken.count === 1 ? 'breaks' : 'break'} ${scheme}, ` +
        `the first in line ${places[sentence]![token]} (${written(broken.first)}): read as ` +
        'the scorer of CoNLL does, for which a chunk begins where the type changes and after an end',
    );
  }
  const sentences = words.map((list, at) => ({
    words: list,
    tags: convertTags(tags[at]!, 'IOBES'),
  }));
  return { sentences, scheme };
}

/** What stands for a word that a corpus has lost, as some lose a symbol; one word in so many may be. */
const lostWord = '\uFFFD';
const fewIn = 1000;

/** What tags without a type, such as B and I, are tags of. */
const unnamedType = 'entity';

const schemeLetters = 'BIESLUMW';

const conlluAdvice = ' (parts of speech of CoNLL-U: word=2,tag=4)';

const bareAdvice = 'write types as I-PER, letters with a type as B-entity';

/** Tags that are types without a letter, of chunks or of each token, or letters without a type. */
interface BareTags {
  kind: 'types' | 'tokens' | 'letters';
  /** By what the file writes. */
  tags: ReadonlyMap<string, string>;
  /** All that the file writes, the most frequent first. */
  names: string;
}

/**
 * Bare types (PER, LOC): O is among the tags, none has a letter and a hyphen, and the others are a few
 * names. B_PER is no bare type, but a tag that is joined in another way. Bare letters of a scheme: O is
 * among them, and most of the others are such letters, B or I (or one whole chunk's) among them. Tags of tokens,
 * as parts of speech: no O, in a column that was chosen, and few for so many tokens.
 */
function bareTagsOf(
  rows: readonly ColumnLine[],
  { split, columns, tag, id }: ColumnLayout,
  isChosen: boolean,
): BareTags | undefined {
  const counts = new Map<string, number>();
  let outside = 0;
  for (const { text } of rows) {
    const cells = split(text);
    if (cells.length !== columns || text.startsWith('#') || isRange(cells, id)) continue;
    const name = cells[tag]!;
    if (name === 'O') outside++;
    else if (splitTag(name)) return undefined;
    else counts.set(name, (counts.get(name) ?? 0) + 1);
    if (counts.size > 100) return undefined;
  }
  if (counts.size === 0) return undefined;
  const list = [...counts].sort(([, a], [, b]) => b - a).map(([name]) => name);
  const letters = list.filter((name) => name.length === 1 && schemeLetters.includes(name));
  const tokens = (names: readonly string[]) =>
    names.reduce((sum, name) => sum + counts.get(name)!, 0);
  const names = list.map((name) => shortened(name)).join(', ');
  if (outside === 0) {
    const isLabel = (name: string) =>
      /^(?![BIESLUMW][_./]|[BIESLUMW]$)\p{L}[\p{L}\p{N}_]*$/u.test(name);
    const few = isChosen && tokens(list) >= 3 * list.length;
    const mostly = 2 * tokens(list.filter(isLabel)) > tokens(list);
    if (!few || !mostly || list.some((name) => /^[BIESLUMW][_./]|^_?$/.test(name)))
      return undefined;
    return { kind: 'tokens', tags: new Map(list.map((name) => [name, `S-${name}`])), names };
  }
  const begins = letters.some((name) => name === 'B' || name === 'I');
  if (begins ? 2 * tokens(letters) > tokens(list) : /^[SUW]$/.test(list.join())) {
    const tags = new Map([...schemeLetters].map((letter) => [letter, `${letter}-${unnamedType}`]));
    return { kind: 'letters', tags, names: letters.join(', ') };
  }
  const isType = (name: string) => /^(?![BIESLUMW][_./])\p{L}[\p{L}\p{N}_./]*$/u.test(name);
  if (outside <= list.length || !list.every(isType)) return undefined;
  const tags = new Map(list.map((name) => [name, `I-${name}`]));
  return { kind: 'types', tags, names };
}

/** The lines that are not blank and tell of no document, without white space at their ends. */
function rowsOf(lines: readonly string[], source: string, notify: Notify): ColumnLine[] {
  const rows: ColumnLine[] = [];
  const unseenLines: number[] = [];
  for (const [at, whole] of lines.entries()) {
    const line = at + 1;
    let text = trimmedEnd(whole);
    if (text.startsWith('\uFEFF')) {
      const rest = text.slice(1);
      // A word may be a mark by itself, in text from the web.
      if (!/^[ \t]/.test(rest)) {
        text = rest;
        if (line > 1) {
          notify(
            `${source}, line ${line}: begins with a byte-order mark, as where files were joined: ` +
              'the mark is dropped',
          );
        }
      } else {
        notify(`${source}, line ${line}: the first column is a byte-order mark`);
      }
    }
    if (text.includes('\r')) {
      throw new DataError(
        `${source}, line ${line}: a carriage return inside the line: lines end at LF or CRLF`,
      );
    }
    if (text === '' || text.startsWith('-DOCSTART-')) continue;
    // No row: that has a word and a tag.
    if (isBlank(text) && !text.includes('\t')) unseenLines.push(line);
    else rows.push({ text, line });
  }
  if (unseenLines.length > 0) {
    notify(
      `${source}, line ${unseenLines[0]}: white space other than spaces and tabs, or characters without ` +
        `a width, and nothing else: taken for a blank line` +
        (unseenLines.length > 1 ? `; so it is with ${unseenLines.length - 1} more` : ''),
    );
  }
  return rows;
}

/** Without spaces, tabs and carriage returns at the end. */
function trimmedEnd(text: string): string {
  let end = text.length;
  while (end > 0 && ' \t\r'.includes(text[end - 1]!)) end--;
  return text.slice(0, end);
}

/** Whether a line that begins with # is no row: a comment, such as # id = 1. */
function isComment(cells: readonly string[], columns: number, tag: string): boolean {
  return cells.length !== columns || !splitTag(tag) || cells[1] === '=' || cells[2] === '=';
}

function wrongColumns(place: string, text: string, found: number, columns: number): DataError {
  const empty = /^[ \t]/.test(text) ? 'the word is empty: ' : '';
  const [other] = (found < 2 && /[^\S \t]/.exec(text)) || [];
  return new DataError(
    `${place}: ${empty}${found} column${found === 1 ? '' : 's'}: ` +
      (columns < 2
        ? 'a word and a tag are expected, separated by a space or a tab'
        : `${columns} are expected, as in the other lines`) +
      (other ? `; ${codePoint(other)} in it separates nothing` : ''),
  );
}

const codePoint = (character: string) =>
  `U+${character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}`;

/** Sentences as a column file of two columns, as `readConll` reads it. */
export function formatConll(sentences: readonly TaggedSentence[], scheme: TagScheme): string {
  const spaced = sentences.some(({ words, tags }) =>
    [...words, ...tags].some((cell) => cell.includes(' ')),
  );
  const separator = spaced ? '\t' : ' ';
  return sentences
    .map(({ words, tags }) => {
      const written = convertTags(tags, scheme);
      return words.map((word, at) => `${word}${separator}${written[at]!}\n`).join('');
    })
    .join('\n');
}

/** Gives one string object for equal strings: a corpus has far fewer words than tokens. */
function interner(): (text: string) => string {
  const known = new Map<string, string>();
  return (text) => {
    const same = known.get(text);
    if (same !== undefined) return same;
    known.set(text, text);
    return text;
  };
}
