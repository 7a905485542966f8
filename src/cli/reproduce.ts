import { join } from 'node:path';
import { Command } from 'commander';
import type { Experiment } from '../experiments/experiment.js';
import { experimentNamed } from '../experiments/registry.js';
import { count } from '../option-values.js';
import { screenTable, type Table } from '../report/table.js';
import { dataFolderOf } from '../runner/run/data-files.js';
import { notice } from '../runner/notice.js';
import { loadSweep, type Sweep } from '../runner/sweep/definition.js';
import { SweepDirectory } from '../runner/sweep/sweep-directory.js';
import { writeResult } from '../terminal.js';
import { checkLauncher, launchOptions, launchWords, type LaunchFlags } from './launch-options.js';
import { sweepCommand } from './sweep.js';
import { cellStatuses } from './sweep-display.js';

interface ReproduceFlags extends LaunchFlags {
  quick?: boolean;
  seeds?: number;
  out?: string;
}

/** A sweep of a table to be made, and where its cells go. */
interface Plan {
  file: string;
  sweep: Sweep;
  experiment: Experiment;
  out: string;
}

export function reproduceCommand(): Command {
  const command = new Command('reproduce')
    .argument('<table>', 'align, ner, attention, or all')
    .option('--quick', 'everything in a minute or two, on generated data instead of the paper’s')
    .option('--seeds <n>', 'run each cell from so many seeds (default: those of the sweeps)', count)
    .option('--out <folder>', 'where everything goes (default: runs/reproduce, or -quick)');
  return launchOptions(command)
    .addHelpText(
      'after',
      `
Says what data is missing and how to get it, measures how long it will take, runs the cells of the
shipped sweeps, writes a result page for each with its figures, and sets the numbers beside the paper's.
The table ner has two sweeps: without word vectors, and English with good ones. The same command
again goes on: cells that are done are skipped.

Examples:
  didyprog reproduce all --quick
  didyprog reproduce align
  didyprog reproduce ner --seeds 3 --launcher slurm --partition main --time 8:00:00`,
    )
    .action(reproduce);
}

async function reproduce(word: string, flags: ReproduceFlags): Promise<void> {
  checkLauncher(flags);
  const { checkDataSets, sweepFileOf, sweepsOf, tablesNamed } =
    await import('../experiments/reproduce.js');
  const quick = flags.quick === true;
  const root = flags.out ?? join('runs', quick ? 'reproduce-quick' : 'reproduce');
  const plans: Plan[] = [];
  for (const table of tablesNamed(word)) {
    const experiment = experimentNamed(table);
    for (const [at, name] of sweepsOf(table, quick).entries()) {
      const { seeds } = flags;
      const file = await sweepFileOf(name, { seeds, folder: root });
      const sweep = await loadSweep(file, () => experiment.config);
      const own = at === 0 ? table : name;
      const seeded = seeds === undefined ? own : `${own}-${seeds}-seeds`;
      plans.push({ file, sweep, experiment, out: join(root, seeded) });
    }
  }
  await checkDataSets(
    plans.map(({ sweep }) => sweep),
    dataFolderOf(flags.data),
  );
  if (quick)
    notice('Quick: generated data. None of these numbers says anything about the paper’s.');
  const options = launchWords(flags);
  // What it will take, for all tables before the first cell runs.
  for (const { file, out } of quick ? [] : plans) await sweep(file, out, options, '--dry-run');
  for (const plan of plans) {
    await sweep(plan.file, plan.out, options);
    await conclude(plan, join(root, 'results'), quick);
  }
}

/** The existing command: what it prints and how it goes on is its own. */
async function sweep(file: string, out: string, options: readonly string[], ...more: string[]) {
  await sweepCommand()
    .exitOverride()
    .parseAsync([file, '--out', out, ...options, ...more], { from: 'user' });
}

/** Writes the result page and prints its tables with the findings. */
async function conclude({ experiment, out }: Plan, results: string, quick: boolean): Promise<void> {
  const directory = await SweepDirectory.open(out);
  const statuses = await cellStatuses(directory, experiment);
  const done = statuses.flatMap(({ name, result }) =>
    result ? [{ path: directory.cellPath(name), result }] : [],
  );
  const found = done.map(({ result }) => result);
  const { publishRuns } = await import('../experiments/results/results.js');
  const { claimsTable } = await import('../experiments/results/claims.js');
  const paths = statuses.map(({ name }) => directory.cellPath(name));
  const pages = await publishRuns(paths, results);
  const claims = experiment.claims?.(found) ?? [];
  const { comparedTables } = await import('../experiments/results/compared.js');
  const { tables: compared } = experiment.places
    ? await comparedTables(done, (results) => experiment.places!(results))
    : { tables: [] };
  const marked = (table: Table): Table =>
    quick ? { ...table, caption: `Generated data: ${table.caption ?? ''}` } : table;
  const tables = [...experiment.tables(found), ...compared, claimsTable(claims)].map(marked);
  const where = pages.map((page) => `Result page  ${join(results, `${page}.md`)}`);
  writeResult(`\n\n${tables.map(screenTable).join('\n\n\n')}\n\n${where.join('\n')}\n\n`);
}
