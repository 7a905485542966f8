import type { TaggedSentence } from '../../data/readers/text/conll.js';
import { chunksOfTags } from '../../metrics/chunks.js';
import type { SeededRandom } from '../../random.js';

/** The distinct mentions of each type, as they are written and tagged. */
export type Mentions = ReadonlyMap<string, readonly TaggedSentence[]>;

/** The mentions that sentences have. O(tokens). */
export function mentionsOf(sentences: readonly TaggedSentence[]): Mentions {
  const found = new Map<string, Map<string, TaggedSentence>>();
  for (const sentence of sentences) {
    for (const { type, first, last } of chunksOfTags(sentence.tags)) {
      const ofType = found.get(type) ?? new Map<string, TaggedSentence>();
      found.set(type, ofType);
      const mention = slice(sentence, first, last + 1);
      ofType.set(mention.words.join(' '), mention);
    }
  }
  return new Map([...found].map(([type, mentions]) => [type, [...mentions.values()]]));
}

/**
 * A sentence in which some mentions have given way to others of their type, each with probability
 * `rate`; itself where none has. The name changes and the context stays, so that a tagger has to know types
 * by their contexts, and names in others than their own.
 *
 * Source: Dai and Adel, An Analysis of Simple Data Augmentation for Named Entity Recognition, COLING
 * 2020: mention replacement.
 */
export function withOtherMentions(
  sentence: TaggedSentence,
  mentions: Mentions,
  rate: number,
  random: SeededRandom,
): TaggedSentence {
  const parts: TaggedSentence[] = [];
  let at = 0;
  for (const { type, first, last } of chunksOfTags(sentence.tags)) {
    if (!random.chance(rate)) continue;
    const others = mentions.get(type)!;
    parts.push(slice(sentence, at, first), others[Math.floor(random.uniform() * others.length)]!);
    at = last + 1;
  }
  if (parts.length === 0) return sentence;
  parts.push(slice(sentence, at));
  return {
    words: parts.flatMap(({ words }) => words),
    tags: parts.flatMap(({ tags }) => tags),
  };
}

const slice = ({ words, tags }: TaggedSentence, from: number, to?: number): TaggedSentence => ({
  words: words.slice(from, to),
  tags: tags.slice(from, to),
});
