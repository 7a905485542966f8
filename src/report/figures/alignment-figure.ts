import { gridX, line, rect, type Markish } from '@observablehq/plot';
import {
  colours,
  drawSheet,
  headerHeight,
  margins,
  xAxis,
  yAxis,
  type LegendEntry,
  type Panel,
} from './sheet.js';

/** One soft alignment E[Y] between audio frames and score events. */
interface AlignmentPanel {
  title: string;
  /** Expected alignment in [0, 1], row-major [frames, events]. */
  expected: Float64Array | Float32Array;
  frames: number;
  events: number;
}

export interface AlignmentFigureOptions {
  panels: readonly AlignmentPanel[];
  /** The true event of each frame, [frames]; shared by the panels. */
  truth: ArrayLike<number>;
  hopSeconds: number;
}

/** Where the shades change, and how opaque each is. */
const levels = [
  { least: 0.01, opacity: 0.14 },
  { least: 0.05, opacity: 0.27 },
  { least: 0.1, opacity: 0.4 },
  { least: 0.25, opacity: 0.55 },
  { least: 0.5, opacity: 0.7 },
  { least: 0.75, opacity: 0.85 },
  { least: 0.95, opacity: 1 },
] as const;

/**
 * Soft alignments as heat maps over time, the true path on top: one panel for each γ or Ω. Cells
 * below 0.01 are not drawn. A standalone SVG document, under 300 kB for six panels of a chorale.
 *
 * @throws RangeError when a panel's size is not frames · events, or is not the truth's frames
 */
export function alignmentFigure({ panels, truth, hopSeconds }: AlignmentFigureOptions): string {
  if (panels.length === 0) throw new RangeError('panels is empty: there is nothing to draw');
  panels.forEach((panel, index) => checkPanel(panel, index, truth.length));
  const columns = panels.length === 4 ? 2 : Math.min(panels.length, 3);
  const width = Math.max(300, Math.round(960 / Math.max(columns, 2)));
  const height = Math.round(0.82 * width);
  const legend: LegendEntry[] = [
    ...levels.map(({ least, opacity }, level) => ({
      label: level === 0 ? `expected ≥ ${least}` : `≥ ${least}`,
      colour: colours.blue,
      opacity,
    })),
    { label: 'true path', colour: colours.orange },
  ];
  return drawSheet({
    title: 'Expected alignment of frames and score events',
    description:
      'Heat maps of the expected path: time in the recording against score events, for ' +
      `${panels.map((panel) => panel.title).join('; ')}. A line shows the true path.`,
    width: Math.max(columns * width, 700),
    height: headerHeight.legend + Math.ceil(panels.length / columns) * height,
    legend,
    panels: panels.map((panel, index): Panel => ({
      left: (index % columns) * width,
      top: headerHeight.legend + Math.floor(index / columns) * height,
      title: panel.title,
      options: heatMap(panel, truth, { width, height, hopSeconds }),
    })),
  });
}

function checkPanel({ expected, frames, events }: AlignmentPanel, index: number, truth: number) {
  if (expected.length !== frames * events) {
    throw new RangeError(
      `panels[${index}].expected has ${expected.length} entries: ` +
        `${frames} frames of ${events} events are ${frames * events}`,
    );
  }
  if (frames !== truth) {
    throw new RangeError(
      `panels[${index}] has ${frames} frames and the true path ${truth}: they must be the same`,
    );
  }
}

function heatMap(
  panel: AlignmentPanel,
  truth: ArrayLike<number>,
  { width, height, hopSeconds }: { width: number; height: number; hopSeconds: number },
) {
  const { frames, events } = panel;
  // Frame i is centred at i · hop and begins half a hop earlier.
  const begin = (frame: number) => (frame - 0.5) * hopSeconds;
  const marks: Markish[] = [
    gridX({ strokeOpacity: 0.12 }),
    ...levels.map(({ least, opacity }, level) => {
      const before = level > 0 ? levels[level - 1]!.opacity : 0;
      return rect(runsAbove(panel, least), {
        x1: ({ first }: Run) => begin(first),
        x2: ({ end }: Run) => begin(end),
        y1: ({ event }: Run) => event - 0.5,
        y2: ({ event }: Run) => event + 0.5,
        fill: colours.blue,
        // The sets are nested and lie on each other: together they reach the level's opacity.
        fillOpacity: 1 - (1 - opacity) / (1 - before),
        render: asOnePath,
      });
    }),
    line(onsetsOf(truth), {
      x: ({ frame }: Onset) => begin(frame),
      y: 'event',
      curve: 'step-after',
      stroke: colours.orange,
      strokeWidth: 1.3,
    }),
  ];
  return {
    width,
    height,
    ...margins,
    x: { domain: [begin(0), begin(frames)], label: 'time in the recording (s)', ...xAxis },
    y: { domain: [-0.5, events - 0.5], label: 'score event', ...yAxis },
    marks,
  };
}

interface Run {
  event: number;
  first: number;
  /** One past the last frame. */
  end: number;
}

/** The runs of frames, event by event, with an expected alignment of at least `least`. */
function runsAbove({ expected, frames, events }: AlignmentPanel, least: number): Run[] {
  const runs: Run[] = [];
  for (let event = 0; event < events; event++) {
    let first = -1;
    for (let frame = 0; frame <= frames; frame++) {
      const inside = frame < frames && expected[frame * events + event]! >= least;
      if (inside && first < 0) first = frame;
      if (!inside && first >= 0) {
        runs.push({ event, first, end: frame });
        first = -1;
      }
    }
  }
  return runs;
}

interface Onset {
  event: number;
  frame: number;
}

/** The corners of the true path: where each event begins, and the end. */
function onsetsOf(truth: ArrayLike<number>): Onset[] {
  const onsets: Onset[] = [];
  for (let frame = 0; frame < truth.length; frame++) {
    const event = truth[frame]!;
    if (onsets.at(-1)?.event !== event) onsets.push({ event, frame });
  }
  const last = onsets.at(-1);
  if (last) onsets.push({ event: last.event, frame: truth.length });
  return onsets;
}

type RenderFunction = Extract<Parameters<typeof rect>[1], object>['render'];

/** All rectangles of a mark as one path: a third of the bytes of as many elements. */
const asOnePath: RenderFunction = (index, scales, values, dimensions, context, next) => {
  const group = next?.(index, scales, values, dimensions, context) ?? null;
  if (!group) return group;
  const hundredths = (name: string, element: Element) =>
    Math.round(Number(element.getAttribute(name)) * 100) / 100;
  const d = [...group.children].map((cell) => {
    const [x, y, width, height] = ['x', 'y', 'width', 'height'].map((name) =>
      hundredths(name, cell),
    );
    return `M${x},${y}h${width}v${height}h${-width!}z`;
  });
  group.replaceChildren();
  if (d.length > 0) {
    const path = context.document.createElementNS('http://www.w3.org/2000/svg', 'path');
    path.setAttribute('d', d.join(''));
    group.appendChild(path);
  }
  return group;
};
