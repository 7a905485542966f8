import { tokenise } from '../../data/text/parallel-tokens.js';
import type { SentencePair } from '../../data/readers/text/parallel-text.js';
import type { AttentionMap } from '../../report/figures/attention-figure.js';
import type { Translator } from './translator.js';

const examples = 4;
/** What a picture has room for. */
const mostWords = 14;

/**
 * Attention on the first few short sentences while the decoder is given their reference
 * translations: the same words for every model, so that pictures can be compared.
 */
export function exampleMaps(
  translator: Translator,
  pairs: readonly SentencePair[],
): AttentionMap[] {
  const short = pairs
    .map(({ source, target }) => ({
      source: tokenise(source, translator.text),
      target: tokenise(target, translator.text),
    }))
    .filter(({ source, target }) =>
      [source, target].every(({ length }) => length >= 5 && length <= mostWords),
    )
    .slice(0, examples);
  if (short.length === 0) return [];
  const { source, target } = translator.vocabularies;
  const weights = translator.model.weightsOf(
    short.map((pair) => ({
      source: source.encode(pair.source),
      target: target.encode(pair.target),
    })),
  );
  return short.map((pair, at) => ({
    ...pair,
    weights: weights[at]!.map((row) => Array.from(row, rounded)),
  }));
}

/** Four digits; what is not exactly 0 stays so. */
const rounded = (weight: number) => (weight > 0 ? Math.max(1e-4, +weight.toFixed(4)) : 0);
