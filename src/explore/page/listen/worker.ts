import { alignAudio } from '../../../alignment/align-audio.js';
import { fromFile, type TrainedOnsets } from '../../../alignment/model-file.js';
import type { Notify } from '../../../data/readers/notices.js';
import { decodeMidiScore, type NotedScore } from '../../../data/readers/scores/score-events.js';
import { pageGammas } from '../../../experiments/align/file/listening-data.js';
import type { AlignAnswer, AlignQuestion } from './questions.js';

/** The model that ships with the project; the page's build holds it. */
const shipped = new URL('../../../../models/align-bach10-onsets-model.json', import.meta.url);

async function answer({ recording, score }: AlignQuestion): Promise<void> {
  const notices: string[] = [];
  const noted = readScore(score, (text) => notices.push(text));
  const response = await fetch(shipped);
  if (!response.ok) throw new Error(`the aligner's model did not come: ${response.status}`);
  const model = fromFile((await response.json()) as TrainedOnsets);
  const aligned = alignAudio(recording, noted.events, model, {
    gammas: pageGammas,
    onStep: (step) => post({ kind: 'step', step }),
  });
  post({ kind: 'heard', score: noted, aligned, notices });
}

function readScore({ bytes, path }: AlignQuestion['score'], notify: Notify): NotedScore {
  try {
    return decodeMidiScore(bytes, path, notify);
  } catch (error) {
    const isMidi = String.fromCharCode(...bytes.subarray(0, 256)).includes('MThd');
    if (isMidi) throw error;
    const { message } = error as Error;
    const advice = 'This page reads MIDI alone; didyprog align file reads other scores';
    throw new Error(`${message}. ${advice}`, { cause: error });
  }
}

const post = (answer: AlignAnswer) => postMessage(answer);

onmessage = ({ data }: MessageEvent<AlignQuestion>) => {
  answer(data).catch((error: unknown) =>
    post({ kind: 'error', message: (error as Error).message }),
  );
};
