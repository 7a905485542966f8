import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { omegaNames } from '../dp/omega/table.js';
import { alignSchema } from './align/config.js';
import { attentionSchema } from './attention/config.js';
import { nerSchema } from './ner/config.js';

const shipped = (path: string) =>
  parse(readFileSync(new URL(`../../configs/${path}.yaml`, import.meta.url), 'utf8')) as Record<
    string,
    never
  >;

it.each(omegaNames)('%s is taken by every experiment that has a use for it', (omega) => {
  const smooth = omega !== 'hard';
  const ner = shipped('ner/synthetic');
  expect(nerSchema.safeParse({ ...ner, omega, loss: 'convex' }).success).toBe(true);
  expect(nerSchema.safeParse({ ...ner, omega, loss: 'cost' }).success).toBe(smooth);
  const align = shipped('align/synthetic');
  const [setting] = align['endToEnd']! as object[];
  const endToEnd = [{ ...setting, omega }];
  expect(alignSchema.safeParse({ ...align, endToEnd }).success).toBe(smooth);
  const attention = shipped('attention/synthetic-fr-en');
  const model = { ...(attention['model']! as object), attention: `crf-${omega}` };
  expect(attentionSchema.safeParse({ ...attention, model }).success).toBe(smooth);
});
