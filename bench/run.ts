// npm run bench [-- FILTER … --out DIR --processes N --old DIR] runs every NAME.bench.ts whose name contains a
// filter, prints its table, and writes DIR/bench-NAME.json, .md and the scaling figure; DIR is
// results/. N processes, one after the other, measure all of it, and what is written is the best.
// before-after takes the built version to compare with by --old, its dist or the folder that holds it.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { writeAside } from '../src/runner/write-aside.js';
import { bestOf, type Measured } from './best-of.js';
import type { Bench, Measurement, Report } from './harness.js';
import { scalingFigure } from './scaling-figure.js';
import { benchTable, ratioOf } from './table.js';

const here = fileURLToPath(new URL('.', import.meta.url));
const { values: options, positionals: filters } = parseArgs({
  allowPositionals: true,
  options: {
    out: { type: 'string', default: 'results' },
    processes: { type: 'string', default: '1' },
    old: { type: 'string' },
  },
});
const folder = options.out;
const processes = Number(options.processes);
if (!Number.isInteger(processes) || processes < 1) {
  fail(`--processes is ${options.processes}: it must be an integer of at least 1`);
}

const names = readdirSync(here)
  .filter((name) => name.endsWith('.bench.js'))
  .map((name) => name.replace('.bench.js', ''))
  .filter((name) => filters.length === 0 || filters.some((filter) => name.includes(filter)))
  .sort();
if (names.length === 0) fail(`no benchmark is called like ${filters.join(' or ')}`);

for (const name of names) {
  const { bench } = (await import(`./${name}.bench.js`)) as { bench: Bench };
  if (bench.needsOld && options.old === undefined) {
    if (filters.length > 0) fail(`${name} compares with an older version: name it by --old DIR`);
    continue;
  }
  const machine = describeMachine();
  console.log(`\n${name}: ${bench.title}\n${machine}`);
  const { rows, scaling } = processes === 1 ? await measureHere(bench) : measureApart(name);
  const table = benchTable(rows);
  console.log(`\n${table}`);

  mkdirSync(join(folder, 'figures'), { recursive: true });
  const figure = `figures/bench-${name}-scaling.svg`;
  const flags = [
    ...(processes > 1 ? [`--processes ${processes}`] : []),
    ...(bench.needsOld ? ['--old DIR'] : []),
  ];
  const command = ['npm run bench --', name, ...flags].join(' ');
  const best =
    processes > 1
      ? `Best of repeats after a warm-up, in the fastest of ${processes} processes at each row`
      : 'Best of repeats after a warm-up';
  const ratios = rows.some((row) => ratioOf(row, rows) !== undefined)
    ? '; a ratio is the time of that row over that of the kernels for the same work and size, ' +
      (bench.needsOld ? 'as many threads' : 'one thread')
    : '';
  const text = [
    `# ${bench.title}`,
    `Written by \`${command}\`. ${machine} ${best}${ratios}.`,
    ...(bench.notes === undefined ? [] : [bench.notes]),
    ...(scaling.length > 0 ? [`![How the cost grows](${figure})`] : []),
    table,
  ];
  const { title, notes } = bench;
  const data = { title, machine, processes, ...(notes !== undefined && { notes }), rows, scaling };
  await writeAside(join(folder, `bench-${name}.json`), `${JSON.stringify(data, null, 2)}\n`);
  await writeAside(join(folder, `bench-${name}.md`), `${text.join('\n\n')}\n`);
  if (scaling.length > 0) writeFileSync(join(folder, figure), scalingFigure(bench.title, scaling));
}
// TensorFlow.js' worker threads would keep the process alive.
process.exit(0);

async function measureHere(bench: Bench): Promise<Measured> {
  const rows: Measurement[] = [];
  const report: Report = {
    rows,
    add(row) {
      rows.push(row);
      const time = row.bestMilliseconds.toFixed(3).padStart(10);
      console.error(`${time} ms  ${row.work}, ${row.size}, ${row.by}, ${row.threads} thread(s)`);
    },
  };
  await bench.run(report, { old: options.old });
  return { rows, scaling: (await bench.scaling?.(report)) ?? [] };
}

function measureApart(name: string): Measured {
  const out = mkdtempSync(join(tmpdir(), 'bench-'));
  try {
    const runs = Array.from({ length: processes }, (_, at) => {
      console.error(`process ${at + 1} of ${processes}`);
      const words = [fileURLToPath(import.meta.url), name, '--out', out];
      if (options.old !== undefined) words.push('--old', options.old);
      const { status } = spawnSync(process.execPath, words, {
        stdio: ['ignore', 'ignore', 'inherit'],
      });
      if (status !== 0) throw new Error(`process ${at + 1} failed: what it measured is lost`);
      return JSON.parse(readFileSync(join(out, `bench-${name}.json`), 'utf8')) as Measured;
    });
    return bestOf(runs);
  } finally {
    rmSync(out, { recursive: true });
  }
}

function fail(message: string): never {
  console.error(message);
  process.exit(2);
}

function describeMachine(): string {
  const model = cpus()[0]?.model.trim() ?? 'unknown processor';
  const load = loadavg()[0]!.toFixed(1);
  return (
    `${cpus().length} × ${model}, Node ${process.versions.node}, ` +
    `${new Date().toISOString().slice(0, 10)}, load average ${load} when it began.`
  );
}
