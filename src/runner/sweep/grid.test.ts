import { describe, expect, it } from 'vitest';
import { sweepSchema } from './definition.js';
import { expandGrid } from './grid.js';

const expand = (grid: Record<string, unknown[]>, exclude: object[] = [], include: object[] = []) =>
  expandGrid({ grid, exclude, include } as Parameters<typeof expandGrid>[0]);

describe('a grid', () => {
  it('is every combination, the last key fastest, less the excluded, then the included', () => {
    const cells = expand(
      { omega: ['negentropy', 'l2'], 'training.epochs': [1, 5] },
      [{ omega: 'l2', 'training.epochs': 5 }],
      [{ omega: 'hard' }],
    );
    expect(cells.map(({ name }) => name)).toEqual([
      'omega=negentropy,epochs=1',
      'omega=negentropy,epochs=5',
      'omega=l2,epochs=1',
      'omega=hard',
    ]);
    expect(cells[1]!.values).toEqual({ omega: 'negentropy', 'training.epochs': 5 });
  });

  it('names cells so that any file system takes them, each differently', () => {
    const names = expand({
      'a.size': [1, 2],
      'b.size': [0.5],
      base: ['../ner/en.yaml'],
      x: [null, [1, 2], { path: '/etc/../é: *?' }],
    }).map(({ name }) => name);
    expect(names[0]).toBe('a.size=1,b.size=0.5,base=en,x=none');
    expect(names[1]).toBe('a.size=1,b.size=0.5,base=en,x=1-2');
    for (const name of names) expect(name).toMatch(/^[\w.,+=~-]{1,130}$/);
    expect(new Set(names).size).toBe(names.length);
  });

  it('of more cells than anyone can want is refused at once', () => {
    const values = Array.from({ length: 100 }, (_, i) => i);
    const grid = Object.fromEntries(Array.from({ length: 6 }, (_, key) => [`k${key}`, values]));
    const rest = { exclude: [], include: [] };
    expect(() => expandGrid({ grid, ...rest })).toThrow('has 1000000000000 cells: at most 10000');
    const range = { name: 's', experiment: 'align', grid: { seed: { from: 1, to: 1e12 } } };
    expect(sweepSchema.safeParse(range).error?.message).toContain('at most 10000 values');
    const long = { a: 'x'.repeat(1e6) };
    expect(() => expandGrid({ grid: { a: [1] }, exclude: [long], include: [] })).toThrow(
      /^exclude\.0: no cell has \{"a":"x{150,200}…; the keys are a$/,
    );
  });

  it('says what is wrong with it', () => {
    expect(() => expand({})).toThrow('grid: the sweep has no cell: its grid is empty');
    expect(() => expand({ a: [1] }, [{ a: 1 }])).toThrow(
      'exclude: the sweep has no cell: all of its grid is excluded',
    );
    expect(() => expand({ b: [2], a: [1, 1] })).toThrow(
      'grid.a: 1 is twice in this list, so that the sweep has two cells b=2,a=1',
    );
    expect(() => expand({ a: [1] }, [], [{ a: 2 }, { a: 1 }])).toThrow(
      'include.1: the sweep has two cells a=1',
    );
    expect(() => expand({ a: [1], b: [2] }, [], [{ b: 2, a: 1 }])).toThrow(
      /^include\.0: the sweep has two cells b=2,a=1$/,
    );
    expect(() => expand({ a: ['x y', 'x-y'] })).toThrow(
      'grid: the sweep has two cells a=x-y: {"a":"x y"} and {"a":"x-y"}; the name of its folder keeps letters',
    );
    expect(() => expand({ a: ['x', 'X'] })).toThrow('grid: the sweep has two cells a=X: {"a":"x"}');
    expect(() => expand({ a: [1] }, [{ b: 2 }])).toThrow('no cell has {"b":2}; the keys are a');
  });
});
