import * as tf from '@tensorflow/tfjs';
import type { EncodedPair } from '../../data/text/encoded-pairs.js';
import { detokenise, tokenise, type Writing } from '../../data/text/parallel-tokens.js';
import { special, type TranslationVocabulary } from '../../data/text/parallel-vocabulary.js';
import { beamSearch, type Hypothesis } from './beam-search.js';
import type { DecodingConfig, TextConfig } from './config.js';
import type { Corpus } from './corpus.js';
import type { TranslationModel } from './model.js';

export interface Translation {
  /** Those that were translated: the first of a very long sentence. */
  sourceTokens: string[];
  /** How many tokens the whole sentence has. */
  sourceLength: number;
  /** Unknown words replaced by the source word that the decoder attended to most. */
  tokens: string[];
  text: string;
  /** For each token, and last for the end of the sentence, a weight for each source token. */
  weights: Float32Array[];
  logProbability: number;
}

export interface Vocabularies {
  source: TranslationVocabulary;
  target: TranslationVocabulary;
}

/** How many sentences go through the decoder together. */
const together = 32;

/** From text to text: tokens, vocabularies, model and search. */
export class Translator {
  readonly model: TranslationModel;
  readonly vocabularies: Vocabularies;
  readonly languages: Corpus['languages'];
  readonly text: TextConfig;
  readonly writing: Writing | undefined;

  /** @param writing of the target's texts; runs did not note it at first */
  constructor(
    model: TranslationModel,
    vocabularies: Vocabularies,
    languages: Corpus['languages'],
    text: TextConfig,
    writing?: Writing,
  ) {
    this.model = model;
    this.vocabularies = vocabularies;
    this.languages = languages;
    this.text = text;
    this.writing = writing;
  }

  encode(pair: { source: string; target: string }): EncodedPair {
    return {
      source: this.vocabularies.source.encode(tokenise(pair.source, this.text)),
      target: this.vocabularies.target.encode(tokenise(pair.target, this.text)),
    };
  }

  /**
   * Translates texts, a sentence each; sentences of about the same length go together.
   * @param onBatch called between batches: a place to stop
   * @param onWord called after each word with the translation so far of the text at this place
   */
  async translate(
    texts: readonly string[],
    config: DecodingConfig,
    onBatch: () => Promise<void> = async () => undefined,
    onWord?: (at: number, soFar: Translation) => void,
  ): Promise<Translation[]> {
    // The end of the longest sentences would be cut off by the limit anyway.
    const whole = texts.map((text) => tokenise(text, this.text));
    const sources = whole.map((tokens) => tokens.slice(0, 4 * config.maximumLength));
    const order = sources
      .map((_, at) => at)
      .sort((a, b) => sources[a]!.length - sources[b]!.length);
    const translations: Translation[] = [];
    const parameters = this.model.tensors();
    try {
      for (let first = 0; first < order.length; first += together) {
        const part = order.slice(first, first + together);
        const encoded = part.map((at) => this.vocabularies.source.encode(sources[at]!));
        const finished = (item: number, hypothesis: Hypothesis): Translation => {
          const at = part[item]!;
          const sourceLength = whole[at]!.length;
          return { ...this.#finish(sources[at]!, hypothesis), sourceLength };
        };
        const told =
          onWord &&
          ((item: number, soFar: Hypothesis) => onWord(part[item]!, finished(item, soFar)));
        const found = beamSearch(this.model, parameters, encoded, config, told);
        part.forEach((at, item) => (translations[at] = finished(item, found[item]!)));
        await onBatch();
      }
    } finally {
      tf.dispose(Object.values(parameters));
    }
    return translations;
  }

  #finish(sourceTokens: string[], { words, weights, logProbability }: Hypothesis) {
    const tokens = Array.from(words, (word, at) =>
      word === special.unknown
        ? sourceTokens[largest(weights[at]!)]!
        : this.vocabularies.target.words[word]!,
    );
    const { capital = true, marks } = this.writing ?? {};
    const capitalise = this.text.lowercase && capital;
    const options = { language: this.languages.target, capitalise, ...(marks && { marks }) };
    return { sourceTokens, tokens, text: detokenise(tokens, options), weights, logProbability };
  }
}

/** The place of the first largest number. */
function largest(values: Float32Array): number {
  let best = 0;
  for (let at = 1; at < values.length; at++) if (values[at]! > values[best]!) best = at;
  return best;
}
