import { convertTags } from '../../data/readers/text/tag-scheme.js';
import type { RankedPath } from '../../dp/program.js';
import { chainOf, decoded, eachPrediction, marginalsOf } from './prediction.js';
import { perItem } from './objective.js';
import type { Tagger } from './saved-model.js';

/**
 * One way to tag a sentence, and how probable it is under the smoothed walk: taggings that mark the
 * same chunks are one, their probabilities added, as far as they are among the 64 most probable.
 */
interface RankedTags {
  /** IOBES; of those that mark the same chunks the most probable. */
  tags: string[];
  probability: number;
}

export interface TaggedText {
  words: string[];
  /** The tags predicted, as the config decodes, in IOBES. */
  tags: string[];
  /** The most probable taggings, best first; empty with hard, which has no probabilities. */
  best: RankedTags[];
  /** Whether `best` holds every tagging with a probability above 0: then l2 has no other. */
  wholeSupport: boolean;
  /** [tokens][tags]: the probability of each tag, in the order of the lexicon. */
  marginals: number[][];
}

/**
 * Tags sentences, as the tagger's config decodes, and ranks their k most probable taggings. Sentences
 * without a word give empty lists.
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
  const named = (path: ArrayLike<number>) => Array.from(path, (tag) => names[tag]!);
  eachPrediction(model, lexicon, list, (batch, theta, items) => {
    const potentials = perItem(theta, batch);
    const marginals = marginalsOf(batch, theta, config);
    const paths = decoded(batch, theta, config, marginals);
    const ranked =
      config.omega === 'hard' ? [] : chainOf(batch, theta, config).kBest(potentials, pathsFor(k));
    items.forEach((sentence, item) => {
      const text = tagged[sentence]!;
      const { best, whole } = rankedTaggings(ranked[item] ?? [], named, k);
      text.tags = named(paths[item]!);
      text.best = best;
      text.wholeSupport = whole;
      text.marginals = Array.from({ length: batch.lengths[item]! }, (_, position) => {
        const first = (item * batch.positions + position) * names.length;
        return Array.from(marginals.subarray(first, first + names.length));
      });
    });
  });
  return tagged;
}

/**
 * Paths that are looked at for k taggings, since some mark the same chunks: as many for every sentence and for
 * every usual k, so that probabilities depend on neither k nor the other sentences of a batch.
 */
const pathsFor = (k: number) => Math.max(64, 8 * (k + 1));

/** The most probable taggings of a sentence, of different chunks; `whole` when there is no other. */
function rankedTaggings(
  paths: readonly RankedPath[],
  named: (path: Int32Array) => string[],
  k: number,
): { best: RankedTags[]; whole: boolean } {
  const best = mergedTaggings(paths, named);
  return { best: best.slice(0, k), whole: paths.length < pathsFor(k) && best.length <= k };
}

function mergedTaggings(
  paths: readonly RankedPath[],
  named: (path: Int32Array) => string[],
): RankedTags[] {
  const bySight = new Map<string, RankedTags>();
  for (const { path, logProbability } of paths) {
    const tags = named(path);
    const sight = convertTags(tags, 'IOB2').join(' ');
    const same = bySight.get(sight);
    if (same) same.probability += Math.exp(logProbability);
    else bySight.set(sight, { tags, probability: Math.exp(logProbability) });
  }
  return [...bySight.values()].sort((a, b) => b.probability - a.probability);
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
