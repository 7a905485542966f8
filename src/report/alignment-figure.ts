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
  title?: string;
  /** Draws only this stretch of the recording. */
  seconds?: readonly [from: number, to: number];
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
export function alignmentFigure(options: AlignmentFigureOptions): string {
  const { panels, truth, title = 'Expected alignment of frames and score events' } = options;
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
  const drawn = panels.map((panel) => drawnCells(panel, options));
  return drawSheet({
    title,
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
      options: heatMap(drawn[index]!, {
        width,
        height,
        hopSeconds: options.hopSeconds,
        events: options.seconds ? eventRange(drawn) : [0, panel.events - 1],
      }),
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

/** What one panel shows of a stretch of the recording. */
interface DrawnCells {
  from: number;
  to: number;
  /** For each level, the runs of frames that reach it. */
  runs: readonly Run[][];
  path: readonly Onset[];
}

function drawnCells(
  panel: AlignmentPanel,
  { truth, hopSeconds, seconds }: AlignmentFigureOptions,
): DrawnCells {
  const [from, to] = seconds ?? [-0.5 * hopSeconds, (panel.frames - 0.5) * hopSeconds];
  const first = Math.max(0, Math.ceil(from / hopSeconds - 0.5));
  const end = Math.min(panel.frames, Math.floor(to / hopSeconds + 0.5));
  const runs = levels.map(({ least }) => runsAbove(panel, least, first, end));
  return { from, to, runs, path: onsetsOf(truth, first, end) };
}

/** The events that any panel shows: one axis for all of them. */
function eventRange(drawn: readonly DrawnCells[]): [number, number] {
  const shown = drawn.flatMap(({ runs, path }) => [...runs.flat(), ...path]);
  const events = shown.map(({ event }) => event);
  return [Math.min(...events), Math.max(...events)];
}

function heatMap(
  { from, to, runs, path }: DrawnCells,
  layout: { width: number; height: number; hopSeconds: number; events: [number, number] },
) {
  const { width, height, hopSeconds } = layout;
  const [lowest, highest] = layout.events;
  // Frame i is centred at i · hop and begins half a hop earlier.
  const begin = (frame: number) => Math.min(to, Math.max(from, (frame - 0.5) * hopSeconds));
  const marks: Markish[] = [
    gridX({ strokeOpacity: 0.12 }),
    ...levels.map(({ opacity }, level) => {
      const before = level > 0 ? levels[level - 1]!.opacity : 0;
      return rect(runs[level]!, {
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
    line(path, {
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
    x: { domain: [from, to], label: 'time in the recording (s)', ...xAxis },
    y: { domain: [lowest - 0.5, highest + 0.5], label: 'score event', ...yAxis },
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
function runsAbove(
  { expected, events }: AlignmentPanel,
  least: number,
  firstFrame: number,
  endFrame: number,
): Run[] {
  const runs: Run[] = [];
  for (let event = 0; event < events; event++) {
    let first = -1;
    for (let frame = firstFrame; frame <= endFrame; frame++) {
      const inside = frame < endFrame && expected[frame * events + event]! >= least;
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
function onsetsOf(truth: ArrayLike<number>, firstFrame: number, endFrame: number): Onset[] {
  const onsets: Onset[] = [];
  for (let frame = firstFrame; frame < endFrame; frame++) {
    const event = truth[frame]!;
    if (onsets.at(-1)?.event !== event) onsets.push({ event, frame });
  }
  const last = onsets.at(-1);
  if (last) onsets.push({ event: last.event, frame: endFrame });
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
