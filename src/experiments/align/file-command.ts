import { requireFile } from '../../input-file.js';
import { basename, extname, join } from 'node:path';
import { readOnsets } from '../../data/readers/onsets.js';
import { readScore } from '../../data/readers/score.js';
import { readWav } from '../../data/readers/wav.js';
import { alignRecording } from './align-recording.js';
import { readTrainedModel, shippedModel } from './trained-model.js';
import { DataError } from '../../errors.js';
import { onsetErrors, type OnsetErrors } from '../../metrics/onset-errors.js';
import { screenTable, type Table } from '../../report/table.js';
import { onsetFigure } from '../../report/svg.js';
import { makeOutputFolder, writeAside } from '../../runner/write-aside.js';
import { notice } from '../../runner/notice.js';
import { writeResult } from '../../terminal.js';

/** The options of `didyprog align file`. */
export interface FileFlags {
  model?: string;
  out?: string;
  band?: number;
  truth?: string;
  json?: boolean;
}

/** Aligns the recording with the score, and writes the onsets and a figure. */
export async function alignFile(recordingPath: string, scorePath: string, flags: FileFlags) {
  const { truth } = flags;
  for (const path of [recordingPath, scorePath, ...(truth === undefined ? [] : [truth])]) {
    await requireFile(path);
  }
  const onsets = truth === undefined ? undefined : await readOnsets(truth);
  const [trained, recording, score] = await Promise.all([
    readTrainedModel(flags.model ?? shippedModel),
    readWav(recordingPath, notice),
    readScore(scorePath, notice),
  ]);
  if (onsets && (onsets.length !== score.length || onsets.length < 2)) {
    throw new DataError(
      `${truth} has ${onsets.length} onsets and ${scorePath} has ${score.length} events: there must ` +
        'be one for each, at least two',
    );
  }
  const { events, hopSeconds } = alignRecording(
    { ...recording, path: recordingPath },
    score,
    trained,
    { band: flags.band },
  );

  const folder = flags.out ?? join(recordingPath, '..');
  await makeOutputFolder(folder);
  const stem = join(folder, basename(recordingPath, extname(recordingPath)));
  // Numbers and spaces only: nothing in a field that CSV would have to quote.
  const rows = events.map(({ onsetSeconds, scoreOnsetSeconds, pitches }, event) =>
    [event, onsetSeconds.toFixed(3), scoreOnsetSeconds.toFixed(3), pitches.join(' ')].join(','),
  );
  const files = {
    csv: `${stem}.onsets.csv`,
    json: `${stem}.onsets.json`,
    svg: `${stem}.onsets.svg`,
  };
  await writeAside(
    files.csv,
    `${['event,onset_seconds,score_seconds,pitches', ...rows].join('\n')}\n`,
  );
  await writeAside(
    files.json,
    `${JSON.stringify({ recording: recordingPath, score: scorePath, hopSeconds, events }, undefined, 1)}\n`,
  );
  await writeAside(files.svg, onsetFigure({ events, title: basename(recordingPath) }));
  // The alignment's start fixes the first event, as in the tables of experiments.
  const errors =
    onsets &&
    onsetErrors(
      events.slice(1).map(({ onsetSeconds }) => onsetSeconds),
      onsets.subarray(1),
    );
  if (flags.json) {
    writeResult(`${JSON.stringify({ hopSeconds, events, files, ...(errors && { errors }) })}\n`);
    return;
  }
  writeResult(`${events.length} score events aligned\n${Object.values(files).join('\n')}\n`);
  if (errors) writeResult(`\n${screenTable(errorsTable(errors, truth!))}\n`);
}

function errorsTable(errors: OnsetErrors, truth: string): Table {
  const seconds = (value: number) => value.toFixed(3);
  const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
  return {
    caption: `Against ${truth}`,
    columns: [
      'RMSE (s)',
      'mean (s)',
      'median (s)',
      'largest (s)',
      'within 50 ms',
      'within 100 ms',
    ].map((heading) => ({ heading, align: 'right' as const })),
    rows: [
      [
        ...[errors.rmse, errors.meanAbsolute, errors.medianAbsolute, errors.max].map(seconds),
        ...[errors.within50ms, errors.within100ms].map(percent),
      ],
    ],
    notes: ['Of the onsets of events 2 to the last.'],
  };
}
