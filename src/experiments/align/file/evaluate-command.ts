import { existsSync } from 'node:fs';
import { UsageError } from '../../../errors.js';
import { isFolder } from '../../../make-folder.js';
import type { OnsetErrors } from '../../../metrics/onset-errors.js';
import { approximateRandomisation } from '../../../metrics/significance.js';
import { percent, right, screenTable, type Table } from '../../../report/table.js';
import { DataFiles } from '../../../runner/run/data-files.js';
import { notice } from '../../../runner/notice.js';
import { writeResult } from '../../../terminal.js';
import type { EvaluateFlags } from '../../evaluate-flags.js';
import { errorsOf } from '../evaluation.js';
import { readAligner } from './any-model.js';
import { readOwnRecordings, type OwnRecording } from '../own-recordings.js';

/** An aligner's errors on each recording of a folder. */
interface Scored {
  run: string;
  errors: OnsetErrors[];
}

/** Scores the aligner of a run on recordings whose onsets are known, and whether another differs. */
export async function evaluateAligner(run: string, flags: EvaluateFlags): Promise<void> {
  const { truth, with: other, json } = flags;
  if (truth === undefined) {
    throw new UsageError(
      `${run} is an aligner: give --truth a folder of recordings with scores and onsets`,
    );
  }
  if (existsSync(truth) && !(await isFolder(truth))) {
    throw new UsageError(
      `--truth ${truth}: it must be a folder of STEM.wav, STEM.mid and STEM.csv; ` +
        'for one recording: didyprog align file RECORDING SCORE --truth ONSETS',
    );
  }
  const recordings = await readOwnRecordings(truth, new DataFiles('.'), {
    notify: notice,
    onsets: 'known',
  });
  const scored: Scored[] = [];
  for (const path of [run, ...(other === undefined ? [] : [other])]) {
    scored.push({ run: path, errors: await errorsOn(recordings, path) });
  }
  const comparison = scored.length > 1 ? compare(scored as [Scored, Scored]) : undefined;
  const names = recordings.map(({ name }) => name);
  if (json) {
    const runs = scored.map(({ run, errors }) => ({
      run,
      recordings: errors.map((error, at) => ({ name: names[at], ...error })),
      mean: meanErrors(errors),
    }));
    writeResult(`${JSON.stringify({ truth, runs, ...(comparison && { comparison }) })}\n`);
    return;
  }
  const tables = scored.map((one) => errorsTable(one, names));
  if (comparison) {
    const { difference, p } = comparison;
    tables.at(-1)!.notes = [
      ...tables.at(-1)!.notes!,
      `${other} less ${run}: mean MAD ${difference < 0 ? '−' : '+'}${seconds(Math.abs(difference))} s, p = ${p.toFixed(4)} by exchanging ` +
        'both in each recording.',
    ];
  }
  writeResult(`${tables.map(screenTable).join('\n\n\n')}\n`);
}

async function errorsOn(recordings: readonly OwnRecording[], path: string): Promise<OnsetErrors[]> {
  const align = await readAligner(path);
  return recordings.map((recording) => {
    const { events, warnings = [] } = align(recording, recording.score, { asWritten: true });
    for (const warning of warnings) notice(`${recording.path}: ${warning}`);
    const found = Float64Array.from(events, ({ onsetSeconds }) => onsetSeconds);
    return errorsOf(found, recording);
  });
}

/** Whether the mean over recordings differs: recordings are the units. */
function compare([first, second]: [Scored, Scored]) {
  const counts = ({ errors }: Scored) => errors.map(({ meanAbsolute }) => [meanAbsolute]);
  const score = ([sum]: readonly number[]) => sum! / first.errors.length;
  return approximateRandomisation({ a: counts(first), b: counts(second), score });
}

const keys = [
  'meanAbsolute',
  'medianAbsolute',
  'rmse',
  'max',
  'within50ms',
  'within100ms',
] as const;

const meanErrors = (errors: readonly OnsetErrors[]) =>
  Object.fromEntries(
    keys.map((key) => [key, errors.reduce((sum, one) => sum + one[key], 0) / errors.length]),
  ) as Record<(typeof keys)[number], number>;

const seconds = (value: number) => value.toFixed(3);

function errorsTable(
  { run, errors }: Scored,
  names: readonly string[],
): Table & { notes: string[] } {
  const row = (name: string, error: Record<(typeof keys)[number], number>) => [
    name,
    ...keys.map((key) => (key.startsWith('within') ? percent : seconds)(error[key])),
  ];
  return {
    caption: run,
    columns: [
      'recording',
      ...['MAD (s)', 'median (s)', 'RMSE (s)', 'largest (s)', 'within 50 ms', 'within 100 ms'].map(
        right,
      ),
    ],
    rows: [
      ...errors.map((error, at) => row(names[at]!, error)),
      ...(errors.length > 1 ? [row('mean', meanErrors(errors))] : []),
    ],
    notes: ['Of the onsets of events 2 to the last; MAD: mean absolute deviation.'],
  };
}
