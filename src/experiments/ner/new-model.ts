import { SeededRandom } from '../../random.js';
import type { NerConfig } from './config.js';
import type { Lexicon } from './lexicon.js';
import { NerModel } from './model.js';

/** A model for these vocabularies with random parameters that the config's seed determines. */
export function newModel(
  config: Pick<NerConfig, 'model' | 'seed'>,
  lexicon: Lexicon,
  wordSize: number,
): NerModel {
  const { words, characters, tags } = lexicon;
  const sizes = { words: words.size, characters: characters.size, tags: tags.size };
  return new NerModel({ ...config.model, wordSize }, sizes, new SeededRandom(config.seed));
}
