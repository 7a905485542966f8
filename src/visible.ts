/**
 * What a terminal or a page would obey instead of showing it: the control characters C0 and C1 with
 * ESC and DEL among them, line and paragraph separators, the embeddings, overrides and isolates of
 * bidirectional text, and halves of surrogate pairs. Marks of single characters (U+200C to U+200F)
 * belong to the spelling of several languages and stay.
 */
const unseen = /[\p{Cc}\p{Cs}\u2028-\u202e\u2066-\u206f]/gu;

/** Written as in JSON, so that escaped JSON is still JSON. */
const escaped = (character: string) =>
  `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;

/** A text from outside (a name, a title, a word) on one line: control characters as \u001b. */
export function visible(text: string): string {
  return text.replace(unseen, escaped);
}

/** The same for a text of several lines: line feeds and tabs stay. */
export function visibleLines(text: string): string {
  return text.replace(unseen, (character) =>
    character === '\n' || character === '\t' ? character : escaped(character),
  );
}

/** Longer input is cut where a message quotes it. */
const mostQuoted = 200;

/** The beginning of a text, with … for what is left out; whole characters. */
export function shortened(text: string, most = mostQuoted): string {
  // No message has a use for the rest: a file of one line may have come here.
  const characters = [...text.slice(0, 2 * most + 2)];
  return characters.length > most ? `${characters.slice(0, most).join('')}…` : text;
}

/** Input as a message quotes it: as JSON, control characters shown, at most 200 characters. */
export function quoted(value: unknown): string {
  if (typeof value === 'string') return visible(JSON.stringify(shortened(value)));
  return visible(shortened(jsonOf(value)));
}

function jsonOf(value: unknown): string {
  // JSON has neither NaN nor infinities.
  if (typeof value === 'number') return String(value);
  try {
    return JSON.stringify(value) ?? 'nothing';
  } catch {
    // Circular, nested too deeply, or a bigint.
    return `a value of type ${typeof value}`;
  }
}
