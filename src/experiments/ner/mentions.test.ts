import { expect, it } from 'vitest';
import { SeededRandom } from '../../random.js';
import { mentionsOf, withOtherMentions } from './mentions.js';

const tagged = (text: string) => {
  const tokens = text.split(' ').map((token) => token.split('/') as [string, string]);
  return { words: tokens.map(([word]) => word), tags: tokens.map(([, tag]) => tag) };
};
const sentences = [
  tagged('Ada/B-PER Byron/E-PER saw/O Oslo/S-LOC'),
  tagged('in/O New/B-LOC York/I-LOC City/E-LOC Bo/S-PER slept/O'),
  tagged('Bo/S-PER slept/O'),
];

it('mentions are told apart by type and words', () => {
  const mentions = mentionsOf(sentences);
  const texts = [...mentions].map(([type, all]) => [type, all.map(({ words }) => words.join(' '))]);
  expect(texts).toEqual([
    ['PER', ['Ada Byron', 'Bo']],
    ['LOC', ['Oslo', 'New York City']],
  ]);
});

it('another of the type takes the place of a mention, and the rest stays', () => {
  const mentions = mentionsOf(sentences);
  const random = new SeededRandom(7);
  const seen = new Map<string, number>();
  const draws = 2000;
  for (let draw = 0; draw < draws; draw++) {
    const { words, tags } = withOtherMentions(sentences[0]!, mentions, 0.4, random);
    const text = words.map((word, at) => `${word}/${tags[at]!}`).join(' ');
    seen.set(text, (seen.get(text) ?? 0) + 1);
  }
  // A mention that gives way may give way to itself: each is another with probability 0.4 / 2.
  const expected = {
    'Ada/B-PER Byron/E-PER saw/O Oslo/S-LOC': 0.64,
    'Bo/S-PER saw/O Oslo/S-LOC': 0.16,
    'Ada/B-PER Byron/E-PER saw/O New/B-LOC York/I-LOC City/E-LOC': 0.16,
    'Bo/S-PER saw/O New/B-LOC York/I-LOC City/E-LOC': 0.04,
  };
  expect([...seen.keys()].sort()).toEqual(Object.keys(expected).sort());
  for (const [text, share] of Object.entries(expected)) {
    expect(Math.abs(seen.get(text)! / draws - share)).toBeLessThan(0.04);
  }
});

it('a sentence of which no mention gives way is the same one', () => {
  const plain = tagged('nobody/O slept/O');
  expect(withOtherMentions(plain, mentionsOf(sentences), 0.9, new SeededRandom(1))).toBe(plain);
  const random = new SeededRandom(1);
  expect(withOtherMentions(sentences[0]!, mentionsOf(sentences), 0, random)).toBe(sentences[0]);
});
