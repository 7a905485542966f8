import { describe, expect, it } from 'vitest';
import {
  checkColumns,
  compareValues,
  csvText,
  hasValue,
  valueOf,
  type ListedRun,
} from './run-values.js';

const listed = (config: Record<string, unknown>, value?: number): ListedRun => ({
  path: 'runs/x',
  name: 'x',
  run: {
    path: 'runs/x',
    config,
    metrics: [{ epoch: 1 }, { epoch: 2 }, { step: 9 }],
    result: { test: { f1: 91 } },
    log: [],
    provenance: [],
    files: undefined,
  },
  summary: {
    ...{ path: 'runs/x', kind: 'train ner', state: 'done', started: undefined, updated: undefined },
    score: value === undefined ? undefined : { name: 'test F1', value, better: 'higher' },
  },
});
const run = listed({ omega: 'l2', model: { dropout: 0.5 }, state: 'liquid' }, 90.5);
const broken: ListedRun = { path: 'runs/y', name: 'y', problem: 'no config' };

describe('the values of a run', () => {
  it('are its own, then keys of its config, then keys of its result', () => {
    const columns = ['state', 'score', 'epoch', 'omega', 'model.dropout', 'test.f1', 'nothing'];
    expect(columns.map((column) => valueOf(run, column))).toEqual([
      ...['done', 90.5, 2, 'l2', 0.5, 91],
      undefined,
    ]);
    expect(['state', 'measure', 'omega'].map((column) => valueOf(broken, column))).toEqual([
      ...['unreadable', 'no config'],
      undefined,
    ]);
  });

  it('are refused where no run has such a key, with the one that was meant', () => {
    expect(() => checkColumns([run, broken], ['score', 'omega'])).not.toThrow();
    expect(() => checkColumns([run], ['omgea'])).toThrow('did you mean omega?');
    expect(() => checkColumns([run], ['dropout'])).toThrow('did you mean model.dropout?');
  });

  it('are equal to what was typed, numbers by their size', () => {
    expect(hasValue(run, { key: 'model.dropout', value: '.50' })).toBe(true);
    expect(hasValue(run, { key: 'omega', value: 'l' })).toBe(false);
    expect([3, undefined, 20, 'b10', 'b9'].sort(compareValues)).toEqual([
      3,
      20,
      'b9',
      'b10',
      undefined,
    ]);
  });

  it('are CSV that a comma, a quote or a line break in a name does not break', () => {
    expect(csvText([['a,b', 'c"d', 'e\nf', 'g']])).toBe('"a,b","c""d","e\nf",g\n');
  });
});
