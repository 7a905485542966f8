import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { Measurement } from '../bench/harness.js';
import { benchTable, ratioOf } from '../bench/table.js';

const results = fileURLToPath(new URL('../results/', import.meta.url));
const pages = ['', 'node-24/', 'node-26/'].flatMap((folder) =>
  readdirSync(results + folder)
    // Its table is its own.
    .filter((file) => /^bench-.*\.json$/.test(file) && file !== 'bench-align-piano.json')
    .map((file) => folder + file.replace('.json', '')),
);

it.each(pages)(
  '%s.md shows the numbers beside it, and speaks of ratios where it has some',
  (name) => {
    const text = readFileSync(`${results}${name}.md`, 'utf8');
    const { rows, machine } = JSON.parse(readFileSync(`${results}${name}.json`, 'utf8')) as {
      rows: Measurement[];
      machine: string;
    };
    expect(text).toContain(`\n${benchTable(rows)}\n`);
    expect(text).toContain(machine);
    expect(text.includes('a ratio is')).toBe(rows.some((row) => ratioOf(row, rows) !== undefined));
  },
);

describe('a table of measurements', () => {
  const row = (by: string, threads: number, bestMilliseconds: number): Measurement => ({
    ...{ work: 'w', size: 's', by, threads, bestMilliseconds },
    ...{ medianMilliseconds: 2 * bestMilliseconds, repeats: 10 },
  });

  it('has ratios to the kernels on one thread, and no column without an entry', () => {
    const [head, , first, second] = benchTable([row('kernels', 1, 2), row('loop', 2, 3)])
      .replaceAll(/ +/g, ' ')
      .split('\n');
    expect(head).toBe('| work | size | by | threads | best ms | median ms | ratio |');
    expect(first).toBe('| w | s | kernels | 1 | 2.00 | 4.00 | 1.00 × |');
    expect(second).toBe('| w | s | loop | 2 | 3.00 | 6.00 | 1.50 × |');
    expect(benchTable([row('loop', 1, 3)])).not.toContain('ratio');
  });

  it('has those of versions to the one of now, on as many threads', () => {
    const rows = [row('kernels now', 1, 2), row('kernels now', 2, 1), row('before', 2, 3)];
    expect(rows.map((one) => ratioOf(one, rows))).toEqual([1, 1, 3]);
  });
});
