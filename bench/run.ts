// npm run bench [-- FILTER …] [-- --out DIR] runs every NAME.bench.ts whose name contains a filter,
// prints its table, and writes DIR/bench-NAME.json, .md and the scaling figure; DIR is results/.
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeAside } from '../src/runner/write-aside.js';
import type { Bench, Measurement, Report } from './harness.js';
import { scalingFigure } from './scaling-figure.js';
import { benchTable } from './table.js';

const here = fileURLToPath(new URL('.', import.meta.url));
const filters = process.argv.slice(2);
const outAt = filters.indexOf('--out');
const folder = outAt < 0 ? 'results' : filters.splice(outAt, 2)[1]!;

const names = readdirSync(here)
  .filter((name) => name.endsWith('.bench.js'))
  .map((name) => name.replace('.bench.js', ''))
  .filter((name) => filters.length === 0 || filters.some((filter) => name.includes(filter)))
  .sort();
if (names.length === 0) {
  console.error(`no benchmark is called like ${filters.join(' or ')}`);
  process.exit(2);
}

for (const name of names) {
  const { bench } = (await import(`./${name}.bench.js`)) as { bench: Bench };
  const machine = describeMachine();
  console.log(`\n${name}: ${bench.title}\n${machine}`);
  const rows: Measurement[] = [];
  const report: Report = {
    rows,
    add(row) {
      rows.push(row);
      const time = row.bestMilliseconds.toFixed(3).padStart(10);
      console.error(`${time} ms  ${row.work}, ${row.size}, ${row.by}, ${row.threads} thread(s)`);
    },
  };
  await bench.run(report);
  const table = benchTable(rows);
  console.log(`\n${table}`);
  const scaling = (await bench.scaling?.(report)) ?? [];

  mkdirSync(join(folder, 'figures'), { recursive: true });
  const figure = `figures/bench-${name}-scaling.svg`;
  const text = [
    `# ${bench.title}`,
    `Written by \`npm run bench -- ${name}\`. ${machine} Best of repeats after a warm-up; a ratio ` +
      'is the time of that row over that of the kernels for the same work and size, one thread.',
    ...(scaling.length > 0 ? [`![How the cost grows](${figure})`] : []),
    table,
  ];
  const data = { title: bench.title, machine, rows, scaling };
  await writeAside(join(folder, `bench-${name}.json`), `${JSON.stringify(data, null, 2)}\n`);
  await writeAside(join(folder, `bench-${name}.md`), `${text.join('\n\n')}\n`);
  if (scaling.length > 0) writeFileSync(join(folder, figure), scalingFigure(bench.title, scaling));
}
// TensorFlow.js' worker threads would keep the process alive.
process.exit(0);

function describeMachine(): string {
  const model = cpus()[0]?.model.trim() ?? 'unknown processor';
  const load = loadavg()[0]!.toFixed(1);
  return (
    `${cpus().length} × ${model}, Node ${process.versions.node}, ` +
    `${new Date().toISOString().slice(0, 10)}, load average ${load} when it began.`
  );
}
