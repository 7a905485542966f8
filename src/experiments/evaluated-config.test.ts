import { describe, expect, it } from 'vitest';
import { UsageError } from '../errors.js';
import { parseSetting } from '../runner/config/settings.js';
import { pairedBootstrap } from '../metrics/significance.js';
import { comparisonText as bleuComparison } from './attention/evaluate-command.js';
import { evaluatedConfig } from './evaluated-config.js';
import { nerSchema } from './ner/config.js';
import { comparisonText } from './ner/evaluate-command.js';

describe('the config of an evaluation', () => {
  const config = nerSchema.parse({
    data: { source: 'synthetic', train: 1, development: 1, test: 1 },
    training: { epochs: 1 },
  });
  /** What an evaluation decodes by, and what is said. */
  const asked = (set: readonly string[], decode?: string) => {
    const said: string[] = [];
    const options = [{ option: '--decode', key: 'decode', value: decode }];
    const settings = set.map(parseSetting);
    const keys = ['omega', 'decode'];
    const own = evaluatedConfig(nerSchema, config, settings, keys, options, (text) =>
      said.push(text),
    );
    return [own.decode, ...said];
  };

  it('is that of the run with options, and --set, which wins and says so', () => {
    expect(asked([])).toEqual(['viterbi']);
    expect(asked([], 'marginals')).toEqual(['marginals']);
    expect(asked(['decode=marginals'])).toEqual(['marginals']);
    expect(asked(['omega=l2'], 'marginals')).toEqual(['marginals']);
    expect(asked(['decode=marginals'], 'marginals')).toEqual(['marginals']);
    expect(asked(['decode=marginals'], 'viterbi')).toEqual([
      'marginals',
      '--set decode=marginals counts, not --decode "viterbi"',
    ]);
  });

  it('has only keys that training leaves open', () => {
    expect(() => asked(['seed=2'])).toThrow(UsageError);
    expect(() => asked(['decode=x'], 'viterbi')).toThrow('--set decode=x');
  });
});

it('a comparison with a run that does the same says so', () => {
  const same = { a: 80, b: 80, difference: 0, p: 1, exact: true, trials: 1 };
  expect(comparisonText(same, 'runs/x')).toBe(
    'runs/x: F1 80.00, a difference of 0.00, p = 1.0000: no sentence differs.',
  );
  expect(comparisonText({ ...same, trials: 2, p: 0.5 }, 'runs/x')).toMatch(
    /p = 0\.5000 by all 2 exchanges of the sentences that differ\.$/,
  );
});

it('a comparison by resamples says that few sentences tell nothing, and names no better one of equals', () => {
  const score = ([sum]: readonly number[]) => sum!;
  const of = (a: number[], b: number[]) => {
    const counts = { a: a.map((one) => [one]), b: b.map((one) => [one]), score };
    return bleuComparison(pairedBootstrap(counts), 'cased', a.length);
  };
  // Two systems and one sentence: whichever is better, each is so in one of the two exchanges.
  expect(of([10], [30])).toMatch(
    /p = 0\.0010; the better one is ahead in 100\.0 % of them\. Of 1 sentence that p is too low: .* than 1\.$/,
  );
  expect(of([10, 20], [10, 20])).toMatch(/p = 1\.0000\.$/);
  expect(of([1, 0, 1, 0], [0, 1, 1, 1])).toMatch(/of them\.$/);
});
