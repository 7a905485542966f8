import { paperAlign, type PaperRow } from '../../report/paper.js';
import { formatSpread, tableToMarkdown, tableToText, type Table } from '../../report/table.js';
import { rowNames } from './config.js';
import type { AlignResult, SummaryRow } from './summary.js';

/** The table of one run, the paper's numbers beside ours. */
export function alignTable({ config, rows, folds, provenance }: AlignResult): Table {
  const synthetic = config.data.source === 'synthetic';
  const chosen = folds.every(({ settings }) => settings.chosen);
  return {
    caption: `${config.title}: ${folds.length} folds, leave-one-out`,
    columns: [
      'training',
      ...[
        'test RMSE (s)',
        'test MAD (s)',
        'test median (s)',
        'within 50 ms',
        'within 100 ms',
        'training RMSE (s)',
        ...(synthetic ? [] : ['paper, test', 'paper, training']),
      ].map((heading) => ({ heading, align: 'right' as const })),
    ],
    rows: rows.map((row) => [
      row.name,
      formatSpread(row.test.rmse, { digits: 3 }),
      formatSpread(row.test.meanAbsolute, { digits: 3 }),
      formatSpread(row.test.medianAbsolute, { digits: 3 }),
      percent(row.test.within50ms.mean),
      percent(row.test.within100ms.mean),
      formatSpread(row.training.rmse, { digits: 3 }),
      ...(synthetic ? [] : paperCells(row)),
    ]),
    notes: [
      synthetic
        ? 'Generated music: these numbers say nothing about real recordings.'
        : `Paper: ${paperAlign.source}. Its features, units and epochs are not known in full, so ` +
          'its numbers and ours measure the same picture, not the same set-up.',
      'Mean ± population standard deviation over folds, of the onsets of events 2 to the last; ' +
        'training: of the mean over a fold’s training pieces.',
      chosen
        ? 'Regularisation and γ of every fold were chosen on its training pieces alone ' +
          `(${config.choices}).`
        : 'The settings are those of the config, the same in every fold; they were not chosen on ' +
          'these pieces by this run.',
      `Run: ${provenance.command}; config ${provenance.configHash}, commit ${provenance.commit}, ` +
        `engine ${provenance.engine}, Node ${provenance.node}, ${provenance.cores} cores ` +
        `(${provenance.cpu}), seed ${provenance.seed}; the folds took ${foldSeconds(folds)} s.`,
    ],
  };
}

const foldSeconds = (folds: AlignResult['folds']) =>
  folds.reduce((sum, { seconds }) => sum + seconds, 0).toFixed(0);

const percent = (share: number) => `${(100 * share).toFixed(1)} %`;

/** The paper has three of the rows; its end-to-end training is ours with negentropy. */
function paperCells({ name }: SummaryRow): string[] {
  const printed = paperRow(name);
  return printed ? [formatSpread(printed.test), formatSpread(printed.training)] : ['', ''];
}

function paperRow(name: string): PaperRow | undefined {
  if (name === rowNames.random) return paperAlign.rows.random;
  if (name === rowNames.frameWise) return paperAlign.rows.nonStructured;
  if (name === 'end-to-end, negentropy') return paperAlign.rows.endToEnd;
  return undefined;
}

/** The tables of several runs for a terminal. */
export function tablesOf(results: readonly AlignResult[]): string {
  return results.map((result) => tableToText(alignTable(result))).join('\n\n\n');
}

/** The tables of several runs as a Markdown page. */
export function resultsPage(title: string, results: readonly AlignResult[], rest = ''): string {
  const tables = results.map((result) => tableToMarkdown(alignTable(result)));
  return `# ${title}\n\n${tables.join('\n\n')}\n${rest}`;
}
