import { isBlank } from './blank.js';

/**
 * Tokens of a text: each run of letters (with their combining marks) and digits, and every other
 * character that is not a space by itself; none of a text that is blank.
 */
export function tokenise(text: string, { lowercase }: { lowercase: boolean }): string[] {
  if (isBlank(text)) return [];
  const folded = lowercase ? text.toLowerCase() : text;
  return folded.normalize('NFC').match(tokens) ?? [];
}

const tokens = /[\p{L}\p{M}\p{N}]+|\S/gu;

/** The tokens of a text with their places. */
export const tokensIn = (text: string) => text.matchAll(tokens);

/** The letter that a text begins with, behind quotation marks and the like; none behind a number. */
export const firstLetter = (text: string) => beginning.exec(text)?.[2];

const beginning = /^([^\p{L}\p{N}]*)(\p{L})/u;

/** Whether a mark stands against the word before it, and against the word after it. */
export type Attached = readonly [before: boolean, after: boolean];

/** How texts are written, beyond what their tokens say. */
export interface Writing {
  /** Whether they begin with a capital. */
  capital: boolean;
  /** Of marks that the texts have. */
  marks: Readonly<Record<string, Attached>>;
}

/** What stands against the word before it. */
const closing = new Set([',', '.', ')', ']', '}', '%', '…', '”', '’', "'", '/', '-', '–']);
/** Except in French, which sets a space before them. */
const closingButInFrench = new Set(['!', '?', ';', ':', '»']);
/** What stands against the word after it. */
const opening = new Set(['(', '[', '{', '$', '£', '#', '@', '“', '‘', '’', "'", '/', '-', '–']);
const word = /^[\p{L}\p{M}\p{N}]/u;
const digits = /^\p{N}+$/u;

/**
 * How a mark stands where no text tells.
 * @param language a code: fr has a spacing of its own, all others that of English
 */
export const attachedByRule = (token: string, language: string): Attached => [
  closing.has(token) || (language !== 'fr' && closingButInFrench.has(token)),
  opening.has(token),
];

/**
 * Text of tokens, as a person writes it: the way back from `tokenise` for common texts, not for all
 * (the tokens do not say where spaces were).
 * @param options.language a code, as of `attachedByRule`
 * @param options.marks how marks stand in the texts of that language
 * @param options.capitalise begins the text with a capital: for models of lower-cased text
 */
export function detokenise(
  tokens: readonly string[],
  {
    language,
    marks = {},
    capitalise = false,
  }: { language: string; marks?: Writing['marks']; capitalise?: boolean },
): string {
  let text = '';
  let glued = true;
  let quoted = false;
  tokens.forEach((token, at) => {
    const before = tokens[at - 1];
    const after = tokens[at + 1];
    const known = Object.hasOwn(marks, token) ? marks[token] : undefined;
    let [left, right] = known ?? attachedByRule(token, language);
    if (token === '"') {
      left = quoted;
      right = !quoted;
      quoted = !quoted;
    }
    // An apostrophe or a hyphen that stands beside punctuation joins nothing.
    const joins = left && right && closing.has(token);
    if (joins && !(word.test(before ?? '') && word.test(after ?? ''))) {
      left = token === "'" || token === '’';
      right = false;
    }
    // 1,000 and 3.5: one number.
    if (/^[.,:]$/.test(token) && digits.test(before ?? '') && digits.test(after ?? '')) {
      left = true;
      right = token !== ',' || after!.length === 3;
    }
    text += glued || left ? token : ` ${token}`;
    glued = right;
  });
  if (!capitalise) return text;
  const capital = (_: string, marks: string, letter: string) => marks + letter.toUpperCase();
  // The small letter of İ has its dot by itself.
  return text.replace(beginning, capital).normalize('NFC');
}
