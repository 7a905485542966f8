import { englishNumber, englishOrdinal, englishYear, frenchNumber } from './number-names.js';
import type { SentencePair } from '../readers/text/parallel-text.js';
import { SeededRandom } from '../../random.js';

/** How many pairs of each part, and from which seed. */
export interface SyntheticTranslationOptions {
  training: number;
  development: number;
  test: number;
  seed: number;
}

/** French and English; no two pairs of all three parts have the same French. */
export interface SyntheticTranslation {
  training: SentencePair[];
  development: SentencePair[];
  test: SentencePair[];
}

const months = [
  ['janvier', 'january'],
  ['février', 'february'],
  ['mars', 'march'],
  ['avril', 'april'],
  ['mai', 'may'],
  ['juin', 'june'],
  ['juillet', 'july'],
  ['août', 'august'],
  ['septembre', 'september'],
  ['octobre', 'october'],
  ['novembre', 'november'],
  ['décembre', 'december'],
] as const;
const weekdays = [
  ['dimanche', 'sunday'],
  ['lundi', 'monday'],
  ['mardi', 'tuesday'],
  ['mercredi', 'wednesday'],
  ['jeudi', 'thursday'],
  ['vendredi', 'friday'],
  ['samedi', 'saturday'],
] as const;

/**
 * Number names and dates in French and English: words that depend on their neighbours
 * (quatre-vingt-dix-sept is ninety-seven, deux cents but deux cent un) and another order (le trois
 * mai, may the third), as generated text with nothing to download. Sources are distinct, within a
 * part and between parts.
 * @throws RangeError when more pairs are asked for than there are
 */
export function syntheticTranslation(options: SyntheticTranslationOptions): SyntheticTranslation {
  const { training, development, test, seed } = options;
  const total = training + development + test;
  if (total > 500_000) {
    throw new RangeError(`${total} pairs: the generator has 500,000 at most`);
  }
  const random = new SeededRandom(seed);
  const seen = new Set<string>();
  const pairs: SentencePair[] = [];
  while (pairs.length < total) {
    const pair = random.chance(0.5) ? numberPair(random) : datePair(random);
    if (seen.has(pair.source)) continue;
    seen.add(pair.source);
    pairs.push(pair);
  }
  return {
    training: pairs.slice(0, training),
    development: pairs.slice(training, training + development),
    test: pairs.slice(training + development),
  };
}

/** A number from 0 to 999,999, short and long ones about as often. */
function numberPair(random: SeededRandom): SentencePair {
  const digits = 1 + Math.floor(6 * random.uniform());
  const value = Math.floor(random.uniform() * 10 ** digits);
  return { source: frenchNumber(value), target: englishNumber(value) };
}

/** A day from 1100 to 2099, with its true day of the week in half of the cases. */
function datePair(random: SeededRandom): SentencePair {
  const year = 1100 + Math.floor(1000 * random.uniform());
  const month = Math.floor(12 * random.uniform());
  const day = 1 + Math.floor(daysOf(year, month) * random.uniform());
  const [frenchMonth, englishMonth] = months[month]!;
  const frenchDay = day === 1 ? 'premier' : frenchNumber(day);
  const french = `${frenchDay} ${frenchMonth} ${frenchNumber(year)}`;
  const english = `${englishMonth} the ${englishOrdinal(day)}, ${englishYear(year)}`;
  if (random.chance(0.5)) return { source: `le ${french}`, target: english };
  const [frenchWeekday, englishWeekday] =
    weekdays[new Date(Date.UTC(year, month, day)).getUTCDay()]!;
  return { source: `${frenchWeekday} ${french}`, target: `${englishWeekday}, ${english}` };
}

const daysOf = (year: number, month: number) => new Date(Date.UTC(year, month + 1, 0)).getUTCDate();
