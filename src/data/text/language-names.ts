/** Codes with their names in English; those that are no code of a language have none. */
const names = new Intl.DisplayNames('en', { type: 'language', fallback: 'none' });

/** The form of a language's code: en, amh, pt-BR, zh_Hans. */
export const languageCode = /^[a-z]{2,3}(?:[-_][a-z0-9]{2,8})*$/i;

/** The English names of the languages that have a code of two letters, in lower case. */
let common: ReadonlySet<string> | undefined;

function commonNames(): ReadonlySet<string> {
  const letters = [...'abcdefghijklmnopqrstuvwxyz'];
  const codes = letters.flatMap((one) => letters.map((other) => one + other));
  return new Set(codes.flatMap((one) => names.of(one)?.toLowerCase() ?? []));
}

/** Whether a text is the code of a language or its English name. */
export function isLanguage(text: string): boolean {
  if (languageCode.test(text)) {
    try {
      if (names.of(text.replaceAll('_', '-')) !== undefined) return true;
    } catch {
      // No code that Intl knows the form of.
    }
  }
  return (common ??= commonNames()).has(text.toLowerCase());
}
