import { readdir } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { audioEndings, readAudio } from '../../data/readers/audio.js';
import type { Chorale } from '../../data/readers/bach10.js';
import type { Notify } from '../../data/readers/notices.js';
import { readOnsets } from '../../data/readers/onsets.js';
import { readScore, scoreEndings, type ScoreEvent } from '../../data/readers/score.js';
import { counted } from '../../counted.js';
import { DataError } from '../../errors.js';
import type { DataFiles } from '../../runner/data-files.js';
import { alignRecording } from './align-recording.js';
import { readTrainedModel, shippedModel } from './trained-model.js';

interface OwnOptions {
  notify?: Notify | undefined;
  onsets?: 'any' | 'known';
}

const isRecording = new RegExp(`\\.(${audioEndings.join('|')})$`, 'i');

/** A recording with its score, and where it is. */
export interface OwnRecording extends Chorale {
  path: string;
  score: ScoreEvent[];
}

/**
 * The recordings of a folder, by name: STEM.wav (or .mp3, .flac, .ogg, .opus) with its score STEM.mid (or .musicxml, .mxl, .mei, .krn), and the onset of
 * each of its events in STEM.csv or STEM.txt. Where there are no onsets, those that the shipped model
 * finds take their place, with a notice.
 * @param options.onsets known: a recording without onsets is refused, and one recording will do
 * @throws DataError for a folder with fewer than two recordings, one without its score, or onsets of
 *   another number
 */
export async function readOwnRecordings(
  folder: string,
  files: DataFiles,
  { notify = () => undefined, onsets: asked = 'any' }: OwnOptions = {},
): Promise<OwnRecording[]> {
  const names = await readdir(folder).catch((error: unknown) => {
    throw new DataError(`cannot read the folder ${folder}: ${(error as Error).message}`);
  });
  const recordings = names.filter((name) => isRecording.test(name)).sort();
  const isKnown = asked === 'known';
  if (recordings.length < (isKnown ? 1 : 2)) {
    throw new DataError(
      `${folder} has ${counted(recordings.length, 'recording')} (.${audioEndings.join(', .')}): at ` +
        `least ${isKnown ? 'one is' : 'two are'} expected, each with its score (.mid) of the same name`,
    );
  }
  const stems = recordings.map((name) => basename(name, extname(name)));
  const twice = stems.findIndex((stem, at) => stems.indexOf(stem) < at);
  if (twice >= 0) {
    throw new DataError(
      `${folder}: ${recordings[twice - 1]} and ${recordings[twice]} have one name: expected is one ` +
        'recording for each score',
    );
  }
  const all: OwnRecording[] = [];
  for (const recording of recordings) {
    const stem = basename(recording, extname(recording));
    const beside = (...endings: string[]) => {
      const found = names.find((name) => endings.some((end) => name === `${stem}${end}`));
      return found && files.note(join(folder, found), found);
    };
    const path = files.note(join(folder, recording), recording);
    const score = beside(...scoreEndings.flatMap((end) => [`.${end}`, `.${end.toUpperCase()}`]));
    if (!score) throw new DataError(`${path} has no score: expected is ${stem}.mid beside it`);
    const audio = await readAudio(path, notify);
    const moments = await readScore(score, notify);
    const truth = beside('.csv', '.onsets.csv', '.txt');
    let onsets: ArrayLike<number>;
    if (truth) {
      onsets = await readOnsets(truth);
      if (onsets.length !== moments.length) {
        throw new DataError(
          `${truth} has ${onsets.length} onsets and ${score} has ${moments.length} events: there must ` +
            'be one for each',
        );
      }
    } else if (isKnown) {
      throw new DataError(`${path} has no onsets: expected is ${stem}.csv beside it`);
    } else {
      const trained = await readTrainedModel(shippedModel);
      const { events } = alignRecording({ ...audio, path }, moments, trained);
      onsets = events.map(({ onsetSeconds }) => onsetSeconds);
      notify(`${path}: no onsets beside it: those that the shipped model finds take their place`);
    }
    const events = moments.map((moment, at) => ({ ...moment, onsetSeconds: onsets[at]! }));
    if (events.length < 2) throw new DataError(`${score}: one event: at least two are expected`);
    all.push({ name: stem, ...audio, events, path, score: moments });
  }
  return all;
}
