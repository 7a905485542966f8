import type { Writing } from '../../data/text/parallel-tokens.js';
import { TranslationVocabulary } from '../../data/text/parallel-vocabulary.js';
import type { AttentionConfig } from './config.js';
import type { Corpus } from './corpus.js';
import { TranslationModel } from './model.js';
import type { ModelParameters } from './parameters.js';
import { Translator } from './translator.js';

/** What a run directory tells of its translator beside the numbers; the vocabularies' words. */
export interface SavedTranslator {
  config: AttentionConfig;
  languages: Corpus['languages'];
  words: { source: readonly string[]; target: readonly string[] };
  writing?: Writing | undefined;
}

/** A translator of what a run directory tells, and of a model's numbers; in Node and in pages alike. */
export function newTranslator(
  { config, languages, words, writing }: SavedTranslator,
  parameters: ModelParameters,
): Translator {
  const source = new TranslationVocabulary(words.source);
  const target = new TranslationVocabulary(words.target);
  const sizes = { source: source.size, target: target.size };
  const model = new TranslationModel(config.model, sizes, parameters);
  return new Translator(model, { source, target }, languages, config.text, writing);
}
