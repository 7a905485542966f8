/**
 * The word that a misspelt one may stand for, if there is one: it has half of the pairs of neighbouring
 * letters in common at least, the same letters in another order, or begins with them. Small, for it stands
 * in pages too.
 */
export function nearest(word: string, words: Iterable<string>): string | undefined {
  const wrong = pairsOf(word);
  let best: string | undefined;
  let most = 0.5;
  for (const candidate of words) {
    const right = pairsOf(candidate);
    const common = right.filter((pair) => wrong.includes(pair)).length;
    const share = common / Math.max(1, right.length, wrong.length);
    const isBeginning = word.length > 2 && candidate.startsWith(word);
    const isSwapped = lettersOf(word) === lettersOf(candidate);
    const likeness = isSwapped ? 1 : Math.max(share, isBeginning ? 0.5 : 0);
    if (likeness < most || (best !== undefined && likeness === most)) continue;
    [best, most] = [candidate, likeness];
  }
  return best;
}

const pairsOf = (word: string) =>
  Array.from(word.slice(1).toLowerCase(), (second, at) => word[at]!.toLowerCase() + second);

const lettersOf = (word: string) => [...word.toLowerCase()].sort().join();
