import { readdir } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { audioEndings, readAudio } from '../../data/readers/audio/audio.js';
import type { Chorale } from '../../data/readers/bach10.js';
import type { Notify } from '../../data/readers/notices.js';
import { checkNumbers, readOnsets } from '../../data/readers/onsets.js';
import { readScore, scoreEndings } from '../../data/readers/scores/score.js';
import type { ScoreEvent } from '../../data/readers/scores/score-events.js';
import { counted } from '../../counted.js';
import { DataError } from '../../errors.js';
import { shortened } from '../../visible.js';
import type { DataFiles } from '../../runner/run/data-files.js';
import { alignRecording } from './file/align-recording.js';
import { readTrainedModel, shippedModel } from './trained-model.js';

interface OwnOptions {
  notify?: Notify | undefined;
  onsets?: 'any' | 'known';
}

const isRecording = new RegExp(`\\.(${audioEndings.join('|')})$`, 'i');

const isScore = new RegExp(`^[^.].*\\.(${scoreEndings.join('|')})$`, 'i');

/** Whether a score is that of a recording, or what `align file` made of that. */
const isBeside = (name: string, stem: string) =>
  [stem, `${stem}.aligned`].includes(basename(name, extname(name)));

/** A recording with its score, and where it is. */
export interface OwnRecording extends Chorale {
  path: string;
  score: ScoreEvent[];
}

/** A recording of a folder by the names of its files. */
export interface RecordingFiles {
  stem: string;
  recording: string;
  score: string;
  /** The onset of each event. */
  onsets: string | undefined;
  /** They are those that `align file` found, not known ones. */
  areFound: boolean;
  /** What is doubtful about the choice of these files, in words. */
  remarks: string[];
}

/** By preference. */
const onsetEndings = ['csv', 'txt'];
/** What `align file` writes: a person may have corrected it, or not. */
const foundEnding = 'onsets.csv';

/**
 * The recordings of a folder, by name: STEM.wav (or .mp3, .flac, .ogg, .opus) with its score STEM.mid
 * (or .musicxml, .mxl, .mei, .krn), and the onset of each of its events in STEM.csv or STEM.txt, else in
 * STEM.onsets.csv, as `align file` writes it.
 * @param options.onsets known: a recording without onsets is refused, what `align file` found is not
 *   taken for them, and one recording will do
 * @throws DataError for a folder with fewer than two recordings, or one without its score
 */
export async function recordingsIn(
  folder: string,
  { onsets: asked = 'any' }: Pick<OwnOptions, 'onsets'> = {},
): Promise<RecordingFiles[]> {
  const names = await readdir(folder).catch((error: unknown) => {
    throw new DataError(`cannot read the folder ${folder}: ${(error as Error).message}`);
  });
  // Macs put a ._STEM.wav beside STEM.wav on foreign disks, which is no recording.
  const recordings = names.filter((name) => isRecording.test(name) && !name.startsWith('.')).sort();
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
    const once = stems.indexOf(stems[twice]!);
    throw new DataError(
      `${folder}: ${recordings[once]} and ${recordings[twice]} have one name: expected is one ` +
        'recording for each score',
    );
  }
  const alone = names.filter(
    (name) => isScore.test(name) && !stems.some((stem) => isBeside(name, stem)),
  );
  return recordings.map((recording, at) => {
    const stem = stems[at]!;
    const path = join(folder, recording);
    const beside = (endings: readonly string[]) =>
      endings
        .flatMap((ending) => [ending, ending.toUpperCase()])
        .map((ending) => `${stem}.${ending}`)
        .filter((name) => names.includes(name));
    const scores = beside(scoreEndings);
    const [score] = scores;
    if (!score) throw new DataError(`${path} has no score: expected is ${stem}.mid beside it`);
    const known = beside(onsetEndings);
    const found = beside([foundEnding]);
    if (isKnown && known.length === 0) {
      throw new DataError(
        `${path} has no onsets: expected is ${stem}.csv beside it` +
          (found.length > 0 ? `; rename ${found[0]} to it if its onsets are the true ones` : ''),
      );
    }
    const all = isKnown ? known : [...known, ...found];
    const [onsets] = all;
    const areFound = onsets !== undefined && known.length === 0;
    const remarks = [
      ...chosen(path, 'score is', scores),
      ...chosen(path, 'onsets are those of', all),
    ];
    if (at === 0 && alone.length > 0) {
      remarks.push(
        `${folder}: ${counted(alone.length, 'score')} without a recording (.${audioEndings.join(', .')}) of the ` +
          `same name left out: ${shortened(alone.sort().join(', '))}`,
      );
    }
    if (areFound) {
      remarks.push(
        `${path}: its onsets are those of ${onsets}, which align file writes: they count as true`,
      );
    }
    return { stem, recording, score, onsets, areFound, remarks };
  });
}

/** Which file is taken, where there are several. */
const chosen = (path: string, what: string, [first, ...others]: readonly string[]) =>
  others.length === 0 ? [] : [`${path}: its ${what} ${first}, not ${others.join(' or ')}`];

/**
 * Reads the recordings of a folder. Where there are no onsets, those that the shipped model finds take
 * their place, with a notice.
 * @throws DataError as `recordingsIn`; for onsets of another number than the score has events, and for
 *   a score of one event
 */
export async function readOwnRecordings(
  folder: string,
  files: DataFiles,
  { notify = () => undefined, onsets: asked = 'any' }: OwnOptions = {},
): Promise<OwnRecording[]> {
  const all: OwnRecording[] = [];
  for (const found of await recordingsIn(folder, { onsets: asked })) {
    for (const remark of found.remarks) notify(remark);
    const [path, score] = [found.recording, found.score].map((name) =>
      files.note(join(folder, name), name),
    ) as [string, string];
    const truth = found.onsets && files.note(join(folder, found.onsets), found.onsets);
    const audio = await readAudio(path, notify);
    const moments = await readScore(score, notify);
    if (moments.length < 2) {
      throw new DataError(`${score}: one event: at least two are expected`);
    }
    let onsets: ArrayLike<number>;
    if (truth) {
      const known = await readOnsets(truth, audio.samples.length / audio.sampleRate, notify);
      onsets = known.onsets;
      if (onsets.length !== moments.length) {
        throw new DataError(
          `${truth} has ${counted(onsets.length, 'onset')} and ${score} has ` +
            `${counted(moments.length, 'event')}: there must be one for each`,
        );
      }
      checkNumbers(
        known,
        moments.map((_, event) => event),
        truth,
      );
    } else {
      const trained = await readTrainedModel(shippedModel);
      const { events } = alignRecording({ ...audio, path }, moments, trained);
      onsets = events.map(({ onsetSeconds }) => onsetSeconds);
      notify(`${path}: no onsets beside it: those that the shipped model finds take their place`);
    }
    const events = moments.map((moment, at) => ({ ...moment, onsetSeconds: onsets[at]! }));
    all.push({ name: found.stem, ...audio, events, path, score: moments });
  }
  return all;
}
