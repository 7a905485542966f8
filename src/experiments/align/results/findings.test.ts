import { expect, it } from 'vitest';
import { recorded } from '../../../../test/recorded.js';
import { alignFindings } from './findings.js';
import { alignResult, type AlignResult } from './result.js';

const results = recorded<AlignResult>('align').map((result) => alignResult.parse(result));

it('what training through the alignment wins is said for each setting, with the folds counted', () => {
  const [mfcc, , strong] = alignFindings(results);
  // Counted from the folds' own numbers, by hand.
  expect(mfcc).toMatch(
    /^20 MFCC.*from 1\.262 s .* to 0\.543 s with negentropy \(better in 9 of 10/,
  );
  expect(strong).toMatch(/^semitone spectrum.*from 0\.044 s .* to 0\.040 s with negentropy/);
});

it('the template is set beside what was learnt, and a difference of training and test explains it', () => {
  const [, mfcc, , strong] = alignFindings(results);
  expect(mfcc).toMatch(
    /has 0\.056 s, less than the best trained row \(end-to-end, negentropy, 0\.543/,
  );
  expect(mfcc).toMatch(/0\.130 s .* 0\.905 s on the piece left out: .* does not carry over/);
  expect(strong).toMatch(/has 0\.056 s, more than the best trained row/);
  expect(strong).not.toContain('carry over');
});

it('rows that are not there are not spoken of', () => {
  const [mfcc] = results;
  const rows = mfcc!.rows.filter(({ name }) => name.startsWith('end-to-end'));
  expect(alignFindings([{ ...mfcc!, rows }])).toEqual([]);
});

it('features that show pitches are not said to hide them', () => {
  const [mfcc, strong] = results;
  const { features } = strong!.config;
  const [, found] = alignFindings([{ ...mfcc!, config: { ...mfcc!.config, features } }]);
  expect(found).toMatch(/s on the piece left out: what was learnt on so few pieces does not carry/);
});
