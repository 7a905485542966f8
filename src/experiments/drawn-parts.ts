import { counted } from '../counted.js';
import { DataError } from '../errors.js';
import type { Notify } from '../data/readers/notices.js';
import { SeededRandom } from '../random.js';

/**
 * Parts of a corpus drawn at random from the training file, and what is left of it. Of the last group that is drawn
 * a part takes what it has room for; a group that is larger than the whole part is left. O(items).
 * @param groups items that are alike, which go to one part or are left together
 * @param counts how many items each part has
 * @param where.from the file, for messages, as `item`, what it has: 'sentence'
 * @param where.notify told how many items have no room in their part, and so are in none
 * @throws DataError when there are too few
 */
export function drawnParts<Item>(
  groups: readonly Item[][],
  counts: readonly number[],
  { seed, from, item, notify }: { seed: number; from: string; item: string; notify: Notify },
): { rest: Item[]; drawn: Item[][] } {
  const left = new SeededRandom(seed).shuffled(groups);
  let without = 0;
  const drawn = counts.map((count) => {
    const taken: Item[] = [];
    const large: Item[][] = [];
    while (taken.length < count && left.length > 0) {
      const group = left.pop()!;
      if (group.length > count) large.push(group);
      else taken.push(...group);
    }
    // Another part may have room for them.
    left.push(...large.reverse());
    without += Math.max(0, taken.length - count);
    return taken.slice(0, count);
  });
  const rest = left.flat();
  const areAlike = 'those that are alike stay together';
  if (rest.length === 0 || drawn.some((items, part) => items.length < counts[part]!)) {
    const all = groups.reduce((sum, { length }) => sum + length, 0);
    const inGroups = groups.length < all ? ` in ${counted(groups.length, 'group')}` : '';
    throw new DataError(
      `${from} has ${counted(all, item)}${inGroups}: too few to draw ${counts.join(' and ')} and have others left ` +
        `for training; ${areAlike}`,
    );
  }
  if (without > 0) {
    notify(
      `${from}: ${counted(without, item)} ${without === 1 ? 'is' : 'are'} in no part, being like some that were ` +
        `drawn, but more than asked for: ${areAlike}`,
    );
  }
  return { rest, drawn };
}

/** What a config says of a corpus whose parts may be drawn. */
interface Drawing {
  source: string;
  train?: unknown;
  development?: unknown;
  test?: unknown;
  seed?: number;
}

/**
 * Says when another run, which is scored on a part that one has drawn, may be trained on some of it: its own parts
 * are drawn from the same file in another way.
 */
export function noticeOtherDraw(
  one: Drawing,
  [name, other]: readonly [run: string, drawing: Drawing],
  notify: Notify,
): void {
  const isDrawn = [one.development, one.test].some((part) => typeof part === 'number');
  if (one.source === 'synthetic' || !isDrawn) return;
  const fileOf = ({ source, train }: Drawing) => JSON.stringify([source, train]);
  const drawOf = ({ development, test, seed }: Drawing) =>
    JSON.stringify([development, test, seed]);
  if (fileOf(one) !== fileOf(other) || drawOf(one) === drawOf(other)) return;
  notify(
    `${name} may be trained on some of this part: its own parts are drawn from the same file in another way ` +
      '(their numbers or the seed differ), so its score may be too good',
  );
}
