import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8');

it('the program of docs/add-a-program.md is the one that passes the suite, in at most 60 lines', () => {
  const program = read('./segmentation.ts').replace("'../../src/index.js'", "'didyprog'");
  expect(program.split('\n').length).toBeLessThanOrEqual(60);
  const guide = read('../../docs/add-a-program.md');
  expect(guide).toContain(program);
  const listing = /^function pieces[\s\S]*?^}$/m.exec(read('./programs.ts'))![0];
  expect(guide).toContain(listing);
});
