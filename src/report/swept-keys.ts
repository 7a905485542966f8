import { groupBy } from './group-by.js';

/** More lines or rows than this cannot be told apart in one figure. */
export const mostNamed = 8;

/** Keys that repeat a measurement rather than change it. */
const isRepetition = (key: string) => /(^|\.)(seed|fold)$/.test(key);

/** The key and value pairs of a cell's name: 'omega=l2,seed=1'. */
export function partsOfName(name: string): Map<string, string> {
  const parts = name.split(/, ?/).map((part) => part.split('='));
  const pairs = parts.filter(([key, value]) => key && value !== undefined);
  return new Map(pairs.map(([key, ...value]) => [key!, value.join('=')]));
}

/**
 * The ways to put many cells of a sweep into few groups: by each key that has at least two values and
 * not too many.
 * @param names of the cells
 * @returns by key, the group of each cell in their order: 'omega=l2'
 */
export function groupings(names: readonly string[]): Map<string, string[]> {
  const parts = names.map(partsOfName);
  const keys = [...new Set(parts.flatMap((one) => [...one.keys()]))];
  const found = new Map<string, string[]>();
  for (const key of keys) {
    if (isRepetition(key) || !parts.every((one) => one.has(key))) continue;
    const groups = parts.map((one) => `${key}=${one.get(key)!}`);
    const { size } = groupBy(groups, (group) => group);
    if (size >= 2 && size <= mostNamed && size < names.length) found.set(key, groups);
  }
  return found;
}
