import { basename, dirname, extname, join } from 'node:path';
import { counted } from '../../../counted.js';
import { modelFile, shippedOnsets } from '../../../alignment/trained-onsets.js';
import { readAudio } from '../../../data/readers/audio/audio.js';
import { checkNumbers, readOnsets } from '../../../data/readers/onsets.js';
import { readWholeScore } from '../../../data/readers/scores/score.js';
import { DataError, exitCodes } from '../../../errors.js';
import { requireFile } from '../../../input-file.js';
import { checkOutputs } from '../../../output-places.js';
import { onsetErrors, type OnsetErrors } from '../../../metrics/onset-errors.js';
import { percent, right, screenTable, type Table } from '../../../report/table.js';
import { jsonText, makeOutputFolder, writeAside } from '../../../runner/write-aside.js';
import { notice } from '../../../runner/notice.js';
import { writeResult } from '../../../terminal.js';
import { readAligner } from './any-model.js';
import { eventsWritten, keepCorrected } from './corrected-files.js';
import { pageGammas } from './listening-data.js';
import { eventBars, parseJumps, repeatJumps } from './jumps.js';
import {
  audacityLabels,
  onsetsCsv,
  sonicVisualiserLabels,
  warpedMidi,
  type OnsetEvent,
} from './onset-files.js';

export interface FileFlags {
  model?: string;
  out?: string;
  band?: number;
  write?: string[];
  truth?: string;
  jumps?: string;
  page?: string;
  strict?: boolean;
  json?: boolean;
}

/** What can be written, by name, with the ending of its file. */
const onsetFiles = {
  csv: '.onsets.csv',
  json: '.onsets.json',
  svg: '.onsets.svg',
  midi: '.aligned.mid',
  audacity: '.onsets.txt',
  'sonic-visualiser': '.onsets.sv.csv',
} as const;
type OnsetFile = keyof typeof onsetFiles;

/** What is written unless something else is asked for. */
const usualFiles: readonly OnsetFile[] = ['csv', 'json', 'svg'];

/** What people correct by hand. */
const correctable: readonly OnsetFile[] = ['csv', 'midi', 'audacity', 'sonic-visualiser'];

