/**
 * The word that a misspelt one may stand for, if there is one: they have half of their pairs of neighbouring
 * letters in common, or the same letters in another order. Small, for it stands in pages too.
 */
export function nearest(word: string, words: Iterable<string>): string | undefined {
  const wrong = pairsOf(word);
  let best: string | undefined;
  let most = 0.49;
  for (const candidate of words) {
    const right = pairsOf(candidate);
    const common = right.filter((pair) => wrong.includes(pair)).length;
    const share =
      sorted(word) === sorted(candidate) ? 1 : common / Math.max(right.length, wrong.length);
    if (share > most) {
      best = candidate;
      most = share;
    }
  }
  return best;
}

const lettersOf = (word: string) => [...word.toLowerCase()];
const sorted = (word: string) => lettersOf(word).sort().join();
/** The first letter counts as a pair with nothing. */
const pairsOf = (word: string) => lettersOf(word).map((letter, at, all) => all[at - 1] + letter);
