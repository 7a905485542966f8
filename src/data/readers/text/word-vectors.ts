import { counted } from '../../../counted.js';
import { DataError } from '../../../errors.js';
import { quoted } from '../../../visible.js';
import type { Notify } from '../notices.js';
import { linesOfStream, readChunks } from './text-lines.js';

export interface WordVectors {
  dimension: number;
  vectors: Map<string, Float32Array>;
}

/**
 * Reads pretrained word vectors in the text format of GloVe (a word and its numbers a line) or
 * fastText (the same after a line with the number of words and the dimension), plain or gzip. Spaces
 * and tabs separate, any number of them; a word may have spaces itself: its vector is what stands
 * last. The file is streamed: memory is that of the wanted vectors. The first vector of a word counts.
 *
 * @param wanted which words to keep
 * @param notify told what was doubtful: lines that are not UTF-8, a header that promises another number
 *   of words, words that occur twice
 * @throws DataError that names file and line: missing, cut off or damaged, a wanted word or the first
 *   or last line with another number of columns, something that is not a finite number
 */
export async function readWordVectors(
  path: string,
  wanted: (word: string) => boolean,
  notify: Notify = () => undefined,
): Promise<WordVectors> {
  const vectors = new Map<string, Float32Array>();
  const twice = new Set<string>();
  let dimension = 0;
  let promised: number | undefined;
  let line = 0;
  let words = 0;
  let last = { text: '', line: 0 };
  const invalid = { count: 0, first: 0 };
  const replaceInvalid = (line: number) => {
    invalid.count++;
    invalid.first ||= line;
  };
  // Some published files hold words cut inside a character: no word is looked up by U+FFFD.
  for await (const text of linesOfStream(textChunks(path), path, { replaceInvalid })) {
    line++;
    if (isBlank(text)) continue;
    const place = `${path}, line ${line}`;
    if (dimension === 0) {
      const header = /^\s*(\d+)[ \t]+(\d+)[ \t]*$/.exec(text);
      dimension = header ? Number(header[2]) : numbersAtEnd(text);
      if (!(dimension > 0)) {
        throw new DataError(
          `${place}: expected is a word and its numbers, or the number of words and the dimension, ` +
            'separated by spaces',
        );
      }
      if (header) {
        promised = Number(header[1]);
        continue;
      }
    }
    words++;
    last = { text, line };
    const vector = parseLine(text, dimension, place, words === 1 ? () => true : wanted);
    if (!vector || !wanted(vector.word)) continue;
    if (vectors.has(vector.word)) twice.add(vector.word);
    else vectors.set(vector.word, vector.values);
  }
  if (words === 0) {
    throw new DataError(`${path} is empty: expected is a word and its numbers a line`);
  }
  // Where a file was cut off, its last line mostly is too.
  parseLine(last.text, dimension, `${path}, line ${last.line}`, () => true);
  if (invalid.count > 0) {
    const are = invalid.count === 1 ? 'is' : 'are';
    notify(
      `${path}: ${counted(invalid.count, 'line')} of ${line} ${are} not UTF-8, the first is line ` +
        `${invalid.first}: no word is found there; a file in another encoding has to be converted`,
    );
  }
  if (promised !== undefined && promised !== words) {
    const fewer = words < promised ? ': the file may be cut off' : '';
    notify(`${path}: line 1 promises ${promised} words, there are ${words}${fewer}`);
  }
  if (twice.size > 0) {
    notify(`${path}: ${twice.size} of the wanted words occur twice; the first vector counts`);
  }
  return { dimension, vectors };
}

/** The bytes of a file of text. @throws DataError that names the format of some that are none */
async function* textChunks(path: string): AsyncGenerator<Buffer> {
  let begun = false;
  for await (const chunk of readChunks(path)) {
    const format = begun ? undefined : binaryFormat(chunk);
    if (format) {
      throw new DataError(
        `${path}: it looks like the binary format of ${format}; expected is text: a word and its ` +
          'numbers a line, as that program writes, too',
      );
    }
    begun = true;
    yield chunk;
  }
}

