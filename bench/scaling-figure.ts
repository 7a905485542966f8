import { gridX, gridY, line, dot } from '@observablehq/plot';
import {
  colours,
  drawSheet,
  headerHeight,
  margins,
  xAxis,
  yAxis,
} from '../src/report/figures/sheet.js';
import type { Scaling } from './harness.js';

const palette = Object.values(colours);
const width = 300;
const height = 300;

/** How the cost grows: a panel an axis, time against size on log-log axes. Standalone SVG. */
export function scalingFigure(title: string, panels: readonly Scaling[]): string {
  const names = [...new Set(panels.flatMap(({ lines }) => lines.map(({ name }) => name)))];
  const stroke = (name: string) => palette[names.indexOf(name) % palette.length]!;
  const dashed = (name: string) => names.indexOf(name) >= palette.length;
  return drawSheet({
    title,
    description: `Time by ${panels.map(({ axis }) => axis).join(', ')}: ${names.join(', ')}.`,
    width: width * panels.length + 20,
    height: headerHeight.legend + height,
    legend: names.map((name) => ({ label: name, colour: stroke(name), dashed: dashed(name) })),
    panels: panels.map(({ axis, lines }, at) => ({
      left: at * width,
      top: headerHeight.legend,
      options: {
        width,
        height,
        ...margins,
        marginTop: 12,
        x: { label: axis, type: 'log', tickFormat: (x: number) => String(x), ticks: 4, ...xAxis },
        y: { label: at === 0 ? 'ms' : null, type: 'log', ticks: 5, ...yAxis, tickFormat: String },
        marks: [
          gridX({ strokeOpacity: 0.12 }),
          gridY({ strokeOpacity: 0.12 }),
          ...lines.flatMap(({ name, points }) => [
            line(points, {
              x: 'x',
              y: 'milliseconds',
              stroke: stroke(name),
              strokeDasharray: dashed(name) ? '4,3' : undefined,
            }),
            dot(points, { x: 'x', y: 'milliseconds', fill: stroke(name), r: 2.5 }),
          ]),
        ],
      },
    })),
  });
}
