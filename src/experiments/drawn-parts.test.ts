import { expect, it } from 'vitest';
import { noticeOtherDraw } from './drawn-parts.js';

it('a run that draws its parts from the same file in another way may know those of this one', () => {
  const own = { source: 'table', train: 'a.tsv', development: 20, test: 25, seed: 1 };
  const said = (other: object, of: object = own) => {
    const notices: string[] = [];
    noticeOtherDraw({ ...own, ...of }, ['runs/b', { ...own, ...other }], (one) =>
      notices.push(one),
    );
    return notices.length > 0;
  };
  expect(said({})).toBe(false);
  expect(said({ train: 'b.tsv', seed: 2 })).toBe(false);
  expect(said({ development: 10, test: 25 }, { development: 'd.tsv', test: 't.tsv' })).toBe(false);
  for (const other of [{ seed: 2 }, { test: 30 }, { development: 'dev.tsv', test: undefined }]) {
    expect(said(other)).toBe(true);
  }
});
