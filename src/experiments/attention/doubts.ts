import { counted } from '../../counted.js';
import type { Notify } from '../../data/readers/notices.js';
import { hasBothSides, type SentencePair } from '../../data/readers/text/parallel-text.js';
import { tokenise } from '../../data/text/parallel-tokens.js';
import { special, type TranslationVocabulary } from '../../data/text/parallel-vocabulary.js';
import { percent } from '../../report/table.js';
import type { TextConfig } from './config.js';

type Side = 'source' | 'target';
type Part = { name: string; pairs: readonly SentencePair[] };

/** Above this share something is said. */
const most = 0.5;

/** Says of pairs when most have the same text on both sides: a file was given twice under two names. */
export function noticeEqual({ name, pairs }: Part, notify: Notify): void {
  const whole = pairs.filter(hasBothSides);
  const equal = whole.filter(({ source, target }) => source.trim() === target.trim()).length;
  if (equal <= most * whole.length) return;
  notify(
    `${name}: ${equal} of ${counted(whole.length, 'pair')} ${equal === 1 ? 'has' : 'have'} the same ` +
      'text on both sides: is one file a copy of the other?',
  );
}

/** What sentences have when their words are not what stands between spaces, and what becomes of it. */
const oddWords: readonly (readonly [pattern: RegExp, says: string])[] = [
  [/\t/, 'have a tab: is it a table of both sides? Each needs a file, as by `cut -f 1`'],
  [/^[\s\p{N}.,:-]+$/u, 'are numbers and nothing else: is the text in another file or column?'],
  [
    // Of subword-nmt and of SentencePiece.
    /\S@@(?=\s|$)|(?:^|\s)\u2581\S/,
    'have words in pieces (@@ or ▁): marks and pieces are taken for words, in BLEU, too; join them before',
  ],
  [
    // Words that are apart are shorter in any of these scripts.
    /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}]{10}/u,
    'have no spaces between words: what stands between two marks is taken for one word, in BLEU, too; ' +
      'separate the words before',
  ],
];

/** Says of each side of parts when words are not what stands between spaces in most of its sentences. */
export function noticeWords(parts: readonly Part[], notify: Notify): void {
  for (const side of ['source', 'target'] as const) {
    for (const [pattern, says] of oddWords) {
      const odd = parts.filter(({ pairs }) => {
        const whole = pairs.filter(hasBothSides);
        return whole.filter((pair) => pattern.test(pair[side])).length > most * whole.length;
      });
      if (odd.length === 0) continue;
      notify(`${odd.map(({ name }) => name).join(', ')}: most sentences of the ${side} ${says}`);
    }
  }
}

/** Says of a part when most of its pairs are among those of training. */
export function noticeKnown(training: readonly SentencePair[], part: Part, notify: Notify): void {
  const keyOf = ({ source, target }: SentencePair) => `${source.trim()}\n${target.trim()}`;
  const known = new Set(training.map(keyOf));
  const count = part.pairs.filter((pair) => known.has(keyOf(pair))).length;
  if (count <= most * part.pairs.length) return;
  notify(
    `${part.name}: ${count} of ${counted(part.pairs.length, 'pair')} ${count === 1 ? 'is' : 'are'} ` +
      'among those of training: its score says little',
  );
}

/** Says of pairs how many references have letters in another Unicode form than translations are written in. */
export function noticeForm({ name, pairs }: Part, notify: Notify): void {
  const at = pairs.findIndex(isOtherForm);
  if (at < 0) return;
  notify(
    `${name}: ${pairs.filter(isOtherForm).length} of ${counted(pairs.length, 'reference')}, the first that of ` +
      `pair ${at + 1}, are not in Unicode’s NFC, as translations are: BLEU by 13a takes such words for ` +
      'others; convert the file, as by `uconv -x nfc`',
  );
}

const isOtherForm = ({ target }: SentencePair) => target !== target.normalize('NFC');

type Named = readonly [name: string, translator: { languages: Record<Side, string> }];

/** Says when the second translator, which is held against the first, is of other languages. */
export function noticeLanguages(first: Named, second: Named, notify: Notify): void {
  const [one, other] = [first, second].map(
    ([, { languages }]) => `from ${languages.source} to ${languages.target}`,
  );
  if (one !== other) notify(`${second[0]} translates ${other}, ${first[0]} ${one}`);
}

/** Says of each side of pairs when a model knows hardly any of its words: another language, say. */
export function noticeUnknown(
  { vocabularies, text }: { vocabularies: Record<Side, TranslationVocabulary>; text: TextConfig },
  { name, pairs }: Part,
  notify: Notify,
): void {
  for (const [side, other] of [
    ['source', 'target'],
    ['target', 'source'],
  ] as const) {
    // Full stops and numbers are the same in most languages.
    const words = pairs
      .flatMap((pair) => tokenise(pair[side], text))
      .filter((token) => /\p{L}/u.test(token));
    const unknownTo = (one: Side) =>
      words.filter((word) => vocabularies[one].index(word) === special.unknown).length /
      words.length;
    const unknown = unknownTo(side);
    // NaN without words.
    if (!(unknown > most)) continue;
    notify(
      `${name}: the model does not know ${percent(unknown)} of the words of the ${side}: ` +
        (unknownTo(other) < most
          ? `those of its ${other} are known better: are the two files exchanged?`
          : 'is it in another language, or text.minimumCount too high for so little text?'),
    );
  }
}
