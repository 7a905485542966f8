import { checkOptions } from '../option-names.js';
import { checkCount, checkList, checkOneOf, checkSwitch } from '../value-checks.js';
import { quoted } from '../visible.js';

/** How texts are cut into words and compared. */
export interface BleuOptions {
  /** '13a' (default): the tokenisation of WMT's mteval-v13a; 'none': the text is split at white space. */
  tokenize?: '13a' | 'none';
  /** Whether to compare without case; default false. */
  lowercase?: boolean;
}

/** BLEU and what it is made of. */
export interface Bleu {
  /** 0 to 100. */
  score: number;
  /** Of n-grams of 1 to 4 words, in per cent, smoothed; 0 for a length that no hypothesis has. */
  precisions: [number, number, number, number];
  /** 1 when the hypotheses are at least as long as the references, otherwise less. */
  brevityPenalty: number;
}

const longest = 4;

/** Options with their defaults. */
function checked(owner: string, options: BleuOptions): Required<BleuOptions> {
  checkOptions(owner, options, ['tokenize', 'lowercase']);
  const { tokenize = '13a', lowercase = false } = options;
  checkOneOf('tokenize', tokenize, Object.keys(tokenisers));
  checkSwitch('lowercase', lowercase);
  return { tokenize, lowercase };
}

function checkText(name: string, text: unknown): void {
  if (typeof text === 'string') return;
  throw new TypeError(`${name} is ${quoted(text)}: it must be a text`);
}

/** A segment’s reference, or a list of its references; segments may have different numbers of them. */
export type BleuReference = string | readonly string[];

/** The texts of a reference. @throws TypeError for what is no text, RangeError for none */
function referencesOf(name: string, reference: unknown): readonly string[] {
  if (typeof reference === 'string') return [reference];
  if (!Array.isArray(reference)) {
    throw new TypeError(`${name} is ${quoted(reference)}: it must be a text or a list of texts`);
  }
  if (reference.length === 0) throw new RangeError(`${name} is an empty list of texts`);
  for (const [at, text] of reference.entries()) checkText(`${name}[${at}]`, text);
  return reference as readonly string[];
}

/** The order of the counts of a segment: matches of 1 to 4 words, n-grams there, both lengths. */
export type BleuCounts = number[];

/**
 * BLEU of a corpus, equal to sacrebleu's with its default (mteval's exponential) smoothing. With several
 * references a segment, an n-gram matches as often as the reference that has it most often has it, and
 * the length is that of the reference nearest to the hypothesis' (of two as near, the shorter one).
 *
 * @param hypotheses one text for each segment
 * @param references for each segment a text, or a list of them
 * @throws RangeError when there are not as many of each, or none, for a segment without references, and for
 *   a tokenisation of another name; TypeError for what is no text, with its place, and for an option that
 *   is misspelt
 *
 * O(words). Source: Papineni et al., ACL 2002; Post, A Call for Clarity in Reporting BLEU Scores,
 * WMT 2018.
 *
 * @example
 * ```ts
 * import { corpusBleu } from 'didyprog/bleu';
 *
 * const text = ['the cat sat on the mat'];
 * console.log(corpusBleu(text, text, { tokenize: '13a' }).score.toFixed(1)); // 100.0
 * ```
 */
export function corpusBleu(
  hypotheses: readonly string[],
  references: readonly BleuReference[],
  options: BleuOptions = {},
): Bleu {
  const all = checked('corpusBleu', options);
  checkList('hypotheses', hypotheses, 'a list of texts');
  checkList('references', references, 'a list of texts');
  if (hypotheses.length !== references.length || references.length === 0) {
    throw new RangeError(
      `${hypotheses.length} hypotheses and ${references.length} references: ` +
        'there must be as many of each, and at least one',
    );
  }
  const sums = new Array<number>(2 * longest + 2).fill(0);
  for (const [segment, hypothesis] of hypotheses.entries()) {
    checkText(`hypotheses[${segment}]`, hypothesis);
    const own = referencesOf(`references[${segment}]`, references[segment]);
    bleuCounts(hypothesis, own, all).forEach((count, k) => {
      sums[k]! += count;
    });
  }
  return bleuOfCounts(sums);
}

/**
 * What a segment adds to the sums that BLEU is made of, [10]: matches of 1 to 4 words, n-grams of 1 to 4
 * words, and the words of the hypothesis and of the reference; of several references as in `corpusBleu`.
 * @throws TypeError for what is no text, RangeError for an empty list of references and for a tokenisation
 *   of another name
 *
 * O(words).
 *
 * @example
 * ```ts
 * import { bleuCounts } from 'didyprog/bleu';
 *
 * // 3 of 4 words, 2 of 3 pairs, 1 of 2 triples, 0 of 1 quadruple; 4 words in both.
 * console.log(bleuCounts('a b c d', 'a b c e', { tokenize: 'none' }).join()); // 3,2,1,0,4,3,2,1,4,4
 * ```
 */
export function bleuCounts(
  hypothesis: string,
  reference: BleuReference,
  options: BleuOptions = {},
): BleuCounts {
  const { tokenize, lowercase } = checked('bleuCounts', options);
  checkText('hypothesis', hypothesis);
  const references = referencesOf('reference', reference);
  const tokeniser = tokenisers[tokenize];
  const words = (text: string) =>
    splitWords(tokeniser(withoutEnd(lowercase ? text.toLowerCase() : text)));
  const found = words(hypothesis);
  const expected = references.map(words);
  const correct = new Array<number>(longest).fill(0);
  const total = new Array<number>(longest).fill(0);
  for (let n = 1; n <= longest; n++) {
    const allowed = expected.map((own) => nGrams(own, n));
    for (const [nGram, count] of nGrams(found, n)) {
      total[n - 1]! += count;
      const most = Math.max(...allowed.map((counts) => counts.get(nGram) ?? 0));
      correct[n - 1]! += Math.min(count, most);
    }
  }
  const lengths = expected.map(({ length }) => length);
  return [...correct, ...total, found.length, nearestTo(found.length, lengths)];
}

