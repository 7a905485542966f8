import { asDataError } from '../data/acquire/download.js';
import { linesOfStream, readLines } from '../data/readers/text/text-lines.js';
import { isBlank } from '../data/text/blank.js';
import { UsageError } from '../errors.js';
import { requireFile } from '../input-file.js';
import { checkOutputs } from '../output-places.js';
import { notice } from '../runner/notice.js';
import { createProgress } from '../runner/progress.js';
import { areResultsTaken } from '../terminal.js';

interface SentenceFlags {
  file?: string;
  figure?: string;
}

/** How a sentence is given, to whom none was. */
const howGiven = 'give one on the command line, by --file, or piped';

/** Whether sentences come from stdin: no file is named, or - as elsewhere. A file of that name is ./-. */
const isPiped = (file: string | undefined): file is '-' | undefined =>
  file === undefined || file === '-';

/**
 * Checks what the sentences come from, and where the figure goes, before anything is loaded.
 * @throws UsageError where they are given twice or all blank, and where the figure cannot be written
 *   or would replace them
 * @throws DataError where the file cannot be read
 */
export async function checkSentences(
  sentences: readonly string[],
  { file, figure }: SentenceFlags,
): Promise<void> {
  if (file !== undefined && sentences.length > 0) {
    throw new UsageError(`sentences are given twice, on the command line and by --file ${file}`);
  }
  if (sentences.length > 0) checkAnyFilled(sentences);
  if (!isPiped(file)) await requireFile(file);
  if (figure === undefined) return;
  await checkOutputs(
    [{ path: figure, option: '--figure' }],
    isPiped(file) ? [] : [{ path: file, name: 'the file of sentences' }],
  );
}

/** @throws UsageError where no sentence has a character that is seen */
export function checkAnyFilled(sentences: readonly string[]): void {
  if (!sentences.every(isBlank)) return;
  throw new UsageError(`no sentence: ${howGiven}`);
}

/**
 * The lines of a file, or of stdin: a sentence each, blank lines among them.
 * @throws UsageError when there is none: a command before this one failed, or a file is not written yet
 * @throws DataError as `readLines`
 */
export async function readSentences(file: string | undefined): Promise<string[]> {
  if (isPiped(file) && process.stdin.isTTY) notice('A sentence a line; Ctrl-D ends.');
  const lines = isPiped(file) ? linesOfStream(process.stdin, 'stdin') : readLines(file);
  const sentences: string[] = [];
  try {
    for await (const line of lines) sentences.push(line);
  } catch (error) {
    throw asDataError(error, 'stdin');
  }
  if (sentences.length > 0) return sentences;
  throw new UsageError(`no sentence: ${isPiped(file) ? 'stdin' : file} is empty; ${howGiven}`);
}

/** How many sentences are worked on together: their results are written before the next ones are begun. */
const partSize = 512;

/**
 * Hands many sentences over part by part, so that the results of the first are out before the last are
 * begun, and memory is needed for one part. Says how far it is, where results do not fill the screen. Ends
 * early where nobody takes the results any more.
 *
 * @param title what the progress display is called
 * @param visit writes the results of a part, whose first sentence is at `first`
 */
export async function inParts<Sentence>(
  sentences: readonly Sentence[],
  title: string,
  visit: (part: readonly Sentence[], first: number) => void | Promise<void>,
): Promise<void> {
  const many = sentences.length > partSize && !process.stdout.isTTY;
  const progress = many ? createProgress(title, sentences.length) : undefined;
  try {
    for (let first = 0; first < sentences.length; first += partSize) {
      const part = sentences.slice(first, first + partSize);
      await visit(part, first);
      if (!(await areResultsTaken())) return;
      progress?.step('', part.length);
    }
  } finally {
    progress?.stop();
  }
}
