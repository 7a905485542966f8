import { areaY, ruleX } from '@observablehq/plot';
import type { Audio } from '../../data/readers/audio/wav.js';
import { colours, drawSheet, headerHeight, margins, xAxis } from './sheet.js';

export interface ExcerptFigureOptions {
  title: string;
  /** The beginning of a recording. */
  audio: Audio;
  /** Onsets inside it, in seconds. */
  predicted: readonly number[];
  truth: readonly number[];
}

const width = 960;
const height = 230;
/** Columns of the envelope: more could not be told apart. */
const columns = 600;

/**
 * The waveform of an excerpt with the predicted onsets marked above its axis and the true ones
 * below. A standalone SVG document.
 */
export function excerptFigure(options: ExcerptFigureOptions): string {
  const { title, audio, predicted, truth } = options;
  const marks = [
    { label: 'predicted onset (upper half)', colour: colours.blue },
    { label: 'true onset (lower half)', colour: colours.orange },
  ];
  const rule = (onsets: readonly number[], from: number, to: number, stroke: string) =>
    ruleX(onsets, { x: (onset: number) => onset, y1: from, y2: to, stroke, strokeWidth: 2 });
  return drawSheet({
    title,
    description:
      `The waveform from 0.0 s on, with ${predicted.length} predicted ` +
      `onsets at ${listed(predicted)} s and ${truth.length} true ones at ${listed(truth)} s.`,
    width,
    height: headerHeight.legend + height,
    legend: marks,
    panels: [
      {
        left: 0,
        top: headerHeight.legend,
        options: {
          ...margins,
          marginTop: 8,
          marginLeft: 16,
          width,
          height,
          x: { label: 'time in the recording (s)', ...xAxis },
          y: { domain: [-1, 1], axis: null },
          marks: [
            areaY(envelope(audio), {
              x: 'seconds',
              y1: 'low',
              y2: 'high',
              fill: colours.grey,
              fillOpacity: 0.55,
            }),
            rule(predicted, 0, 1, colours.blue),
            rule(truth, -1, 0, colours.orange),
          ],
        },
      },
    ],
  });
}

const listed = (onsets: readonly number[]) =>
  onsets.map((onset) => onset.toFixed(2)).join(', ') || 'none';

/** The lowest and highest sample of each column. */
function envelope({ samples, sampleRate }: Audio) {
  const size = Math.max(1, Math.ceil(samples.length / columns));
  return Array.from({ length: Math.ceil(samples.length / size) }, (_, column) => {
    let [low, high] = [Infinity, -Infinity];
    for (const value of samples.subarray(column * size, (column + 1) * size)) {
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
    return { seconds: ((column + 0.5) * size) / sampleRate, low, high };
  });
}
