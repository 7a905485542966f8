import { asDataError } from '../data/acquire/download.js';
import { linesOfStream, readLines } from '../data/readers/text-lines.js';
import { notice } from '../runner/notice.js';

/**
 * The lines of a file, or of stdin: a sentence each, blank lines among them.
 * @throws DataError as `readLines`
 */
export async function readSentences(file: string | undefined): Promise<string[]> {
  if (file === undefined && process.stdin.isTTY) notice('A sentence a line; Ctrl-D ends.');
  const lines = file === undefined ? linesOfStream(process.stdin, 'stdin') : readLines(file);
  const sentences: string[] = [];
  try {
    for await (const line of lines) sentences.push(line);
  } catch (error) {
    throw asDataError(error, 'stdin');
  }
  return sentences;
}
