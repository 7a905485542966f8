import { describe, expect, it } from 'vitest';
import { firstColumn } from './csv-column.js';

describe('the first column of a table', () => {
  it.each([
    ['1.5\n2\n', [1.5, 2]],
    ['\uFEFF1\r\n\r\n-2e1\r\n', [1, -20]],
    ['x;y\n0,5;1\n0,25;2\n', [0.5, 0.25]],
    ['"time",y\n"0.5",1\n', [0.5]],
    ['0.5,1\n1,2\n', [0.5, 1]],
  ])('of %j is %j', (text, numbers) => expect(firstColumn(text)).toEqual(numbers));

  it.each([
    ['0,5\n0,7\n', "line 1: '0,5' may be one number or two"],
    ['1,a\n\n,b\n', 'line 3: the first cell is empty'],
    ['x\n1\n0x10\n', "line 3: '0x10' in the first cell is no number"],
  ])('of %j is refused: %s', (text, problem) => expect(() => firstColumn(text)).toThrow(problem));
});
