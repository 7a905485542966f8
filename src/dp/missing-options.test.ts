import { describe, expect, it } from 'vitest';
import * as library from '../index.js';

const {
  ctc,
  dag,
  defineProgram,
  dtw,
  dtwDivergence,
  factoredChain,
  linearChain,
  pairwiseAlignment,
  semiMarkov,
} = library;

/** Calls with what the types do not allow. */
const loosely = (create: unknown) => create as (options: unknown) => unknown;

describe('what is missing is named', () => {
  it.each(
    Object.entries({
      ...{ ctc, dag, defineProgram, dtw, dtwDivergence },
      ...{ factoredChain, linearChain, pairwiseAlignment, semiMarkov },
    }),
  )('options of %s', (name, create) => {
    for (const [options, given] of [
      [undefined, 'nothing'],
      [null, 'null'],
      ['l2', '"l2"'],
    ]) {
      expect(() => loosely(create)(options)).toThrow(
        `${name} takes an object of options: it got ${given}`,
      );
    }
  });

  it('the smoothing of a maximum', () => {
    const smoothMax = library.smoothMax as (x: number[], smoothing?: unknown) => unknown;
    expect(() => smoothMax([1])).toThrow('omega is nothing: it must be');
    expect(() => smoothMax([1], null)).toThrow('omega is nothing: it must be');
  });

  it('lengths and labels', () => {
    const sizes = { batch: 1, time: 2, states: 2, classes: 2, omega: 'l2' };
    expect(() => loosely(linearChain)({ ...sizes, lengths: null })).toThrow(
      'lengths is null: it must be a list, a number for each item',
    );
    expect(() => loosely(linearChain)({ ...sizes, lengths: 1 })).toThrow(
      'lengths is 1: it must be',
    );
    expect(() => loosely(ctc)({ ...sizes, labels: null })).toThrow(
      'labels is null: it must be a list of labels for each item',
    );
  });

  it('arrays, with what was given in their place', () => {
    const { value } = linearChain({ batch: 1, time: 1, states: 2, omega: 'l2' });
    expect(() => loosely(value)({ data: new Float64Array(4), shape: [4] })).toThrow(
      'theta is an Object (its data is an array): it must be a Float32Array',
    );
  });
});
