import { expect, it } from 'vitest';
import { recorded as resultsOf010 } from '../../../../test/recorded.js';
import { DataError } from '../../../errors.js';
import { combineFolds } from './combine.js';
import { alignExperiment } from '../experiment.js';
import { alignResult, type AlignResult } from './result.js';
import { alignTable } from './tables.js';

/** Ten folds on Bach10. */
const recorded = () => resultsOf010<AlignResult>('align')[0]!;

it('folds of a leave-one-out, run one by one, come together to its rows', () => {
  const whole = alignResult.parse(recorded());
  const single = whole.folds.map((fold, index) => ({
    ...whole,
    config: { ...whole.config, fold: index + 1 },
    folds: [fold],
  }));
  const [combined] = combineFolds(single.reverse());
  expect(combined!.folds).toEqual(whole.folds);
  expect(combined!.rows).toEqual(whole.rows);
});

it('folds without a row of their config are refused, and named', () => {
  const result = alignResult.parse(recorded());
  const folds = [2, 3].map((fold) => ({ ...result, config: { ...result.config, fold } }));
  delete folds[0]!.folds[3]!.rows['end-to-end, l2'];
  expect(() => combineFolds(folds)).toThrow(DataError);
  expect(() => combineFolds(folds)).toThrow(/the fold of 04-\w+: .*end-to-end, l2/);
});

it('the table says where settings were chosen, and nothing of choices without any', () => {
  const notes = (change: object) =>
    alignTable(alignResult.parse({ ...recorded(), ...change })).notes!.join('\n');
  expect(notes({})).toContain('(models/align-bach10-choices.json)');
  const { choices, ...config } = recorded().config;
  // Version 0.1.0 had its choices among the results.
  expect(choices).toBe('results/align-bach10-choices.json');
  for (const change of [{ config }, { config, folds: [] }]) {
    expect(notes(change)).not.toContain('undefined');
    expect(notes(change)).toContain('were not chosen');
  }
});

it('a run that version 0.1.0 began with its choices may go on', () => {
  const { choices } = recorded().config;
  expect(alignExperiment.sameToday!('choices', choices)).toBe('models/align-bach10-choices.json');
  expect(alignExperiment.sameToday!('choices', 'own.json')).toBe('own.json');
});