/** By how it begins: word2vec's with the line of a header, then a word and floats of four bytes. */
function binaryFormat(start: Buffer): string | undefined {
  if (start.toString('latin1', 0, 4) === '\xba\x16\x4f\x2f') return 'fastText';
  const beginning = start.subarray(0, 2000);
  const [header] = /^\d+ \d+\r?\n\s*\S+ /.exec(beginning.toString('latin1')) ?? [];
  if (header === undefined) return undefined;
  const numbers = beginning.subarray(header.length);
  // No text has so many; in floats every tenth byte is one.
  const control = numbers.filter((byte) => byte < 0x09 || (byte > 0x0d && byte < 0x20)).length;
  return 50 * control > numbers.length ? 'word2vec' : undefined;
}

const isBlank = (text: string) => text.length < 100 && text.trim() === '';

/**
 * How many numbers stand at the end of a line, after one thing that is the word at least. NaN and
 * infinities count: they are then refused by name.
 */
function numbersAtEnd(text: string): number {
  const cells = cellsOf(text);
  let count = 0;
  while (count < cells.length - 1 && isMeantAsNumber(cells.at(-1 - count)!)) count++;
  return count;
}

/** A line's vector when its word is wanted. */
function parseLine(
  text: string,
  dimension: number,
  place: string,
  wanted: (word: string) => boolean,
): { word: string; values: Float32Array } | undefined {
  // Nearly all lines end here: they are not split.
  const first = wordAlone(text);
  if (first !== undefined && !wanted(first)) return undefined;
  const cells = cellsOf(text);
  const extra = cells.length - 1 - dimension;
  // Some published files have an empty word.
  if (extra === -1 && /^[ \t]/.test(text)) return undefined;
  // A number between the word and its numbers is part of the word only where tabs say so.
  const tab = text.trimStart().indexOf('\t');
  const words = tab < 0 ? 1 : cellsOf(text.trimStart().slice(0, tab)).length;
  if (extra < 0 || (words !== extra + 1 && cells.slice(words, extra + 1).some(isNumber))) {
    throw new DataError(
      `${place}: ${counted(cells.length - 1, 'number')}: expected are a word and ${counted(dimension, 'number')}`,
    );
  }
  const word = cells.slice(0, extra + 1).join(' ');
  if (!wanted(word)) return undefined;
  const numbers = cells.slice(extra + 1);
  const values = Float32Array.from(numbers, (cell) => (isNumber(cell) ? Number(cell) : NaN));
  const wrong = values.findIndex((value) => !Number.isFinite(value));
  if (wrong >= 0) {
    const text = numbers[wrong]!;
    throw new DataError(
      `${place}: ${quoted(text)} is ` +
        (isNumber(text)
          ? 'beyond the numbers of float32, which end at 3.4e38'
          : 'not a finite number'),
    );
  }
  return { word, values };
}

/** The word of a line whose word surely has no spaces; undefined for other lines. */
function wordAlone(text: string): string | undefined {
  const space = text.indexOf(' ');
  const tab = text.indexOf('\t');
  const end = space < 0 || (tab >= 0 && tab < space) ? tab : space;
  if (end <= 0) return undefined;
  // Where tabs separate, a space is part of the word.
  if (end === space && tab >= 0) return undefined;
  const next = text.charCodeAt(end + 1);
  const sign = next === 43 || next === 45;
  const digit = text.charCodeAt(sign ? end + 2 : end + 1);
  return digit >= 48 && digit <= 57 ? text.slice(0, end) : undefined;
}

/** Only spaces and tabs separate: words have other white space in them. */
const cellsOf = (text: string) => text.split(/[ \t]+/).filter((cell) => cell !== '');

const isMeantAsNumber = (cell: string) =>
  isNumber(cell) || /^[-+]?(?:nan|inf|infinity)$/i.test(cell);

/** In decimal notation: Number would also take 0x10 and Infinity. */
const isNumber = (cell: string) => /^[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?$/i.test(cell);