/** Aligns the recording with the score, and writes the onsets and a figure. */
export async function alignFile(recordingPath: string, scorePath: string, flags: FileFlags) {
  const { truth, model = shippedOnsets } = flags;
  for (const path of [recordingPath, scorePath, ...(truth === undefined ? [] : [truth])]) {
    await requireFile(path);
  }
  const folder = flags.out ?? join(recordingPath, '..');
  const stem = join(folder, basename(recordingPath, extname(recordingPath)));
  const names = [...new Set((flags.write as OnsetFile[] | undefined) ?? usualFiles)];
  await checkOutputs(
    [
      ...names.map((name) => ({
        path: `${stem}${onsetFiles[name]}`,
        option: '--out',
        makesFolder: true,
      })),
      ...placeOf(flags.page, { option: '--page', makesFolder: true }),
    ],
    [
      { path: recordingPath, name: 'the recording' },
      { path: scorePath, name: 'the score' },
      ...placeOf(truth, { name: 'the file of --truth' }),
      ...placeOf(flags.jumps, { name: 'the file of --jumps' }),
      { path: await modelFile(model), name: 'the model' },
    ],
  );
  const align = await readAligner(model, flags);
  const [recording, whole] = await Promise.all([
    readAudio(recordingPath, notice),
    readWholeScore(scorePath, notice),
  ]);
  const known =
    truth === undefined
      ? undefined
      : await readOnsets(truth, recording.samples.length / recording.sampleRate, notice);
  const { events: score, notes, engraved } = whole;
  const bars = engraved && eventBars(engraved.bars, score);
  const jumps = [
    ...(engraved && bars ? repeatJumps(engraved.bars, bars) : []),
    ...(await parseJumps(flags.jumps, score.length, bars)),
  ];
  const nameOf = bars && ((event: number) => `bar ${bars.names[event]!}`);
  const page = flags.page === undefined ? undefined : await import('./listening-page.js');
  const structured = { jumps, ...(nameOf && { nameOf }), ...(page && { gammas: pageGammas }) };
  const { soft, biasSeconds, ...aligned } = align(
    { ...recording, path: recordingPath },
    score,
    structured,
  );
  const { events, structure = [], warnings = [] } = aligned;
  for (const said of [...structure, ...warnings]) notice(`${recordingPath}: ${said}`);
  const onsets = known?.onsets;
  if (onsets && (onsets.length !== events.length || onsets.length < 2)) {
    throw new DataError(
      `${truth} has ${counted(onsets.length, 'onset')} and ${recordingPath} plays ` +
        `${counted(events.length, 'event')} of ${scorePath}: there must be one for each, at least two`,
    );
  }
  if (known && truth !== undefined) {
    checkNumbers(
      known,
      events.map(({ event = -1 }, at) => (event < 0 ? at : event)),
      truth,
    );
  }

  await makeOutputFolder(folder);
  // The alignment's start fixes the first event, as in the tables of experiments.
  const errors =
    onsets &&
    onsetErrors(
      events.slice(1).map(({ onsetSeconds }) => onsetSeconds),
      onsets.subarray(1),
    );
  const files: Partial<Record<OnsetFile | 'page', string>> = {};
  const contents: Record<
    OnsetFile,
    (events: OnsetEvent[]) => Promise<string> | string | Uint8Array
  > = {
    csv: onsetsCsv,
    json: () => jsonText({ recording: recordingPath, score: scorePath, ...aligned, errors }),
    svg: async (events) => {
      const { onsetFigure } = await import('../../../report/figures/onset-figure.js');
      return onsetFigure({ events, title: basename(recordingPath) });
    },
    midi: (events) => warpedMidi(notes, events, score),
    audacity: audacityLabels,
    'sonic-visualiser': sonicVisualiserLabels,
  };
  const before = await eventsWritten(`${stem}${onsetFiles.json}`, score.length);
  for (const name of names) {
    const path = `${stem}${onsetFiles[name]}`;
    const content = await contents[name](events);
    if (correctable.includes(name)) {
      const ours = before ? [content, await contents[name](before)] : [content];
      const kept = await keepCorrected(path, ours);
      if (kept !== undefined) notice(`${path} was not as this program writes it: kept as ${kept}`);
    }
    await writeAside(path, content);
    files[name] = path;
  }
  if (page && flags.page !== undefined) {
    await makeOutputFolder(dirname(flags.page));
    const text = page.listeningPage({
      title: basename(recordingPath),
      subtitle: `Aligned with ${basename(scorePath)}: ${events.length} events`,
      ...{ audio: recording, score: whole, bars: bars?.names },
      aligned: { ...aligned, ...(soft && { soft }), ...(biasSeconds && { biasSeconds }) },
    });
    await writeAside(flags.page, text);
    files.page = flags.page;
  }
  if (flags.strict && warnings.length > 0) process.exitCode = exitCodes.failed;
  if (flags.json) {
    writeResult(`${JSON.stringify({ ...aligned, errors, files })}\n`);
    return;
  }
  writeResult(
    `${counted(events.length, 'score event')} aligned\n${Object.values(files).join('\n')}\n`,
  );
  if (errors) writeResult(`\n${screenTable(errorsTable(errors, truth!))}\n`);
}

/** A file that an option names, if it is given. */
const placeOf = <About extends object>(path: string | undefined, about: About) =>
  path === undefined ? [] : [{ path, ...about }];

function errorsTable(errors: OnsetErrors, truth: string): Table {
  const seconds = (value: number) => value.toFixed(3);
  return {
    caption: `Against ${truth}`,
    columns: [
      'RMSE (s)',
      'mean (s)',
      'median (s)',
      'largest (s)',
      'within 50 ms',
      'within 100 ms',
    ].map(right),
    rows: [
      [
        ...[errors.rmse, errors.meanAbsolute, errors.medianAbsolute, errors.max].map(seconds),
        ...[errors.within50ms, errors.within100ms].map(percent),
      ],
    ],
    notes: ['Of the onsets of events 2 to the last.'],
  };
}
