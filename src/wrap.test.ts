import { expect, it } from 'vitest';
import { joinLines, wrapLines } from './wrap.js';

it('a paragraph is broken for the screen, not where its source breaks; lists and commands stay', () => {
  const text =
    'One two three\nfour five.\n\nExamples:\n  didyprog a\n  didyprog b\n\nSix\nseven\neight\n';
  const joined = joinLines(text);
  expect(joined).toBe(
    'One two three four five.\n\nExamples:\n  didyprog a\n  didyprog b\n\nSix seven eight\n',
  );
  expect(joinLines('a  of columns\nb  of columns')).toBe('a  of columns\nb  of columns');
  expect(wrapLines(joined, 20).split('\n').slice(0, 2)).toEqual(['One two three four', 'five.']);
});
