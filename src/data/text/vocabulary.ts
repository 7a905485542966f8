import { quoted } from '../../visible.js';

/**
 * Entries by index and indices by entry. What is not in it has the index of `unknown`, when the
 * vocabulary has one; that is 0.
 */
export class Vocabulary {
  readonly entries: readonly string[];
  readonly #indices: ReadonlyMap<string, number>;

  /**
   * @param entries in the order of their indices, each once
   * @throws RangeError for an entry that occurs twice
   */
  constructor(entries: readonly string[]) {
    this.entries = entries;
    this.#indices = new Map(entries.map((entry, index) => [entry, index]));
    if (this.#indices.size < entries.length) {
      const twice = entries.find((entry, index) => this.#indices.get(entry) !== index);
      throw new RangeError(`the vocabulary has ${quoted(twice)} twice`);
    }
  }

  /**
   * The entries of a count, most frequent first, ties in the order of their first occurrence, after
   * `unknown`.
   */
  static ofCounts(counts: ReadonlyMap<string, number>, unknown: string): Vocabulary {
    const sorted = [...counts].sort(([, a], [, b]) => b - a).map(([entry]) => entry);
    return new Vocabulary([unknown, ...sorted.filter((entry) => entry !== unknown)]);
  }

  get size(): number {
    return this.entries.length;
  }

  /** The index of an entry, 0 when it is not there. */
  index(entry: string): number {
    return this.#indices.get(entry) ?? 0;
  }

  /**
   * The index of an entry that has to be there.
   * @throws RangeError that lists the entries when it is not
   */
  known(entry: string): number {
    const index = this.#indices.get(entry);
    if (index === undefined) {
      throw new RangeError(`'${entry}' is not among ${this.entries.join(', ')}`);
    }
    return index;
  }
}

/** How often each entry occurs, in the order of first occurrence. */
export function countEntries(entries: Iterable<string>): Map<string, number> {
  const counts = new Map<string, number>();
  for (const entry of entries) counts.set(entry, (counts.get(entry) ?? 0) + 1);
  return counts;
}
