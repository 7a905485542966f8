import {
  attachedByRule,
  firstLetter,
  tokensIn,
  type Attached,
  type Writing,
} from './parallel-tokens.js';

/** Marks other than those of ASCII, such as ¿, „ and 。: languages space the same one in several ways. */
const mark = /^[^\p{L}\p{N}\p{ASCII}]+$/u;
const anyMark = /[^\p{L}\p{N}\p{ASCII}\s]/u;

/** For the side before a mark and the side after it. */
type BothSides = [number, number];

/**
 * How most of some texts are written. A side on which a mark never has a neighbour, as that before ¿ where
 * each text is one sentence, is as `attachedByRule` says.
 */
export function writingOf(texts: Iterable<string>, language: string): Writing {
  const begun = { cased: 0, capital: 0 };
  const counts = new Map<string, { seen: BothSides; attached: BothSides }>();
  for (const whole of texts) {
    const text = whole.normalize('NFC').trim();
    const letter = firstLetter(text);
    if (letter !== undefined && letter.toLowerCase() !== letter.toUpperCase()) {
      begun.cased++;
      if (letter !== letter.toLowerCase()) begun.capital++;
    }
    if (!anyMark.test(text)) continue;
    for (const { 0: token, index } of tokensIn(text)) {
      if (!mark.test(token)) continue;
      const count = counts.get(token) ?? { seen: [0, 0], attached: [0, 0] };
      counts.set(token, count);
      [text[index - 1], text[index + token.length]].forEach((neighbour, side) => {
        // What stands against a mark from behind, such as a full stop, does so against a word as well.
        const byItself = side === 1 && neighbour !== undefined && /\p{P}/u.test(neighbour);
        if (neighbour === undefined || byItself) return;
        count.seen[side]!++;
        if (/\S/u.test(neighbour)) count.attached[side]!++;
      });
    }
  }
  const marks: Record<string, Attached> = {};
  for (const [token, { seen, attached }] of counts) {
    const rule = attachedByRule(token, language);
    const most = (side: 0 | 1) =>
      2 * attached[side] === seen[side] ? rule[side] : 2 * attached[side] > seen[side];
    marks[token] = [most(0), most(1)];
  }
  return { capital: 2 * begun.capital >= begun.cased, marks };
}
