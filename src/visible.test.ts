import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { quoted, shortened, visible, visibleLines } from './visible.js';

describe('visible', () => {
  it.each([
    ['a colour, ESC', '\u001b[31mred', '\\u001b[31mred'],
    ['a title, OSC and BEL', '\u001b]0;owned\u0007', '\\u001b]0;owned\\u0007'],
    ['CSI of C1', '\u009b2J', '\\u009b2J'],
    ['NUL, backspace, DEL', '\0\b\u007f', '\\u0000\\u0008\\u007f'],
    ['a carriage return over what stood there', 'good\rbad', 'good\\u000dbad'],
    ['a line feed and a tab', 'a\nb\tc', 'a\\u000ab\\u0009c'],
    ['separators of lines and paragraphs', '\u2028\u2029', '\\u2028\\u2029'],
    ['an override of the direction', 'exe.\u202egnp', 'exe.\\u202egnp'],
    ['isolates', '\u2066a\u2069', '\\u2066a\\u2069'],
    ['half of a surrogate pair', '\ud83d', '\\ud83d'],
  ])('shows %s', (_, text, shown) => {
    expect(visible(text)).toBe(shown);
  });

  it('leaves what languages are written with, and lines where a text has them', () => {
    for (const text of ['Müller', '日本', '👩‍👩‍👧', 'می\u200cخواهم', 'שלום\u200f!'])
      expect(visible(text)).toBe(text);
    expect(visibleLines('a\n\tb\r')).toBe('a\n\tb\\u000d');
  });

  it('leaves JSON the same value', () => {
    fc.assert(
      fc.property(fc.anything({ key: fc.string({ unit: 'binary' }) }), (value) => {
        const json = JSON.stringify({ value, more: '\u009b\u202e\u2028\u007f\ud800' });
        expect(JSON.parse(visibleLines(json))).toEqual(JSON.parse(json));
      }),
      { seed: 1, numRuns: 200 },
    );
  });
});

describe('quoted', () => {
  it('is JSON, shows control characters and ends after 200 characters', () => {
    expect(quoted('a"\u001b\u009b')).toBe('"a\\"\\u001b\\u009b"');
    expect(quoted({ a: [1] })).toBe('{"a":[1]}');
    expect(quoted(undefined)).toBe('nothing');
    expect([NaN, -Infinity, 1e21, 0.5].map(quoted)).toEqual(['NaN', '-Infinity', '1e+21', '0.5']);
    expect(quoted('x'.repeat(1e7))).toBe(`"${'x'.repeat(200)}…"`);
    expect(quoted(Array(1e5).fill(7)).length).toBeLessThan(210);
    expect(shortened('👍'.repeat(300))).toBe(`${'👍'.repeat(200)}…`);
    expect(shortened('👍'.repeat(200))).toBe('👍'.repeat(200));
  });

  it('takes what JSON cannot hold', () => {
    const circular: { self?: object } = {};
    circular.self = circular;
    expect(quoted(circular)).toBe('a value of type object');
    expect(quoted(1n)).toBe('a value of type bigint');
    let deep: unknown[] = [];
    for (let depth = 0; depth < 200_000; depth++) deep = [deep];
    expect(quoted(deep).length).toBeLessThan(210);
  });
});
