import { basename, resolve } from 'node:path';
import { counted } from '../../counted.js';
import { configYaml } from '../../runner/config/config.js';
import { commandOf, type RecordedRun, type RunSummary } from '../../runner/run/recorded-run.js';
import { dataLabels, fingerprintsOf } from '../../runner/run/data-files.js';
import { stretchesOf, type Stretch } from '../../runner/run/provenance.js';
import { groupBy } from '../group-by.js';
import { htmlReport, type ReportFigure, type ReportSection } from './html.js';
import { metricFigures } from '../figures/metric-figures.js';
import { readRunFigures, type RunFigures } from '../figures/run-figures.js';
import { scoresFigure } from '../figures/scores-figure.js';
import { cellsTable, seedsTable } from '../sweep-table.js';
import { groupings, partsOfName } from '../swept-keys.js';
import type { Table } from '../table.js';

/** A run with all that the report says about it. */
export interface ReportedRun {
  run: RecordedRun;
  summary: RunSummary;
  /** Its name among the others of the page. */
  name: string;
  /** Of a cell of a sweep. */
  values?: Readonly<Record<string, unknown>> | undefined;
  /** What the run is, by its data and settings; undefined while it is not done. */
  title: string | undefined;
  /** The experiment's tables, the paper's numbers beside ours; none while it is not done. */
  tables: readonly Table[];
  /** The numbers that a sweep's table shows, by heading; none while it is not done. */
  measures?: Readonly<Record<string, number>> | undefined;
  /** What else the experiment shows of a run. */
  sections: readonly ReportSection[];
}

export async function runPage(reported: ReportedRun): Promise<string> {
  const { summary } = reported;
  return htmlReport({
    title: titleOf(reported),
    subtitle: [summary.kind, summary.state, ...whenOf(summary)].join(' · '),
    sections: await runSections(reported),
  });
}

/** More runs than this are shown in one table and together in each figure, not one by one. */
export const mostInFull = 4;

/**
 * The page about several runs: a sweep, or the settings of one experiment.
 * @param tables tables over all runs together, where the experiment has them
 */
export async function sweepPage(
  title: string,
  runs: readonly ReportedRun[],
  tables: readonly Table[],
): Promise<string> {
  const inFull = runs.length <= mostInFull;
  const each = await Promise.all(
    runs.map(async (reported): Promise<ReportSection[]> => {
      const heading = titleOf(reported);
      return [{ heading }, ...(await runSections(reported)).map(oneLevelDown)];
    }),
  );
  const { overview, cells } = runsTables(runs);
  const sections: ReportSection[] = [
    { heading: 'Runs', tables: overview, figures: scoreFigures(runs) },
    ...(inFull ? each.flat() : [{ heading: 'Curves', figures: curveFigures(runs) }]),
    ...(inFull ? [] : figureSections(runs, await allFigures(runs))),
    ...(cells.length > 0 ? [{ heading: 'Every cell', tables: cells }] : []),
    ...(tables.length > 0 && !inFull ? [resultSection(tables)] : []),
    ...(inFull ? [] : [{ heading: 'Where they ran', tables: [machinesTable(runs)] }]),
  ];
  const done = runs.filter(({ summary }) => summary.state === 'done').length;
  return htmlReport({ title, subtitle: `${counted(runs.length, 'run')}, ${done} done`, sections });
}

/** The curves of each experiment by themselves: what is called loss or score differs between them. */
function curveFigures(runs: readonly ReportedRun[]): ReportFigure[] {
  const known = [...new Set(runs.flatMap(({ run }) => run.result?.['experiment'] ?? []))];
  const kinds = groupBy(runs, ({ run, summary }) =>
    // A cell that is not done is of the experiment of the others.
    String(run.result?.['experiment'] ?? (known.length === 1 ? known[0] : summary.kind)),
  );
  return [...kinds].flatMap(([kind, own]) =>
    metricFigures(own.map(({ name, run }) => ({ name, metrics: run.metrics }))).map((figure) =>
      kinds.size === 1 ? figure : { ...figure, caption: `${kind}: ${figure.caption}` },
    ),
  );
}

