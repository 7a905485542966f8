import { requireFile } from '../../input-file.js';
import { basename, extname, join } from 'node:path';
import { readScore } from '../../data/readers/score.js';
import { readWav } from '../../data/readers/wav.js';
import { alignRecording } from './align-recording.js';
import { readTrainedModel, shippedModel } from './trained-model.js';
import { onsetFigure } from '../../report/svg.js';
import { makeOutputFolder, writeAside } from '../../runner/write-aside.js';
import { notice } from '../../runner/notice.js';
import { writeResult } from '../../terminal.js';

/** The options of `didyprog align file`. */
export interface FileFlags {
  model?: string;
  out?: string;
  band?: number;
  json?: boolean;
}

/** Aligns the recording with the score, and writes the onsets and a figure. */
export async function alignFile(recordingPath: string, scorePath: string, flags: FileFlags) {
  for (const path of [recordingPath, scorePath]) await requireFile(path);
  const [trained, recording, score] = await Promise.all([
    readTrainedModel(flags.model ?? shippedModel),
    readWav(recordingPath, notice),
    readScore(scorePath, notice),
  ]);
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
  if (flags.json) {
    writeResult(`${JSON.stringify({ hopSeconds, events, files })}\n`);
    return;
  }
  writeResult(`${events.length} score events aligned\n${Object.values(files).join('\n')}\n`);
}
