import { counted } from '../../../counted.js';
import { smoothOmegaNames } from '../../../dp/omega/index.js';
import { paperAlign, type PaperRow } from '../../../report/paper.js';
import { formatSpread, percent, right, type Table } from '../../../report/table.js';
import { isBach10, knownAs } from '../../../data/acquire/known-data.js';
import { provenanceText, stretchesOf } from '../../../runner/run/provenance.js';
import { rowNames, type AlignConfig, type FeaturesConfig } from '../config.js';
import type { AlignResult, SummaryRow } from './result.js';

/** The table of one run; on Bach10 the paper's numbers beside ours. */
export function alignTable(result: AlignResult): Table {
  const { rows, folds, config } = result;
  const printed = isOnBach10(result);
  return {
    caption: `${settingTitle(config)}: ${counted(folds.length, 'fold')}, leave-one-out`,
    columns: [
      'training',
      ...[
        ...testHeadings,
        'training RMSE (s)',
        ...(printed ? ['paper, test', 'paper, training'] : []),
      ].map(right),
    ],
    rows: rows.map((row) => [
      rowTitle(row.name, config),
      ...testCells(row),
      formatSpread(row.training.rmse, { digits: 3 }),
      ...(printed ? paperCells(row, config) : []),
    ]),
    notes: [
      printed
        ? `Paper: ${paperAlign.source}. Its features, units and epochs are not known in full, so ` +
          'its numbers and ours measure the same picture, not the same set-up.'
        : dataNote(result),
      'Mean ± population standard deviation over folds, of the onsets of events 2 to the last; ' +
        'training: of the mean over a fold’s training pieces.',
      choicesNote(result),
      ...(config.note ? [config.note] : []),
      runNote(result),
    ],
  };
}

export const testHeadings = [
  'test RMSE (s)',
  'test MAD (s)',
  'test median (s)',
  'within 50 ms',
  'within 100 ms',
];

/** What stands below `testHeadings`. */
export const testCells = ({ test }: SummaryRow) => [
  formatSpread(test.rmse, { digits: 3 }),
  formatSpread(test.meanAbsolute, { digits: 3 }),
  formatSpread(test.medianAbsolute, { digits: 3 }),
  percent(test.within50ms.mean),
  percent(test.within100ms.mean),
];

/** Of which code a run is, and how long it took. */
export const runNote = ({ provenance, folds }: Pick<AlignResult, 'provenance'> & Timed) =>
  `Run: ${provenanceText(stretchesOf(provenance))}; the folds took ` +
  `${folds.reduce((sum, { seconds }) => sum + seconds, 0).toFixed(0)} s.`;

interface Timed {
  folds: readonly { seconds: number }[];
}

/** The name of a row, with its Ω, γ and loss where --set or a sweep made them others than the name says. */
export function rowTitle(name: string, { endToEnd }: Pick<AlignConfig, 'endToEnd'>): string {
  const setting = endToEnd.find((one) => one.name === name);
  if (!setting) return name;
  const { omega, gamma, loss } = setting;
  const [, named] = /γ ([\d.e+-]+)/.exec(name) ?? [];
  const says = (word: string) => new RegExp(`\\b${word}\\b`).test(name);
  const other =
    (named !== undefined && Number(named) !== gamma) ||
    smoothOmegaNames.some((one) => one !== omega && says(one)) ||
    (['area', 'convex'] as const).some((one) => one !== loss && says(`${one} loss`));
  return other ? `${name} [now ${omega}, ${named ? `γ ${gamma}, ` : ''}${loss} loss]` : name;
}

/** By content; by name for version 0.1.0, which kept no fingerprints. */
export function isOnBach10({
  files,
  config,
  folds,
}: Pick<AlignResult, 'files'> & {
  config: Pick<AlignConfig, 'data'>;
  folds: readonly { piece: string }[];
}): boolean {
  if (files) return isBach10(files);
  const known = (piece: string) => knownAs({ name: `bach10/${piece}/${piece}.wav` });
  return config.data.source === 'bach10' && folds.every(({ piece }) => known(piece));
}

