import { counted } from '../../counted.js';
import { gridX, gridY, line, rect, ruleX } from '@observablehq/plot';
import { colours, drawSheet, headerHeight, margins, xAxis, yAxis } from './sheet.js';

/** A score event as it was found in a recording. */
interface PlayedEvent {
  /** Of the score's events, from 0; left out where all are there, in order. */
  event?: number;
  /** Where it begins in the recording. */
  onsetSeconds: number;
  /** MIDI pitches that sound, none for a rest. */
  pitches: readonly number[];
}

export interface OnsetFigureOptions {
  /** In the order in which they are played. */
  events: readonly PlayedEvent[];
  title: string;
}

const width = 960;
const rollHeight = 320;
const curveHeight = 250;

/**
 * A recording aligned with its score: the score's pitches where the recording plays them, with a
 * line at each onset, and below, onset against score event: its slope is the tempo, and it breaks where
 * the recording jumps. A standalone SVG document.
 *
 * @throws RangeError for no events
 */
export function onsetFigure({ events, title }: OnsetFigureOptions): string {
  if (events.length === 0) throw new RangeError('events is empty: there is nothing to draw');
  const onsets = events.map(({ onsetSeconds }) => onsetSeconds);
  const lengths = onsets.slice(1).map((onset, event) => onset - onsets[event]!);
  const usual = lengths.length ? lengths.toSorted((a, b) => a - b)[lengths.length >> 1]! : 1;
  const places = events.map(({ event }, at) => event ?? at);
  let stretch = 0;
  const stretches = places.map((place, at) =>
    place === places[at - 1]! + 1 ? stretch : ++stretch,
  );
  // The last event is given an ordinary length.
  const end = onsets.at(-1)! + Math.max(usual, 0.1);
  const notes = events.flatMap(({ pitches, onsetSeconds }, event) =>
    pitches.map((pitch) => ({ pitch, onset: onsetSeconds, end: onsets[event + 1] ?? end })),
  );
  const pitches = notes.map(({ pitch }) => pitch);
  const x = {
    domain: [Math.min(0, onsets[0]!), end],
    label: 'time in the recording (s)',
    ...xAxis,
  };
  const top = headerHeight.title;
  return drawSheet({
    title,
    description:
      `${counted(events.length, 'score event')} placed in the recording: pitches over time, and the ` +
      'onset of each event.',
    width,
    height: top + rollHeight + curveHeight,
    panels: [
      {
        left: 0,
        top,
        title: 'the score, where the recording plays it',
        options: {
          ...margins,
          width,
          height: rollHeight,
          x,
          y: {
            domain: pitches.length
              ? [
                  pitches.reduce((low, pitch) => Math.min(low, pitch)) - 1,
                  pitches.reduce((high, pitch) => Math.max(high, pitch)) + 1,
                ]
              : [0, 127],
            label: 'MIDI pitch',
            ...yAxis,
          },
          marks: [
            gridY({ strokeOpacity: 0.12 }),
            ruleX(onsets, { strokeOpacity: 0.22, strokeWidth: 0.75 }),
            rect(notes, {
              x1: 'onset',
              x2: 'end',
              y1: ({ pitch }: { pitch: number }) => pitch - 0.4,
              y2: ({ pitch }: { pitch: number }) => pitch + 0.4,
              insetRight: 0.5,
              fill: colours.blue,
            }),
          ],
        },
      },
      {
        left: 0,
        top: top + rollHeight,
        title: 'onset of each score event',
        options: {
          ...margins,
          width,
          height: curveHeight,
          x,
          y: { label: 'score event', ...yAxis },
          marks: [
            gridX({ strokeOpacity: 0.12 }),
            gridY({ strokeOpacity: 0.12 }),
            line(onsets, {
              x: onsets,
              y: places,
              z: stretches,
              stroke: colours.orange,
              strokeWidth: 1.75,
            }),
          ],
        },
      },
    ],
  });
}
