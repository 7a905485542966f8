import { gridX, gridY, lineY } from '@observablehq/plot';
import { colours, drawSheet, headerHeight, margins, xAxis, yAxis } from './sheet.js';

/** One measure by epoch. */
export interface Curve {
  name: string;
  /** values[k] is measured at `epochs[k]`, or without it after epoch k. */
  values: readonly number[];
  epochs?: readonly number[];
}

export interface CurvesFigureOptions {
  series: readonly Curve[];
  title?: string;
  /** Name and unit of the measure: 'RMSE (s)'. */
  label?: string;
  /** 'log' for losses that fall by orders of magnitude; values must then be above 0. */
  scale?: 'linear' | 'log';
}

/** 0.3, not 0.30000000000000004. */
const shortNumber = (value: number) => String(Number(value.toPrecision(3)));

const palette = Object.values(colours);

/**
 * Training curves: one line for each series over epochs. Values that are not finite, or not above
 * 0 on a log scale, leave a gap. A standalone SVG document.
 *
 * @throws RangeError when a series has more or fewer epochs than values
 */
export function curvesFigure(options: CurvesFigureOptions): string {
  const { series, title = 'Training', label = 'loss', scale = 'linear' } = options;
  const points = series.map(({ name, values, epochs }) => {
    if (epochs && epochs.length !== values.length) {
      throw new RangeError(`${name}: ${epochs.length} epochs and ${values.length} values`);
    }
    return values.map((value, index) => ({
      epoch: epochs?.[index] ?? index,
      value: Number.isFinite(value) && (scale === 'linear' || value > 0) ? value : NaN,
    }));
  });
  const look = series.map((_, index) => ({
    colour: palette[index % palette.length]!,
    dashed: index >= palette.length,
  }));
  return drawSheet({
    title,
    description: `${label} by epoch: ${series.map(({ name }) => name).join(', ')}.`,
    width: 640,
    height: headerHeight.legend + 330,
    legend: series.map(({ name }, index) => ({ label: name, ...look[index]! })),
    panels: [
      {
        left: 0,
        top: headerHeight.legend,
        options: {
          width: 640,
          height: 330,
          ...margins,
          marginTop: 12,
          x: { label: 'epoch', ...xAxis },
          y: {
            label,
            type: scale,
            nice: true,
            ...(scale === 'log' ? { ticks: 5, tickFormat: shortNumber } : {}),
            ...yAxis,
          },
          marks: [
            gridX({ strokeOpacity: 0.12 }),
            gridY({ strokeOpacity: 0.12 }),
            ...points.map((curve, index) =>
              lineY(curve, {
                x: 'epoch',
                y: 'value',
                stroke: look[index]!.colour,
                strokeDasharray: look[index]!.dashed ? '4,3' : undefined,
                strokeWidth: 1.75,
              }),
            ),
          ],
        },
      },
    ],
  });
}