/** The length nearest to that of a hypothesis; of two as near, the shorter one. */
function nearestTo(length: number, lengths: readonly number[]): number {
  return lengths.reduce((nearest, other) => {
    const [before, now] = [nearest, other].map((one) => Math.abs(one - length));
    return now! < before! || (now === before && other < nearest) ? other : nearest;
  });
}

/**
 * BLEU of the summed counts of segments, [10]: see `bleuCounts`.
 *
 * @throws TypeError for what is no list, RangeError for other than ten numbers of 0 or more
 *
 * @example
 * ```ts
 * import { bleuOfCounts } from 'didyprog/bleu';
 *
 * console.log(bleuOfCounts([4, 3, 2, 1, 4, 3, 2, 1, 4, 4]).score.toFixed(1)); // 100.0
 * ```
 */
export function bleuOfCounts(sums: readonly number[]): Bleu {
  checkCount(
    'sums',
    sums,
    2 * longest + 2,
    'matches and n-grams of 1 to 4 words, and both lengths',
  );
  const [found, expected] = sums.slice(2 * longest);
  return combine(sums.slice(0, longest), sums.slice(longest, 2 * longest), found!, expected!);
}

/**
 * How a BLEU was counted, in the form of sacrebleu's signatures.
 * @param counted how often the bootstrap drew and from which seed, where it did; and how many references a
 *   segment has: default 1, 'var' where segments differ in that
 * @throws RangeError for a tokenisation of another name
 *
 * @example
 * ```ts
 * import { bleuSignature } from 'didyprog/bleu';
 *
 * console.log(bleuSignature({}, '1')); // nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp|version:1
 * ```
 */
export function bleuSignature(
  options: BleuOptions,
  version: string,
  counted: { bootstrap?: { samples: number; seed: number }; references?: number | 'var' } = {},
): string {
  const { bootstrap, references = 1 } = counted;
  const { tokenize, lowercase } = checked('bleuSignature', options);
  const resampled = bootstrap ? `|bs:${bootstrap.samples}|seed:${bootstrap.seed}` : '';
  const letters = lowercase ? 'lc' : 'mixed';
  const cut = `eff:no|tok:${tokenize}|smooth:exp`;
  return `nrefs:${references}${resampled}|case:${letters}|${cut}|version:${version}`;
}

/** The geometric mean of the precisions times the brevity penalty. */
function combine(
  correct: readonly number[],
  total: readonly number[],
  hypothesisLength: number,
  referenceLength: number,
): Bleu {
  let brevityPenalty = 1;
  if (hypothesisLength < referenceLength) {
    brevityPenalty = hypothesisLength > 0 ? Math.exp(1 - referenceLength / hypothesisLength) : 0;
  }
  const precisions: Bleu['precisions'] = [0, 0, 0, 0];
  if (correct.every((count) => count === 0)) return { score: 0, precisions, brevityPenalty };
  // mteval: the k-th length without a match counts as 1/2^k of a match.
  let half = 1;
  for (let n = 0; n < longest && total[n]! > 0; n++) {
    if (correct[n] === 0) half /= 2;
    precisions[n] = (100 * (correct[n] || half)) / total[n]!;
  }
  const logarithms = precisions.reduce((sum, precision) => sum + Math.log(precision), 0);
  return { score: brevityPenalty * Math.exp(logarithms / longest), precisions, brevityPenalty };
}

/** How often each sequence of n words occurs. */
function nGrams(words: readonly string[], n: number): Map<string, number> {
  const counts = new Map<string, number>();
  for (let first = 0; first + n <= words.length; first++) {
    const nGram = words.slice(first, first + n).join(' ');
    counts.set(nGram, (counts.get(nGram) ?? 0) + 1);
  }
  return counts;
}

const tokenisers = {
  '13a': tokenise13a,
  none: (text: string) => text,
};

/** Sets punctuation apart from words, but not '.' and ',' inside numbers: mteval-v13a.pl. */
function tokenise13a(text: string): string {
  const plain = text
    .replaceAll('<skipped>', '')
    .replaceAll('-\n', '')
    .replaceAll('\n', ' ')
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>');
  return ` ${plain} `
    .replace(/([{-~[-` -&(-+:-@/])/gu, ' $1 ')
    .replace(/([^0-9])([.,])/gu, '$1 $2 ')
    .replace(/([.,])([^0-9])/gu, ' $1 $2')
    .replace(/([0-9])(-)/gu, '$1 $2 ');
}

/**
 * Without white space at the end, as Python's str.rstrip(): a hyphen there is not one before a line
 * break, which the tokenisation joins.
 */
function withoutEnd(text: string): string {
  let end = text.length;
  while (end > 0 && pythonSpace.test(text[end - 1]!)) end--;
  return text.slice(0, end);
}

/**
 * Splits at what Python's str.split() takes for white space: not quite JavaScript's \s, which has
 * the byte-order mark and lacks the separators U+001C to U+001F and U+0085.
 */
function splitWords(text: string): string[] {
  return text.split(pythonSpace).filter((word) => word !== '');
}

// oxlint-disable-next-line no-control-regex -- the separators are what this is for
const pythonSpace = /[\p{White_Space}\x1c-\x1f]+/u;
