import { expect, it } from 'vitest';
import { drawnParts, noticeOtherDraw } from './drawn-parts.js';

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

it('a group that is too large for one part may go to another, and none is in two', () => {
  const groups = [6, 6, 1, 1, 1].map((size, group) =>
    Array.from({ length: size }, (_, n) => `${group}.${n}`),
  );
  for (let seed = 0; seed < 10; seed++) {
    const where = { seed, from: 'f', item: 'pair', notify: () => undefined };
    const { rest, drawn } = drawnParts(groups, [2, 6], where);
    expect(drawn.map(({ length }) => length)).toEqual([2, 6]);
    const groupsOf = [rest, ...drawn].map((items) => new Set(items.map((item) => item[0])));
    expect(groupsOf.reduce((sum, { size }) => sum + size, 0)).toBe(groups.length);
  }
});
