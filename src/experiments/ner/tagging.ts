import type { RankedPath } from '../../dp/program.js';
import { chainOf, eachPrediction, marginalsOf } from './prediction.js';
import { perItem } from './objective.js';
import type { Tagger } from './saved-model.js';

/** One way to tag a sentence, and how probable it is under the smoothed walk. */
export interface RankedTags {
  /** IOBES. */
  tags: string[];
  probability: number;
}

/** What a tagger says of a sentence. */
export interface TaggedText {
  words: string[];
  /** The tags predicted, in IOBES. */
  tags: string[];
  /** The most probable taggings, best first; empty with hard, which has no probabilities. */
  best: RankedTags[];
  /** Whether `best` holds every tagging with a probability above 0: then l2 has no other. */
  wholeSupport: boolean;
  /** [tokens][tags]: the probability of each tag, in the order of the lexicon. */
  marginals: number[][];
}

/**
 * Tags sentences and ranks their k most probable taggings. Sentences without a word give empty
 * lists.
 */
export function tagSentences(
  { model, lexicon, config }: Tagger,
  sentences: readonly (readonly string[])[],
  k: number,
): TaggedText[] {
  const tagged: TaggedText[] = sentences.map((words) => ({
    words: [...words],
    tags: [],
    best: [],
    wholeSupport: true,
    marginals: [],
  }));
  const list = sentences.map((words) => ({ words }));
  const names = lexicon.tags.entries;
  const named = (path: Int32Array) => Array.from(path, (tag) => names[tag]!);
  eachPrediction(model, lexicon, list, (batch, theta, items) => {
    const potentials = perItem(theta, batch);
    const paths = chainOf(batch, theta, { omega: 'hard' }).argmax(potentials);
    const marginals = marginalsOf(batch, theta, config);
    // One more than wanted tells whether there is another.
    const ranked: RankedPath[][] =
      config.omega === 'hard' ? [] : chainOf(batch, theta, config).kBest(potentials, k + 1);
    items.forEach((sentence, item) => {
      const text = tagged[sentence]!;
      const own = ranked[item] ?? [];
      text.tags = named(paths[item]!);
      text.best = own.slice(0, k).map(({ path, logProbability }) => ({
        tags: named(path),
        probability: Math.exp(logProbability),
      }));
      text.wholeSupport = own.length <= k;
      text.marginals = Array.from({ length: batch.lengths[item]! }, (_, position) => {
        const first = (item * batch.positions + position) * names.length;
        return Array.from(marginals.subarray(first, first + names.length));
      });
    });
  });
  return tagged;
}

/**
 * The words of a sentence as CoNLL files have them: split at spaces, and punctuation at the ends of
 * a word by itself. An abbreviation such as U.N. keeps its points.
 */
export function wordsOfText(text: string): string[] {
  return text
    .trim()
    .split(/\s+/u)
    .flatMap((chunk) => {
      const [, before = '', word = '', after = ''] =
        /^([("“«¿¡']*)(.*?)([)"”».,;:!?…']*)$/su.exec(chunk) ?? [];
      // A point belongs to an abbreviation that has another one inside.
      const abbreviation = after.startsWith('.') && word.includes('.');
      return [
        ...before,
        ...(abbreviation ? [`${word}.`, ...after.slice(1)] : [word, ...after]),
      ].filter((part) => part !== '');
    });
}
