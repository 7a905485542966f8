import { tokenise } from '../../data/text/parallel-tokens.js';
import type { SentencePair } from '../../data/readers/text/parallel-text.js';
import type { AttentionMap } from '../../report/figures/attention-figure.js';
import type { Translator } from './translator.js';

const examples = 4;
/** What a picture has room for. */
const mostWords = 14;
/** What a picture is drawn of where no sentence is shorter. */
const mostWordsAtAll = 60;

/**
 * Attention on a few sentences, of all the first short ones, while the decoder is given their reference
 * translations: the same words for every model, so that pictures can be compared.
 */
export function exampleMaps(
  translator: Translator,
  pairs: readonly SentencePair[],
): AttentionMap[] {
  const whole = pairs
    .map(({ source, target }) => ({
      source: tokenise(source, translator.text),
      target: tokenise(target, translator.text),
    }))
    .filter(({ source, target }) => source.length > 0 && target.length > 0);
  const short = chosen(whole).slice(0, examples);
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

type Tokens = Pick<AttentionMap, 'source' | 'target'>;

/** Sentences of a length that shows something and fits; else shorter ones, else the shortest. */
function chosen(pairs: readonly Tokens[]): readonly Tokens[] {
  const longer = ({ source, target }: Tokens) => Math.max(source.length, target.length);
  const fitting = pairs.filter(
    (pair) => longer(pair) <= mostWords && pair.source.length >= 5 && pair.target.length >= 5,
  );
  if (fitting.length > 0) return fitting;
  const short = pairs.filter((pair) => longer(pair) <= mostWords);
  if (short.length > 0) return short;
  return pairs
    .filter((pair) => longer(pair) <= mostWordsAtAll)
    .sort((a, b) => longer(a) - longer(b));
}

/** Four digits; what is not exactly 0 stays so. */
const rounded = (weight: number) => (weight > 0 ? Math.max(1e-4, +weight.toFixed(4)) : 0);
