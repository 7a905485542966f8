import { gridX, gridY, lineY, type Markish, type ScaleOptions } from '@observablehq/plot';
import { smoothMax, type Omega } from '../../dp/omega/index.js';
import {
  drawSheet,
  headerHeight,
  margins,
  omegaColours,
  xAxis,
  yAxis,
  type Panel,
} from './sheet.js';

const regularisers: readonly { omega: Omega; label: string; colour: string; dashed?: boolean }[] = [
  { omega: 'hard', label: 'hard: Ω = 0', colour: omegaColours.hard, dashed: true },
  {
    omega: 'negentropy',
    label: 'negentropy: Ω(p) = Σ p log p',
    colour: omegaColours.negentropy,
  },
  {
    omega: 'entmax15',
    label: 'entmax15: Ω(p) = (Σ p^1.5 − 1) / 0.75',
    colour: omegaColours.entmax15,
  },
  { omega: 'l2', label: 'l2: Ω(p) = ½‖p‖²', colour: omegaColours.l2 },
];
const gammas = [0.25, 1, 2];
const width = 300;
const height = 230;

/**
 * max_γΩ([x, 0]) for x in [−4, 4] and, below, its derivative in x, the probability of the first
 * entry: one column for each γ, one line for each Ω. A standalone SVG document.
 *
 * Source: Mensch & Blondel 2018, section 2, figure of max_Ω in one dimension.
 */
export function omegaFigure(): string {
  const top = headerHeight.legend;
  const panels = gammas.flatMap((gamma, column): Panel[] => {
    const left = column * width;
    const value = curves(gamma, (max) => max.value);
    const derivative = curves(gamma, (max) => max.argmax[0]!);
    return [
      {
        left,
        top,
        title: `γ = ${gamma}`,
        options: plotOptions(value, { domain: [-1, 4.5], label: 'max_γΩ([x, 0])' }),
      },
      {
        left,
        top: top + height,
        options: plotOptions(derivative, { domain: [-0.05, 1.05], label: 'derivative in x' }),
      },
    ];
  });
  return drawSheet({
    title: 'Smoothed maximum of x and 0, and its gradient',
    description:
      'Negentropy gives log-sum-exp above the maximum and a sigmoid as gradient; l2 gives a ' +
      'piecewise quadratic below it and a clipped ramp; both tend to the maximum as γ falls.',
    width: gammas.length * width + 16,
    height: top + 2 * height + 8,
    legend: regularisers,
    panels,
  });
}

function plotOptions(marks: Markish[], y: ScaleOptions) {
  return {
    width,
    height,
    ...margins,
    x: { domain: [-4, 4], ticks: 9, label: 'x', ...xAxis },
    y: { ...y, ticks: 6, ...yAxis },
    marks,
  };
}

function curves(
  gamma: number,
  measure: (max: { value: number; argmax: Float64Array }) => number,
): Markish[] {
  const xs = Array.from({ length: 321 }, (_, step) => -4 + step / 40);
  return [
    gridX({ ticks: 9, strokeOpacity: 0.12 }),
    gridY({ ticks: 6, strokeOpacity: 0.12 }),
    ...regularisers.map(({ omega, colour, dashed }) =>
      lineY(xs, {
        x: xs,
        y: (x: number) => measure(smoothMax(Float64Array.of(x, 0), { omega, gamma })),
        stroke: colour,
        strokeWidth: 2,
        strokeDasharray: dashed ? '4,3' : undefined,
      }),
    ),
  ];
}
