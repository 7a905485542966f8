import { counted } from '../../../counted.js';
import { meanAndDeviation } from '../../../metrics/onset-errors.js';
import { formatSpread, percent, right, type Table } from '../../../report/table.js';
import { isOnBach10, runNote, testCells, testHeadings } from '../results/tables.js';
import { chosenScales } from './config.js';
import type { OnsetsResult } from './result.js';

/** A study of this recipe on Bach10, leave-one-out, and what synctoolbox does there without training. */
const beside = [
  [
    'a study of this recipe, not end to end',
    '0.032 ± 0.008',
    '0.023 ± 0.006',
    '0.015',
    '88.8 %',
    '98.8 %',
  ],
  ['synctoolbox, no training', '0.080 ± 0.030', '0.042 ± 0.012', '0.023', '78.6 %', '92.2 %'],
];

export function onsetsTable(result: OnsetsResult): Table {
  const { rows, folds, config } = result;
  const known = isOnBach10(result);
  return {
    caption: `${config.title}: ${counted(folds.length, 'fold')}, leave-one-out`,
    columns: ['training', ...[...testHeadings, 'in 90 % intervals', 'training MAD (s)'].map(right)],
    rows: [
      ...rows.map((row) => [
        row.name,
        ...testCells(row),
        percent(meanAndDeviation(folds.map(({ held }) => held[row.name]!)).mean),
        formatSpread(row.training.meanAbsolute, { digits: 3 }),
      ]),
      ...(known ? beside.map((row) => [...row, '', '']) : []),
    ],
    notes: [
      known
        ? 'The last two rows are of other programs, measured elsewhere on the same pieces.'
        : 'Other recordings than Bach10: nothing to compare with.',
      'Mean ± population standard deviation over folds, of the onsets of events 2 to the last; bias ' +
        'and intervals are set on the training pieces of each fold.',
      settingsNote(folds),
      runNote(result),
    ],
  };
}

/** Which settings the folds chose on their training pieces, of which, and whose the others are. */
function settingsNote(folds: OnsetsResult['folds']): string {
  const chosen = folds.flatMap(({ choices }) => (choices ? [choices] : []));
  const same = 'The settings are those of the config, the same in every fold.';
  if (chosen.length < folds.length) return same;
  const listed = (values: readonly number[]) =>
    [...new Set(values)].sort((a, b) => a - b).join(', ');
  /** What of some name was tried, where that was more than one value. */
  const among = <Setting extends object>(
    parts: readonly { choice: Setting; tried: readonly { setting: Setting }[] }[],
    names: readonly (keyof Setting & string)[],
  ) =>
    names.flatMap((name) => {
      const valueOf = (setting: Setting) => Number(setting[name]);
      const tried = listed(parts.flatMap((part) => part.tried.map((one) => valueOf(one.setting))));
      const taken = listed(parts.map(({ choice }) => valueOf(choice)));
      return tried.includes(',') ? [`${name} ${taken} (of ${tried})`] : [];
    });
  const settings = [
    ...among(
      chosen.map(({ scales }) => scales),
      chosenScales,
    ),
    ...among(
      chosen.flatMap(({ endToEnd }) => (endToEnd ? [endToEnd] : [])),
      ['learningRate', 'convex'],
    ),
  ];
  if (settings.length === 0) return same;
  return (
    `Chosen for each fold on its training pieces alone: ${settings.join('; ')}. ` +
    'All other settings, and the values to choose among, are the config’s.'
  );
}
