let names: Intl.DisplayNames | undefined;

/** A code's name in English; undefined for what is no code of a language. */
function nameOf(code: string): string | undefined {
  // Made when it is needed: that takes 20 ms.
  names ??= new Intl.DisplayNames('en', { type: 'language', fallback: 'none' });
  return names.of(code);
}

/** The form of a language's code: en, amh, pt-BR, zh_Hans. */
export const languageCode = /^[a-z]{2,3}(?:[-_][a-z0-9]{2,8})*$/i;

/** The English names of the languages that have a code of two letters, in lower case. */
let common: ReadonlySet<string> | undefined;

function commonNames(): ReadonlySet<string> {
  const letters = [...'abcdefghijklmnopqrstuvwxyz'];
  const codes = letters.flatMap((one) => letters.map((other) => one + other));
  return new Set(codes.flatMap((one) => nameOf(one)?.toLowerCase() ?? []));
}

/** Whether a text is the code of a language or its English name. */
export function isLanguage(text: string): boolean {
  if (languageCode.test(text)) {
    try {
      if (nameOf(text.replaceAll('_', '-')) !== undefined) return true;
    } catch {
      // No code that Intl knows the form of.
    }
  }
  return (common ??= commonNames()).has(text.toLowerCase());
}