function dataNote({ config, folds, files = [] }: AlignResult): string {
  if (config.data.source === 'synthetic') {
    return 'Generated music: these numbers say nothing about real recordings.';
  }
  const pieces = 1 + (Object.values(folds[0]?.rows ?? {})[0]?.training.length ?? 0);
  const uses = (ending: RegExp) => files.filter(({ use }) => ending.test(use)).length;
  const found = uses(/\.wav$/i) - uses(/\.(csv|txt)$/i);
  const taken =
    config.data.source === 'files' && found > 0
      ? ` Of ${found} the onsets are those that the shipped model finds: the errors are measured from these.`
      : '';
  return `${pieces} recordings of one’s own, no data set that is known here.${taken}`;
}

export function alignTitle(result: AlignResult): string {
  const generated = result.config.data.source === 'synthetic';
  const data = generated ? 'generated chorales' : isOnBach10(result) ? 'Bach10' : 'own recordings';
  return `Alignment of ${data}: ${settingTitle(result.config)}`;
}

const featureTitles: Record<FeaturesConfig['kind'], string> = {
  mfcc: 'MFCC',
  mel: 'mel spectrum',
  semitone: 'semitone spectrum',
  chroma: 'chroma',
};

export function settingTitle({ features, model }: Pick<AlignConfig, 'features' | 'model'>): string {
  const kind = featureTitles[features.kind];
  return [
    features.kind === 'mfcc' ? `${features.coefficients} ${kind}` : kind,
    model.output === 'softmax' ? 'softmax over pitches' : 'one sigmoid a pitch',
    `${model.weights} linear map`,
  ].join(', ');
}

/** Which settings were chosen on the training pieces, and which are the config's. */
function choicesNote({ config, folds }: AlignResult): string {
  const trained = [rowNames.frameWise, ...config.endToEnd.map(({ name }) => name)];
  const isChosen = (row: string) =>
    config.choices !== undefined &&
    folds.every(({ settings: { chosen } }) =>
      Array.isArray(chosen) ? chosen.includes(row) : chosen,
    );
  const chosen = trained.filter(isChosen);
  if (chosen.length === 0) {
    return (
      'The settings are those of the config, the same in every fold; they were not chosen on ' +
      'these pieces by this run.'
    );
  }
  const which = chosen.length === trained.length ? '' : ` in ${quotedList(chosen)}`;
  const rest =
    chosen.length === trained.length ? '' : ' The other settings are those of the config.';
  const what = chosenKeys(config);
  return (
    `${what} of every fold${which} ${what.includes(' and ') ? 'were' : 'was'} chosen on its ` +
    `training pieces alone (${config.choices}).${rest}`
  );
}

/** What the grid of the config leaves to choose: keys with several values. */
function chosenKeys({ select }: AlignConfig): string {
  const grids = [select?.frameWise ?? {}, select?.endToEnd ?? {}];
  const varies = (key: string) =>
    grids.some((grid) =>
      Object.entries(grid).some(([k, values]) => k === key && values.length > 1),
    );
  const names = {
    lambda: 'regularisation',
    gamma: 'γ',
    epochs: 'epochs',
    iterations: 'iterations',
  };
  const keys = Object.entries(names).flatMap(([key, name]) => (varies(key) ? [name] : []));
  const text = keys.length > 0 ? keys.join(' and ') : 'regularisation and γ';
  return text.charAt(0).toUpperCase() + text.slice(1);
}

const quotedList = (names: readonly string[]) => names.map((name) => `‘${name}’`).join(' and ');

/** The paper has three of the rows; its end-to-end training is ours with negentropy and areas. */
function paperCells({ name }: SummaryRow, config: AlignConfig): string[] {
  const printed = paperRow(name, config);
  return printed ? [formatSpread(printed.test), formatSpread(printed.training)] : ['', ''];
}

function paperRow(name: string, { endToEnd }: AlignConfig): PaperRow | undefined {
  if (name === rowNames.random) return paperAlign.rows.random;
  if (name === rowNames.frameWise) return paperAlign.rows.nonStructured;
  const setting = endToEnd.find((one) => one.name === name);
  const isPapers = setting?.omega === 'negentropy' && setting.loss === 'area';
  return isPapers ? paperAlign.rows.endToEnd : undefined;
}
