import { counted } from '../../../counted.js';
import { splitTag } from '../../../metrics/chunks.js';
import { quoted } from '../../../visible.js';
import { seenOf } from '../../text/blank.js';
import type { Notify } from '../notices.js';

/** Says when sentences are so long on average that blank lines must be missing, or all of one token. */
export function noticeLengths(words: readonly string[][], source: string, notify: Notify): void {
  const tokens = words.reduce((sum, { length }) => sum + length, 0);
  if (tokens === words.length && tokens > 3) {
    notify(
      `${source}: each of the ${tokens} sentences has one token: a blank line ends a sentence, and there ` +
        'is one after every row, as where line ends were doubled',
    );
  }
  if (tokens < 200 * words.length) return;
  notify(
    `${source}: ${counted(words.length, 'sentence')} of ${counted(tokens, 'token')}: a sentence ends at a ` +
      'blank line, and without it is learnt, and takes memory, as one',
  );
}

/** Says which types look alike: one misspelt among thousands is learnt, and scored, as one of its own. */
export function noticeAlike(tags: readonly string[][], source: string, notify: Notify): void {
  const alike = new Map<string, Set<string>>();
  for (const tag of new Set(tags.flat())) {
    const { type } = splitTag(tag)!;
    const seen = seenOf(type.normalize('NFKC').toLowerCase());
    alike.set(seen, (alike.get(seen) ?? new Set()).add(type));
  }
  for (const types of alike.values()) {
    if (types.size < 2) continue;
    notify(
      `${source}: the types ${[...types].map(quoted).join(', ')} differ in case, white space or Unicode ` +
        'form alone: they are taken for different types',
    );
  }
}
