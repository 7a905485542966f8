import { expect, it } from 'vitest';
import { z } from 'zod';
import { parseConfig, validateConfig } from './config.js';

const schema = z.strictObject({
  gamma: z.number().positive().optional(),
  data: z.discriminatedUnion('source', [
    z.strictObject({ source: z.literal('files'), columns: z.int().optional() }),
    z.strictObject({ source: z.literal('made') }),
  ]),
});
const problemOf = (value: object) => {
  try {
    validateConfig(schema, value, 'x.yaml');
    return 'none';
  } catch (error) {
    return (error as Error).message.split('\n')[1];
  }
};

it('a key that another kind has is said to be of another kind, and never suggested for itself', () => {
  expect(problemOf({ data: { source: 'made', columns: 2 } })).toBe(
    '  data.columns: there is no such key here, since source is "made"',
  );
  expect(problemOf({ data: { source: 'files', colums: 2 } })).toContain(
    'did you mean data.columns?',
  );
});

it('a number that is not finite is told from one of another kind', () => {
  expect(problemOf({ gamma: Infinity, data: { source: 'made' } })).toBe(
    '  gamma: got Infinity; expected a finite number',
  );
  expect(problemOf({ gamma: 'x', data: { source: 'made' } })).toBe(
    '  gamma: got "x"; expected number',
  );
});

it('lines are counted by LF, CRLF and CR alike', () => {
  const text = '# a comment\rdata: { source: made }\r\ngama: 1\n';
  expect(() => parseConfig(schema, text, 'x.yaml')).toThrow('line 3: gama: there is no such key');
});
