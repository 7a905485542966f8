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

/** A translator by its name. */
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
