import { dot, gridX, gridY, lineY, type Markish } from '@observablehq/plot';
import { groupBy } from '../group-by.js';
import {
  colours,
  drawSheet,
  headerHeight,
  legendOverflow,
  margins,
  xAxis,
  yAxis,
} from './sheet.js';

/** One measure by epoch. */
export interface Curve {
  name: string;
  /** values[k] is measured at `epochs[k]`, or without it after epoch k. */
  values: readonly number[];
  epochs?: readonly number[];
}

export interface CurvesFigureOptions {
  /** Curves of the same name (folds) are drawn thin, and their mean over them. */
  series: readonly Curve[];
  title?: string;
  /** Name and unit of the measure: 'RMSE (s)'. */
  label?: string;
  /** 'log' for losses that fall by orders of magnitude; values must then be above 0. */
  scale?: 'linear' | 'log';
  /** What `epochs` count, 'epoch' by default. */
  axis?: string;
}

/** 0.3, not 0.30000000000000004. */
const shortNumber = (value: number) => String(Number(value.toPrecision(3)));

const palette = Object.values(colours);

interface Point {
  epoch: number;
  value: number;
}

/**
 * Training curves: one line for each series over epochs. Values that are not finite, or not above
 * 0 on a log scale, leave a gap. A standalone SVG document.
 *
 * @throws RangeError when a series has more or fewer epochs than values
 */
export function curvesFigure(options: CurvesFigureOptions): string {
  const { series, title = 'Training', label = 'loss', scale = 'linear', axis = 'epoch' } = options;
  const groups = groupBy(series, ({ name }) => name);
  const names = [...groups.keys()];
  const legend = names.map((name, index) => ({
    label: name,
    colour: palette[index % palette.length]!,
    dashed: index >= palette.length,
  }));
  const width = 640;
  const top = headerHeight.legend + legendOverflow(legend, width);
  const lines = [...groups.values()].flatMap((curves, index) => {
    const points = curves.map((curve) => pointsOf(curve, scale));
    const stroke = legend[index]!.colour;
    const look = { stroke, strokeDasharray: legend[index]!.dashed ? '4,3' : undefined };
    if (points.length === 1) return [drawn(points[0]!, { ...look, strokeWidth: 1.75 })];
    return [
      ...points.map((curve) => drawn(curve, { ...look, strokeWidth: 0.75, strokeOpacity: 0.35 })),
      drawn(meanOf(points), { ...look, strokeWidth: 2.25 }),
    ];
  });
  return drawSheet({
    title,
    description: `${label} by ${axis}: ${names.join(', ')}.`,
    width,
    height: top + 330,
    legend,
    panels: [
      {
        left: 0,
        top,
        options: {
          width,
          height: 330,
          ...margins,
          marginTop: 12,
          x: { label: axis, ...xAxis },
          y: {
            label,
            type: scale,
            nice: true,
            ...(scale === 'log' ? { ticks: 5, tickFormat: shortNumber } : {}),
            ...yAxis,
          },
          marks: [gridX({ strokeOpacity: 0.12 }), gridY({ strokeOpacity: 0.12 }), ...lines],
        },
      },
    ],
  });
}

function pointsOf({ name, values, epochs }: Curve, scale: 'linear' | 'log'): Point[] {
  if (epochs && epochs.length !== values.length) {
    throw new RangeError(`${name}: ${epochs.length} epochs and ${values.length} values`);
  }
  return values.map((value, index) => ({
    epoch: epochs?.[index] ?? index,
    value: Number.isFinite(value) && (scale === 'linear' || value > 0) ? value : NaN,
  }));
}

/** The mean at every epoch over the curves that have a value there. */
function meanOf(curves: readonly Point[][]): Point[] {
  const at = groupBy(curves.flat(), ({ epoch }) => epoch);
  return [...at.entries()]
    .sort(([a], [b]) => a - b)
    .map(([epoch, points]) => {
      const values = points.map(({ value }) => value).filter((value) => !Number.isNaN(value));
      return { epoch, value: values.reduce((sum, value) => sum + value, 0) / values.length };
    });
}

function drawn(points: readonly Point[], look: object): Markish {
  // A line of one point cannot be seen.
  if (points.length === 1) {
    const { stroke } = look as { stroke: string };
    return dot(points, { x: 'epoch', y: 'value', fill: stroke, r: 3 });
  }
  return lineY(points, { x: 'epoch', y: 'value', ...look });
}
