/**
 * Tokens of a text: each run of letters (with their combining marks) and digits, and every other
 * character that is not a space by itself.
 */
export function tokenise(text: string, { lowercase }: { lowercase: boolean }): string[] {
  const folded = lowercase ? text.toLowerCase() : text;
  return folded.normalize('NFC').match(/[\p{L}\p{M}\p{N}]+|\S/gu) ?? [];
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
 * Text of tokens, as a person writes it: the way back from `tokenise` for common texts, not for all
 * (the tokens do not say where spaces were).
 * @param options.language a code: fr has a spacing of its own, all others that of English
 * @param options.capitalise begins the text with a capital: for models of lower-cased text
 */
export function detokenise(
  tokens: readonly string[],
  { language, capitalise = false }: { language: string; capitalise?: boolean },
): string {
  let text = '';
  let glued = true;
  let quoted = false;
  tokens.forEach((token, at) => {
    const before = tokens[at - 1];
    const after = tokens[at + 1];
    let left = closing.has(token) || (language !== 'fr' && closingButInFrench.has(token));
    let right = opening.has(token);
    if (token === '"') {
      left = quoted;
      right = !quoted;
      quoted = !quoted;
    }
    // An apostrophe or a hyphen that stands beside punctuation joins nothing.
    if (left && right && !(word.test(before ?? '') && word.test(after ?? ''))) {
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
  return capitalise ? text.replace(/\p{L}/u, (letter) => letter.toUpperCase()) : text;
}
