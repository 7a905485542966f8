import { DataError } from '../../../errors.js';
import type { Chorale } from '../../../data/readers/bach10.js';
import type { ReportSection } from '../../../report/pages/html.js';
import { excerptOf, resample, wavUrl, withClicks } from '../../../report/pages/sound.js';
import { excerptFigure } from '../../../report/figures/excerpt-figure.js';
import { DataFiles, sameContents } from '../../../runner/run/data-files.js';
import { loadChorales } from '../recordings.js';
import type { AlignResult } from './result.js';

/** Long enough to hear the music, short enough for a page: 8 s at 11 kHz are 240 kB as base64. */
const excerptSeconds = 8;
const sampleRate = 11_025;

/**
 * An excerpt of the first piece left out: the recording, with a click at each onset predicted by
 * the first end-to-end setting, and at each true one, and its waveform with both marked. When the
 * recording is not there, a sentence that says how to get it.
 */
export async function listeningSection(
  { config, folds, files }: Pick<AlignResult, 'config' | 'folds' | 'files'>,
  dataFolder: string,
): Promise<ReportSection[]> {
  const fold = folds[0];
  const row = config.endToEnd[0]!.name;
  const onsets = fold?.onsets?.[row];
  if (!fold || !onsets) return [];
  const heading = 'Listen';
  let chorale: Chorale | undefined;
  try {
    const here = new DataFiles(dataFolder);
    const chorales = await loadChorales(config.data, here);
    if (files && !sameContents(files, await here.fingerprints())) {
      const other = 'There is nothing to listen to: the recordings here are not those of the run.';
      return [{ heading, paragraphs: [other] }];
    }
    chorale = chorales.find(({ name }) => name === fold.piece);
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    const missing = `There is nothing to listen to, since the recording is missing: ${error.message}`;
    return [{ heading, paragraphs: [missing] }];
  }
  if (!chorale) return [];
  const to = Math.min(excerptSeconds, chorale.samples.length / chorale.sampleRate);
  const inside = (times: readonly number[]) => times.filter((time) => time >= 0 && time < to);
  const predicted = inside(onsets);
  const truth = inside(chorale.events.map(({ onsetSeconds }) => onsetSeconds));
  const audio = resample(excerptOf(chorale, [0, to]), sampleRate);
  const clicked = (times: readonly number[]) => wavUrl(withClicks(audio, times));
  const figure = excerptFigure({
    title: `${chorale.name}, the first ${to.toFixed(0)} s`,
    audio,
    predicted,
    truth,
  });
  return [
    {
      heading,
      paragraphs: [
        `${chorale.name} was not trained on. Predicted by: ${row}. The sound is reduced to ` +
          `${sampleRate} Hz.`,
      ],
      figures: [{ svg: figure, caption: 'The waveform, predicted onsets above, true ones below.' }],
      sounds: [
        { caption: 'The recording', url: wavUrl(audio) },
        { caption: 'With a click at each predicted onset', url: clicked(predicted) },
        { caption: 'With a click at each true onset', url: clicked(truth) },
      ],
    },
  ];
}
