const englishSmall = (
  'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen ' +
  'sixteen seventeen eighteen nineteen'
).split(' ');
const englishTens = '- - twenty thirty forty fifty sixty seventy eighty ninety'.split(' ');
const frenchSmall = (
  'zéro un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize ' +
  'dix-sept dix-huit dix-neuf'
).split(' ');
const frenchTens = '- - vingt trente quarante cinquante soixante'.split(' ');

/** A whole number from 0 to 999,999 in English words, with 'and' as in Britain. */
export function englishNumber(value: number): string {
  checkRange(value);
  const thousands = Math.floor(value / 1000);
  const rest = value % 1000;
  if (thousands === 0) return englishBelowThousand(rest);
  const begin = `${englishBelowThousand(thousands)} thousand`;
  if (rest === 0) return begin;
  return `${begin}${rest < 100 ? ' and' : ''} ${englishBelowThousand(rest)}`;
}

function englishBelowThousand(value: number): string {
  const hundreds = Math.floor(value / 100);
  const rest = value % 100;
  if (hundreds === 0) return englishBelowHundred(rest);
  const begin = `${englishSmall[hundreds]} hundred`;
  return rest === 0 ? begin : `${begin} and ${englishBelowHundred(rest)}`;
}

function englishBelowHundred(value: number): string {
  if (value < 20) return englishSmall[value]!;
  const tens = englishTens[Math.floor(value / 10)]!;
  return value % 10 === 0 ? tens : `${tens}-${englishSmall[value % 10]}`;
}

const irregularOrdinals: Record<string, string> = {
  one: 'first',
  two: 'second',
  three: 'third',
  five: 'fifth',
  eight: 'eighth',
  nine: 'ninth',
  twelve: 'twelfth',
};

/** 1 to 99 as an English ordinal: thirty-first. */
export function englishOrdinal(value: number): string {
  const words = englishBelowHundred(value).split('-');
  const last = words.pop()!;
  words.push(irregularOrdinals[last] ?? `${last.replace(/y$/, 'ie')}th`);
  return words.join('-');
}

/** A year from 1100 to 2099 as it is read in English: nineteen oh five. */
export function englishYear(year: number): string {
  const rest = year % 100;
  if (year >= 2000 && year < 2010) return englishNumber(year);
  const century = englishBelowHundred(Math.floor(year / 100));
  if (rest === 0) return `${century} hundred`;
  return `${century} ${rest < 10 ? 'oh ' : ''}${englishBelowHundred(rest)}`;
}

/**
 * A whole number from 0 to 999,999 in French words, in the spelling before 1990: hyphens below a
 * hundred only, an s on vingts and cents where nothing follows.
 */
export function frenchNumber(value: number): string {
  checkRange(value);
  const thousands = Math.floor(value / 1000);
  const rest = value % 1000;
  if (thousands === 0) return frenchBelowThousand(rest, true);
  const begin = thousands === 1 ? 'mille' : `${frenchBelowThousand(thousands, false)} mille`;
  return rest === 0 ? begin : `${begin} ${frenchBelowThousand(rest, true)}`;
}

/** @param last whether no word follows, so that vingt and cent take their s */
function frenchBelowThousand(value: number, last: boolean): string {
  const hundreds = Math.floor(value / 100);
  const rest = value % 100;
  if (hundreds === 0) return frenchBelowHundred(rest, last);
  const begin = hundreds === 1 ? 'cent' : `${frenchSmall[hundreds]} cent`;
  if (rest === 0) return begin + (last && hundreds > 1 ? 's' : '');
  return `${begin} ${frenchBelowHundred(rest, last)}`;
}

function frenchBelowHundred(value: number, last: boolean): string {
  if (value < 20) return frenchSmall[value]!;
  if (value >= 80) {
    if (value === 80) return `quatre-vingt${last ? 's' : ''}`;
    return `quatre-vingt-${frenchSmall[value - 80]}`;
  }
  // Sixty goes on to seventy-nine.
  const base = value >= 60 ? 60 : value - (value % 10);
  const tens = frenchTens[base / 10]!;
  const unit = value - base;
  if (unit === 0) return tens;
  if (unit === 1 || unit === 11) return `${tens} et ${frenchSmall[unit]}`;
  return `${tens}-${frenchSmall[unit]}`;
}

function checkRange(value: number): void {
  if (!Number.isInteger(value) || value < 0 || value > 999_999) {
    throw new RangeError(`${value} has no name here: it must be a whole number from 0 to 999,999`);
  }
}
