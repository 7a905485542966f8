import type { ColumnChoice } from '../src/data/readers/text/column-layout.js';
import { parseConll } from '../src/data/readers/text/conll.js';

/** What is read of a text of columns, and what is said about it. */
export function read(text: string, columns?: ColumnChoice) {
  const notices: string[] = [];
  const file = parseConll(text, 'f', { columns, notify: (text) => notices.push(text) });
  return { ...file, words: file.sentences.map(({ words }) => words), notices };
}
