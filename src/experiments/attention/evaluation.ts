import type { EncodedPair } from '../../data/text/encoded-pairs.js';
import { batchesOf, translationBatch } from '../../data/text/parallel-batches.js';
import { tokenise } from '../../data/text/parallel-tokens.js';
import { special } from '../../data/text/parallel-vocabulary.js';
import { bleuCounts, corpusBleu, type BleuOptions } from '../../metrics/bleu.js';
import { sentencesHash, type SentenceScores } from '../results/sentence-scores.js';
import type { DecodingConfig } from './config.js';
import type { TestSet } from './corpus.js';
import type { TestScores } from './result.js';
import type { TranslationModel } from './model.js';
import type { Translator } from './translator.js';

/** Sentences of a batch when nothing is trained. */
const together = 128;

/** exp of the cross-entropy a word, the end of each sentence included. */
export function perplexity(model: TranslationModel, pairs: readonly EncodedPair[]): number {
  const full = pairs.filter(({ source }) => source.length > 0);
  const order = Int32Array.from(full, (_, at) => at).sort(
    (a, b) => full[a]!.target.length - full[b]!.target.length,
  );
  let loss = 0;
  let words = 0;
  for (const part of batchesOf(order, together)) {
    const batch = translationBatch(
      Array.from(part, (at) => full[at]!),
      special,
    );
    loss += model.loss(batch);
    words += batch.output.length;
  }
  return Math.exp(loss / words);
}

/** BLEU on tokens, split at spaces: what development is judged by. */
export async function tokenBleu(
  translator: Translator,
  { pairs }: TestSet,
  decoding: DecodingConfig,
): Promise<number> {
  const translations = await translator.translate(
    pairs.map(({ source }) => source),
    decoding,
  );
  return corpusBleu(
    translations.map(({ tokens }) => tokens.join(' ')),
    references(translator, pairs),
    { tokenize: 'none' },
  ).score;
}

/** Translates a test set and counts BLEU in every way; by sentence on tokens and as 13a with case. */
export async function scoreTestSet(
  translator: Translator,
  { name, pairs }: TestSet,
  decoding: DecodingConfig,
  onBatch?: () => Promise<void>,
): Promise<{ scores: TestScores; texts: string[]; sentences: SentenceScores[] }> {
  const translations = await translator.translate(
    pairs.map(({ source }) => source),
    decoding,
    onBatch,
  );
  const tokens = translations.map((translation) => translation.tokens.join(' '));
  const texts = translations.map(({ text }) => text);
  const raw = pairs.map(({ target }) => target);
  const rawTokens = references(translator, pairs);
  const onTokens = corpusBleu(tokens, rawTokens, { tokenize: 'none' });
  return {
    texts,
    sentences: [
      bleuBySentence(`${name}, tokens`, tokens, rawTokens, { tokenize: 'none' }),
      bleuBySentence(`${name}, 13a cased`, texts, raw, {}),
    ],
    scores: {
      name,
      sentences: pairs.length,
      bleuTokens: onTokens.score,
      bleu13aCased: corpusBleu(texts, raw).score,
      bleu13aLowercased: corpusBleu(texts, raw, { lowercase: true }).score,
      brevityPenalty: onTokens.brevityPenalty,
    },
  };
}

const bleuBySentence = (
  name: string,
  texts: readonly string[],
  expected: readonly string[],
  options: BleuOptions,
): SentenceScores => ({
  name,
  kind: 'BLEU',
  sentences: sentencesHash(expected),
  counts: texts.map((text, at) => bleuCounts(text, expected[at]!, options)),
});

const references = (translator: Translator, pairs: TestSet['pairs']) =>
  pairs.map(({ target }) => tokenise(target, translator.text).join(' '));
