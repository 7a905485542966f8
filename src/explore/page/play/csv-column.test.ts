import { describe, expect, it } from 'vitest';
import { firstColumn, tableText } from './csv-column.js';

describe('the first column of a table', () => {
  it.each([
    ['1.5\n2\n', [1.5, 2]],
    ['\uFEFF1\r\n\r\n-2e1\r\n', [1, -20]],
    ['x;y\n0,5;1\n0,25;2\n', [0.5, 0.25]],
    ['"time",y\n"0.5",1\n', [0.5]],
    ['0.5,1\n1,2\n', [0.5, 1]],
    ['Na (mmol)\r1\r2', [1, 2]],
    ['1,2,3\n4,5,6\n', [1, 4]],
    ['1,234.5\n2,17\n', [1, 2]],
  ])('of %j is %j', (text, numbers) => expect(firstColumn(text)).toEqual(numbers));

  it.each<[string, string]>([
    ['0,5\n0,7\n', "line 1: '0,5' may be one number or two"],
    ['1,a\n\n,b\n', 'line 3: the first cell is empty'],
    // A whole number among decimals, and groups of thousands.
    ['1\n0,5\n0,7\n', "line 2: '0,5' may be one number or two"],
    ['x\n999\n1,234.5\n2,000\n', "line 3: '1,234.5' may be one number or two"],
    ...['NaN', '-inf', 'N/A', '?', '\u22121', '1_000', '0x10', '2020-01-01'].map(
      (cell): [string, string] => [
        `${cell}\n1\n2\n`,
        `line 1: '${cell}' in the first cell is no number`,
      ],
    ),
    ['', 'there is no number in it'],
    ['x,y\n', 'there is no number in it'],
    ['x\n1\n0x10\n', "line 3: '0x10' in the first cell is no number"],
  ])('of %j is refused: %s', (text, problem) => expect(() => firstColumn(text)).toThrow(problem));

  it('is read from UTF-16 with its mark, as from UTF-8, and from no other bytes', () => {
    const text = '\uFEFFx\ty\r\n0,5\t1\r\n';
    const little = Buffer.from(text, 'utf16le');
    for (const bytes of [little, Buffer.from(little).swap16(), Buffer.from(text)]) {
      expect(firstColumn(tableText(bytes))).toEqual([0.5]);
    }
    expect(() => tableText(little.subarray(2))).toThrow('UTF-16 without its byte-order mark');
  });
});