const oneLevelDown = (section: ReportSection): ReportSection => ({ ...section, level: 3 });

async function runSections({ run, summary, tables, sections }: ReportedRun) {
  const curves = metricFigures([{ metrics: run.metrics }]);
  const { figures, problems } = await readRunFigures(run.path);
  const all: ReportSection[] = [
    {
      heading: 'Result',
      tables,
      paragraphs: tables.length > 0 ? [] : [noResult[summary.state]],
    },
    ...(curves.length > 0 ? [{ heading: 'Curves', figures: curves }] : []),
    ...(figures.length + problems.length > 0
      ? [{ heading: 'Figures', figures, paragraphs: problems }]
      : []),
    ...sections,
    { heading: 'What ran', tables: [provenanceTable(run, summary)] },
    { heading: 'Settings', code: configYaml(run.config) },
  ];
  return all;
}

const noResult = {
  done: 'This experiment has no table.',
  running: 'The run is not done yet: a process is at work in its folder.',
  failed: 'The run failed: its run.log says why. --resume continues it.',
  stopped: 'The run was stopped before its end. --resume continues it.',
} as const;

/** Its name alone: a page goes to others, whom the rest of this machine's path is no business of. */
const folderOf = ({ path }: RecordedRun) => basename(resolve(path));

/** Not the config's title: a run may have other data or settings than the config that it began as. */
function titleOf({ title, run }: ReportedRun): string {
  const { config } = run;
  return title ?? (typeof config['name'] === 'string' ? config['name'] : folderOf(run));
}

const whenOf = ({ started }: RunSummary) =>
  started ? [`started ${started.slice(0, 16).replace('T', ' ')} UTC`] : [];

/** What each key of a stretch of the provenance is called on the page, in this order. */
const provenanceNames = {
  command: 'command',
  configHash: 'hash of the settings',
  commit: 'commit of the code',
  engine: 'engine',
  node: 'Node.js',
  platform: 'platform',
  cpu: 'processor',
  cores: 'cores',
  seed: 'seed',
  startedAt: 'started',
  endedAt: 'ended',
  wallSeconds: 'wall time (s)',
} as const satisfies Partial<Record<keyof Stretch, string>>;

type ProvenanceKey = keyof typeof provenanceNames;

/** A row for each fact and each data file; a column for each start of the run. */
function provenanceTable(run: RecordedRun, { state, started, updated }: RunSummary): Table {
  const recorded = run.result ? stretchesOf(run.result['provenance']) : [];
  const stretches =
    recorded.length > 0
      ? recorded
      : [{ command: commandOf(run) ?? 'unknown', startedAt: started, endedAt: updated }];
  const keys = Object.keys(provenanceNames) as ProvenanceKey[];
  const valueOf = (stretch: Stretch, key: ProvenanceKey) => textOf(stretch[key] ?? '–');
  const row = (name: string, value: string) => [name, value, ...stretches.slice(1).map(() => '')];
  const files = fingerprintsOf(run.result?.['files']) ?? [];
  return {
    columns: [
      'what',
      ...(stretches.length > 1 ? stretches.map((_, at) => `start ${at + 1}`) : ['value']),
    ],
    rows: [
      row('folder', folderOf(run)),
      row('state', state),
      ...keys
        .filter((key) => stretches.some((stretch) => key in stretch && stretch[key] !== undefined))
        .map((key) => [provenanceNames[key], ...stretches.map((one) => valueOf(one, key))]),
      ...files.map(({ use, name, sha256 }) => row(`data: ${use}`, `${name}, SHA-256 ${sha256}`)),
    ],
  };
}

/** What produced the numbers of many runs: each different value once. */
function machinesTable(runs: readonly ReportedRun[]): Table {
  const keys = ['commit', 'engine', 'node', 'platform', 'cpu', 'cores', 'seed'] as const;
  const stretches = runs.flatMap(({ run }) => stretchesOf(run.result?.['provenance']));
  return {
    columns: ['what', 'value'],
    rows: keys.map((key) => [
      provenanceNames[key],
      [...new Set(stretches.flatMap((one) => one[key] ?? []).map(textOf))].join(', ') || '–',
    ]),
  };
}

