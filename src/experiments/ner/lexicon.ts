import type { TaggedSentence } from '../../data/readers/text/conll.js';
import { countEntries, Vocabulary } from '../../data/text/vocabulary.js';
import type { WordVectors } from '../../data/readers/text/word-vectors.js';
import type { NerModelConfig } from './config.js';

/** What stands for every word or character that is not in a vocabulary. */
const unknown = '<unk>';

/** How words look to the model; `zeroDigits` is the only choice. */
type Normalisation = Pick<NerModelConfig, 'zeroDigits'>;

function normalise(word: string, { zeroDigits }: Normalisation): string {
  return zeroDigits ? word.replace(/\d/g, '0') : word;
}

/** A word as it is and in Unicode's two forms: é may be one character, or e and an accent. */
const formsOf = (word: string) => [word, word.normalize('NFC'), word.normalize('NFD')];

/**
 * The keys a word's pretrained vector is looked up by, in this order: as is, then lower-cased; then so
 * in the Unicode form of most files of vectors, NFC.
 */
export function vectorKeys(word: string, normalisation: Normalisation): string[] {
  const seen = normalise(word, normalisation);
  const keys = [seen, seen.normalize('NFC')].flatMap((form) => [form, form.toLowerCase()]);
  return [...new Set(keys)];
}

type Splits = Readonly<Record<'train' | 'development' | 'test', readonly TaggedSentence[]>>;

/** The characters of a word as indices. Words that look the same share one object. */
export type Spelling = readonly number[];

/**
 * A sentence as the model sees it: indices of its words, their spellings, and its tags. Plain
 * arrays: a typed array for each of many short sentences burdens the garbage collector.
 */
export interface EncodedSentence {
  words: readonly number[];
  spellings: readonly Spelling[];
  /** Undefined for text without tags. */
  tags: readonly number[] | undefined;
}

export class Lexicon {
  readonly words: Vocabulary;
  readonly characters: Vocabulary;
  readonly tags: Vocabulary;
  readonly #normalisation: Normalisation;
  /** Whether a word was seen once in training; by index. */
  readonly #singletons: Uint8Array;
  readonly #spellings = new Map<string, Spelling>();

  private constructor(
    words: Vocabulary,
    characters: Vocabulary,
    tags: Vocabulary,
    singletons: Uint8Array,
    normalisation: Normalisation,
  ) {
    this.words = words;
    this.characters = characters;
    this.tags = tags;
    this.#singletons = singletons;
    this.#normalisation = normalisation;
  }

  /**
   * The words, characters and tags of the training sentences, and those words of the evaluation
   * sentences that have pretrained vectors: their embedding is known although training never sees
   * them.
   */
  static ofCorpus(
    { train, development, test }: Splits,
    vectors: WordVectors | undefined,
    normalisation: Normalisation,
  ): Lexicon {
    const counts = countEntries(wordsOf(train, normalisation));
    const characters = new Map<string, number>();
    for (const [word, count] of counts) {
      for (const character of word) {
        characters.set(character, (characters.get(character) ?? 0) + count);
      }
    }
    const tags = new Set(train.flatMap((sentence) => sentence.tags));
    const singletons = new Set([...counts].filter(([, n]) => n === 1).map(([word]) => word));
    for (const word of wordsOf([...development, ...test], normalisation)) {
      const hasVector = vectorKeys(word, normalisation).some((key) => vectors?.vectors.has(key));
      const isSeen = formsOf(word).some((form) => counts.has(form));
      if (!isSeen && hasVector) counts.set(word, 0);
    }
    const words = Vocabulary.ofCounts(counts, unknown);
    return new Lexicon(
      words,
      Vocabulary.ofCounts(characters, unknown),
      new Vocabulary([...tags].sort()),
      Uint8Array.from(words.entries, (word) => (singletons.has(word) ? 1 : 0)),
      normalisation,
    );
  }

  isSingleton(word: number): boolean {
    return this.#singletons[word] === 1;
  }

  /**
   * Words and their spellings; a word that training does not have in another Unicode form, where it has
   * that, or more of its characters.
   * @param tags left out for text without
   * @throws RangeError for a tag that training does not have: no model can predict it
   */
  encode(words: readonly string[], tags?: readonly string[]): EncodedSentence {
    const seen = words.map((word) => this.#known(normalise(word, this.#normalisation)));
    return {
      words: seen.map((word) => this.words.index(word)),
      spellings: seen.map((word) => this.#spelling(word)),
      tags: tags?.map((tag) => this.tags.known(tag)),
    };
  }

  #known(word: string): string {
    if (this.words.index(word) > 0) return word;
    const forms = formsOf(word);
    const strange = (form: string) => this.#spelling(form).filter((index) => index === 0).length;
    return (
      forms.find((form) => this.words.index(form) > 0) ??
      forms.reduce((best, form) => (strange(form) < strange(best) ? form : best))
    );
  }

  #spelling(word: string): Spelling {
    let spelling = this.#spellings.get(word);
    if (!spelling) {
      spelling = Array.from(word, (character) => this.characters.index(character));
      this.#spellings.set(word, spelling);
    }
    return spelling;
  }

  /** What `fromJson` needs. */
  toJson(): LexiconJson {
    return {
      words: this.words.entries,
      characters: this.characters.entries,
      tags: this.tags.entries,
      zeroDigits: this.#normalisation.zeroDigits,
    };
  }

  /** For prediction: which words were singletons is not kept. */
  static fromJson({ words, characters, tags, zeroDigits }: LexiconJson): Lexicon {
    return new Lexicon(
      new Vocabulary(words),
      new Vocabulary(characters),
      new Vocabulary(tags),
      new Uint8Array(words.length),
      { zeroDigits },
    );
  }
}

export interface LexiconJson {
  words: readonly string[];
  characters: readonly string[];
  tags: readonly string[];
  zeroDigits: boolean;
}

function* wordsOf(sentences: readonly TaggedSentence[], normalisation: Normalisation) {
  for (const { words } of sentences) for (const word of words) yield normalise(word, normalisation);
}
