import { createReadStream } from 'node:fs';
import { createGunzip } from 'node:zlib';
import { DataError } from '../errors.js';

/** Pretrained vectors of some words. */
export interface WordVectors {
  dimension: number;
  vectors: Map<string, Float32Array>;
}

/**
 * Reads pretrained word vectors in the text format of GloVe (a word and its numbers a line) or
 * fastText (the same after a line with the number of words and the dimension), plain or .gz. The
 * file is streamed: memory is that of the wanted vectors. The first vector of a word counts.
 *
 * @param wanted which words to keep
 * @throws DataError that names file and line: missing, cut off or damaged, a line of another length,
 *   something that is not a number
 */
export async function readWordVectors(
  path: string,
  wanted: (word: string) => boolean,
): Promise<WordVectors> {
  const vectors = new Map<string, Float32Array>();
  let dimension = 0;
  let line = 0;
  try {
    for await (const text of linesOfVectors(path)) {
      line++;
      if (line === 1) {
        const cells = text.trimEnd().split(' ');
        const header = cells.length === 2 && cells.every((cell) => /^\d+$/.test(cell));
        dimension = header ? Number(cells[1]) : cells.length - 1;
        if (!(dimension > 0)) {
          throw new DataError(
            `${path}, line 1: expected is a word and its numbers, or the number of words and the ` +
              'dimension, separated by spaces',
          );
        }
        if (header) continue;
      }
      const vector = parseLine(text, dimension, `${path}, line ${line}`, wanted);
      if (vector && !vectors.has(vector.word)) vectors.set(vector.word, vector.values);
    }
  } catch (error) {
    if (error instanceof DataError) throw error;
    throw new DataError(`cannot read ${path}, line ${line + 1}: ${(error as Error).message}`);
  }
  if (line === 0)
    throw new DataError(`${path} is empty: expected is a word and its numbers a line`);
  return { dimension, vectors };
}

/**
 * The lines of a file that may be gzip. Not by readline: an error of the stream that comes after
 * the last line that is read would end the process.
 */
async function* linesOfVectors(path: string): AsyncGenerator<string> {
  const file = createReadStream(path, { highWaterMark: 1 << 20 });
  const input = path.endsWith('.gz') ? file.pipe(createGunzip({ chunkSize: 1 << 20 })) : file;
  file.on('error', (error) => input.destroy(error));
  input.on('close', () => file.destroy());
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of input) {
    const lines = (rest + decoder.decode(chunk as Buffer, { stream: true })).split('\n');
    rest = lines.pop()!;
    for (const line of lines) yield line.endsWith('\r') ? line.slice(0, -1) : line;
  }
  rest += decoder.decode();
  if (rest !== '') yield rest;
}

/** A line's vector when its word is wanted; the word of some lines of GloVe has spaces itself. */
function parseLine(
  text: string,
  dimension: number,
  place: string,
  wanted: (word: string) => boolean,
): { word: string; values: Float32Array } | undefined {
  const first = text.indexOf(' ');
  // Nearly all lines end here: they are not split.
  if (first > 0 && !wanted(text.slice(0, first))) return undefined;
  const cells = text.trimEnd().split(' ');
  if (cells.length <= dimension) {
    throw new DataError(
      `${place}: ${cells.length - 1} numbers: expected are a word and ${dimension} numbers`,
    );
  }
  const word = cells.slice(0, cells.length - dimension).join(' ');
  if (!wanted(word)) return undefined;
  const values = Float32Array.from(cells.slice(-dimension), Number);
  const wrong = values.findIndex((value) => !Number.isFinite(value));
  if (wrong >= 0) {
    const cell = cells[cells.length - dimension + wrong]!;
    throw new DataError(`${place}: '${cell}' is not a finite number`);
  }
  return { word, values };
}