const textOf = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value));

/** Of the cells of a sweep means over seeds, and a column for each swept key and measure. */
function runsTables(runs: readonly ReportedRun[]): { overview: Table[]; cells: Table[] } {
  const isCell = ({ values, name }: ReportedRun) => values ?? partsOfName(name).size > 0;
  const isSweep = runs.length > 1 && runs.every(isCell);
  const experiments = new Set(runs.flatMap(({ run }) => run.result?.['experiment'] ?? []));
  if (!isSweep || experiments.size > 1) return { overview: [runsTable(runs)], cells: [] };
  const data = dataLabels(runs.map(({ run, measures }) => (measures ? run.files : undefined)));
  const cells = runs.map(({ name, values, summary, measures }, at) => ({
    ...{ name, values, measures, data: data[at] },
    state: summary.state,
  }));
  const seeds = seedsTable(cells);
  const every = cellsTable(cells, 'Every cell');
  return seeds ? { overview: [seeds], cells: [every] } : { overview: [every], cells: [] };
}

function runsTable(runs: readonly ReportedRun[]): Table {
  return {
    caption: 'Every run of this folder',
    columns: ['run', 'what', 'state', { heading: 'score', align: 'right' }, 'measure'],
    rows: runs.map(({ name, summary: { kind, state, score } }) => [
      name,
      kind,
      state,
      score ? String(Number(score.value.toPrecision(5))) : '–',
      score ? `${score.name}, ${score.better} is better` : '',
    ]),
  };
}

/** One figure for each measure that at least two runs are judged by. */
function scoreFigures(runs: readonly ReportedRun[]) {
  const scored = runs.flatMap(({ name, summary: { score } }) => (score ? [{ name, score }] : []));
  const measures = [...new Set(scored.map(({ score }) => score.name))];
  return measures.flatMap((label) => {
    const points = scored
      .filter(({ score }) => score.name === label)
      .map(({ name, score }) => ({ name, score: score.value }));
    if (points.length < 2) return [];
    const better = scored.find(({ score }) => score.name === label)!.score.better;
    const ways = points.length > mostInRows ? groupings(points.map(({ name }) => name)) : new Map();
    if (ways.size === 0) {
      const caption = `${label} of each run: ${better} is better.`;
      return [{ svg: scoresFigure({ runs: points, label }), caption }];
    }
    return [...ways].map(([key, groups]) => ({
      svg: scoresFigure({ runs: points.map((one, at) => ({ ...one, name: groups[at]! })), label }),
      caption: `${label} of every cell, by ${key}: ${better} is better.`,
    }));
  });
}

/** Of more runs, a figure of scores has a row for each value of a key. */
const mostInRows = 16;

/** Tables, and figures, past this many would make a page that nobody reads to its end. */
const mostTables = 12;
const mostFigures = 8;

/** What has a table for each run is long: the numbers of all stand in the table of cells. */
function resultSection(tables: readonly Table[]): ReportSection {
  const left = tables.length - mostTables;
  return {
    heading: 'Results',
    tables: tables.slice(0, mostTables),
    paragraphs:
      left > 0
        ? [`${counted(left, 'table')} more in the runs’ own reports: didyprog report RUN.`]
        : [],
  };
}

const allFigures = (runs: readonly ReportedRun[]) =>
  Promise.all(runs.map(({ run }) => readRunFigures(run.path)));

function figureSections(
  runs: readonly ReportedRun[],
  read: readonly RunFigures[],
): ReportSection[] {
  const named = read.flatMap(({ figures }, index) =>
    figures.map(({ svg, caption }) => ({ svg, caption: `${runs[index]!.name}: ${caption}` })),
  );
  const problems = read.flatMap(({ problems }) => problems);
  if (named.length + problems.length === 0) return [];
  const left = named.length - mostFigures;
  const paragraphs = [
    ...problems.slice(0, mostFigures),
    ...(left > 0
      ? [`${counted(left, 'figure')} more in the runs’ own reports: didyprog report RUN.`]
      : []),
  ];
  return [{ heading: 'Figures', figures: named.slice(0, mostFigures), paragraphs }];
}
