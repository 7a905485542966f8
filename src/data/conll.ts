import { readFile } from 'node:fs/promises';
import { parse } from 'csv-parse/sync';
import { DataError } from '../errors.js';
import { convertTags, isTag, recogniseScheme, type TagScheme } from './tag-scheme.js';

/** A sentence of a column file: its words, and their tags in IOBES. */
export interface TaggedSentence {
  words: string[];
  tags: string[];
}

/** What a column file holds. */
export interface ConllFile {
  sentences: TaggedSentence[];
  /** The scheme the file itself is tagged in. */
  scheme: TagScheme;
}

/**
 * Reads a CoNLL column file: a token a line, its word first and its tag last with any columns in
 * between, separated by spaces or tabs, a blank line after each sentence. There is no quoting: the
 * token " is a token. -DOCSTART- lines are dropped. UTF-8, or Latin-1 when it is not valid UTF-8.
 * Tags in IOB1, IOB2 or IOBES are recognised and returned in IOBES.
 *
 * @throws DataError that names file, line and what was expected: a file that is missing or empty, a
 *   row with another number of columns, a tag of no known scheme, schemes mixed in one file
 */
export async function readConll(path: string): Promise<ConllFile> {
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (error) {
    throw new DataError(`cannot read ${path}: ${(error as Error).message}`);
  }
  return parseConll(decode(bytes), path);
}

/** `readConll` of a text; `source` is what errors call it. */
export function parseConll(text: string, source: string): ConllFile {
  const rows = parse(text, {
    delimiter: [' ', '\t'],
    quote: null,
    escape: null,
    relax_column_count: true,
    skip_empty_lines: false,
  });
  const intern = interner();
  const words: string[][] = [];
  const tags: string[][] = [];
  const lines: number[][] = [];
  let columns: number | undefined;
  let open = false;
  for (const [row, record] of rows.entries()) {
    const cells = record.filter((cell) => cell !== '');
    if (cells.length === 0 || cells[0] === '-DOCSTART-') {
      open = false;
      continue;
    }
    // Without quoting a row is a line.
    const line = row + 1;
    const place = `${source}, line ${line}`;
    columns ??= cells.length;
    if (cells.length !== columns || columns < 2) {
      throw new DataError(
        `${place}: ${cells.length} columns: ` +
          (columns < 2
            ? 'a word and a tag are expected, separated by a space or a tab'
            : `${columns} are expected, as in the lines before`),
      );
    }
    const tag = cells[columns - 1]!;
    if (!isTag(tag)) {
      throw new DataError(
        `${place}: the tag '${tag}' is of no known scheme: expected is O, or B-, I-, E- or S- ` +
          'followed by a type, in the last column',
      );
    }
    if (!open) {
      words.push([]);
      tags.push([]);
      lines.push([]);
      open = true;
    }
    words.at(-1)!.push(intern(cells[0]!));
    tags.at(-1)!.push(intern(tag));
    lines.at(-1)!.push(line);
  }
  if (words.length === 0) {
    throw new DataError(`${source}: no sentence: expected is a token a line, a word and a tag`);
  }
  const scheme = recogniseScheme(tags);
  if (typeof scheme === 'object') {
    const [first, second] = scheme.conflict.map(
      ({ scheme, sentence, token }) =>
        `line ${lines[sentence]![token]} ('${tags[sentence]![token]}') is ${scheme}`,
    );
    throw new DataError(
      `${source}: two tag schemes in one file: ${first}, ${second}; expected is IOB1, IOB2 or IOBES`,
    );
  }
  const sentences = words.map((list, at) => ({
    words: list,
    tags: convertTags(tags[at]!, 'IOBES'),
  }));
  return { sentences, scheme };
}

/** Sentences as a column file of two columns, as `readConll` reads it. */
export function formatConll(sentences: readonly TaggedSentence[], scheme: TagScheme): string {
  return sentences
    .map(({ words, tags }) => {
      const written = convertTags(tags, scheme);
      return words.map((word, at) => `${word} ${written[at]!}\n`).join('');
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

/** UTF-8 text, else Latin-1, in which every sequence of bytes is valid. */
function decode(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return bytes.toString('latin1');
  }
}
