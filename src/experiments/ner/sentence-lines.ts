import { quoted } from '../../visible.js';
import { wordsOfText } from './tagging.js';

/**
 * The words of a line.
 * @param split whether they stand in it as in text; otherwise they are separated as in column files,
 *   by spaces and tabs alone, so that words are the same as in training
 */
export const wordsOfLine = (line: string, split: boolean): string[] =>
  split ? wordsOfText(line) : line.split(/[ \t\r\n]+/).filter((word) => word !== '');

/** O, or a letter of a scheme, with a type or without. */
const tagLike = /^(?:O|[BIESLUMW](?:[-_./]\S+)?)$/;

/**
 * Says that lines which are to be sentences are the rows of a column file, if nearly all of them end in
 * a tag: then each would be a sentence, and its tag a word.
 * @param source what the lines are from
 */
export function noticeRows(
  lines: readonly string[],
  source: string,
  notify: (text: string) => void,
): void {
  const isRow = (line: string) => {
    const cells = line.trim().split(/[ \t]+/);
    return cells.length > 1 && tagLike.test(cells.at(-1)!);
  };
  const filled = lines.filter((line) => line.trim() !== '' && !line.startsWith('#'));
  const rows = filled.filter(isRow).length;
  if (rows < 2 || rows < 0.9 * filled.length) return;
  const at = lines.findIndex(isRow);
  notify(
    `${source}: ${rows === filled.length ? 'all' : 'nearly all'} lines end in a tag, such as ` +
      `${quoted(lines[at])} in line ${at + 1}: these look like the rows of a column file, and tag takes ` +
      'a sentence a line, without tags; didyprog evaluate RUN --file FILE scores a column file',
  );
}
