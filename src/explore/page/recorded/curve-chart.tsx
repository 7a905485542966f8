import * as Plot from '@observablehq/plot';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { tickLabelRoom } from '../../../report/figures/axis-room.js';
import { ChartTable, shortNumber } from '../numbers.js';
import type { Chart } from './charts.js';

/** Told apart by colour-blind eyes too (Okabe & Ito), then dashed. */
const palette = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9'];
const colourOf = (line: number) => palette[line % palette.length]!;
const dashOf = (line: number) => (line < palette.length ? undefined : line < 12 ? '5,3' : '2,2');

/** More points of a curve than this nobody reads in a table. */
const mostRows = 100;

/** Of a drawing, in pixels: what most numbers need, and Plot's 10 for letters wider than Helvetica's. */
const marginLeft = 56;
const fontSize = 11.5;

/** A measure of some runs over their steps. */
export function CurveChart({ chart }: { chart: Chart }) {
  const place = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  const { measure, isLog, lines } = chart;
  useLayoutEffect(() => {
    // As wide as there is room, so that letters keep their size on a telephone.
    const observer = new ResizeObserver(([entry]) =>
      setWidth(Math.min(640, Math.round(entry!.contentRect.width))),
    );
    observer.observe(place.current!);
    return () => observer.disconnect();
  }, []);
  useLayoutEffect(() => {
    if (width === 0) return;
    // Where all are one number, Plot would write six digits behind the point of it: 0.000000 of 1e-9.
    const ticks = (values: readonly number[]) =>
      new Set(values).size === 1 && { tickFormat: shortNumber };
    const all = lines.flatMap(({ points }) => points);
    const drawn = (marginLeft: number) =>
      Plot.plot({
        width,
        height: 260,
        marginLeft,
        x: { label: 'step or epoch', nice: true, ...ticks(all.map(({ step }) => step)) },
        y: {
          label: measure,
          type: isLog ? 'log' : 'linear',
          nice: true,
          grid: true,
          ...ticks(all.map(({ value }) => value)),
          ...(isLog && { ticks: 5, tickFormat: shortNumber }),
        },
        ariaLabel: `${measure}: ${lines.length} curves`,
        marks: lines.flatMap(({ points }, n) => [
          Plot.lineY(points, {
            ...{ x: 'step', y: 'value', stroke: colourOf(n), strokeWidth: 1.75 },
            strokeDasharray: dashOf(n),
          }),
          // Of one point there is no line to see.
          ...(points.length === 1
            ? [Plot.dot(points, { x: 'step', y: 'value', fill: colourOf(n) })]
            : []),
        ]),
      });
    const room = tickLabelRoom(drawn(marginLeft), fontSize) + 4;
    const drawing = drawn(Math.max(marginLeft, room));
    // The page's policy takes no style but its own, which has what is in this one.
    for (const style of drawing.querySelectorAll('style')) style.remove();
    drawing.setAttribute('role', 'img');
    // Parts of an image have no names of their own.
    for (const part of drawing.querySelectorAll('[aria-label]')) part.removeAttribute('aria-label');
    place.current!.replaceChildren(drawing);
  }, [chart, width]);
  return (
    <figure class="chart">
      <figcaption>
        {measure}
        {isLog ? ', on a log scale' : ''}
        {chart.count > lines.length && `: the first ${lines.length} of ${chart.count} curves`}
      </figcaption>
      <div ref={place} />
      <ul class="legend">
        {lines.map(({ label, points }, n) => (
          <li>
            <svg viewBox="0 0 20 6" aria-hidden="true">
              <line
                x1="0"
                y1="3"
                x2="20"
                y2="3"
                stroke={colourOf(n)}
                stroke-width="2.5"
                stroke-dasharray={dashOf(n)}
              />
            </svg>
            <span dir="auto">{label}</span> <b>{shortNumber(points.at(-1)?.value ?? NaN)}</b>
          </li>
        ))}
      </ul>
      <ChartTable
        caption={measure}
        columns={['curve', 'step', 'value']}
        note={
          lines.some(({ points }) => points.length > mostRows)
            ? `The last ${mostRows} points of each curve; all are in metrics.jsonl.`
            : undefined
        }
        rows={() =>
          lines.flatMap(({ label, points }) =>
            points
              .slice(-mostRows)
              .map(({ step, value }) => [label, String(step), shortNumber(value)]),
          )
        }
      />
    </figure>
  );
}
