import { counted } from '../counted.js';
import { DataError } from '../errors.js';
import { SeededRandom } from '../random.js';

/**
 * Parts of a corpus drawn at random from the training file, and what is left of it.
 * @param groups items that are alike, which go to one part or are left together
 * @param counts how many items each part has
 * @param where.from the file, and what its items are, for the error
 * @throws DataError when there are too few
 */
export function drawnParts<Item>(
  groups: readonly Item[][],
  counts: readonly number[],
  { seed, from, item }: { seed: number; from: string; item: string },
): { rest: Item[]; drawn: Item[][] } {
  const left = new SeededRandom(seed).shuffled(groups);
  const drawn = counts.map((count) => {
    const taken: Item[] = [];
    while (taken.length < count && left.length > 0) taken.push(...left.pop()!);
    return taken.slice(0, count);
  });
  const rest = left.flat();
  if (rest.length === 0 || drawn.some((items, part) => items.length < counts[part]!)) {
    const all = groups.reduce((sum, { length }) => sum + length, 0);
    throw new DataError(
      `${from} has ${counted(all, item)}: too few to draw ${counts.join(' and ')} and have others left for ` +
        'training; those that are alike stay together',
    );
  }
  return { rest, drawn };
}
