import { curvesOf, type RecordedCurve } from '../runner/comparison.js';
import { curvesFigure, type Curve } from './curves-figure.js';
import { groupBy } from './group-by.js';
import type { ReportFigure } from './html.js';

/** Measures that count rather than tell how good a run is. */
const counts = /(^|\/)(epoch|step|seconds)$/;
/** More points than this on a line cannot be told apart. */
const mostPoints = 1000;
/** A loss that falls by more than this factor is drawn on a log scale. */
const logFrom = 50;

/** Metrics of a run, under the run's name where a figure shows several. */
export interface NamedMetrics {
  name?: string;
  metrics: readonly object[];
}

/**
 * A figure for each measure of metrics.jsonl: one line for each run and each kind of record, folds
 * thin with their mean over them.
 */
export function metricFigures(runs: readonly NamedMetrics[]): ReportFigure[] {
  const curves = runs.flatMap(({ name, metrics }) =>
    curvesOf(metrics).map((curve) => ({ ...curve, run: name })),
  );
  const axis = axisOf(runs.flatMap(({ metrics }) => metrics[0] ?? []));
  const measures = groupBy(
    curves.filter(({ measure }) => !counts.test(measure)),
    ({ measure }) => measure,
  );
  return [...measures].map(([measure, group]) => {
    const series = group.map((curve) => seriesOf(curve, curve.run));
    const folded = new Set(series.map(({ name }) => name)).size < series.length;
    const scale = isWide(group) ? 'log' : 'linear';
    return {
      svg: curvesFigure({ series, title: measure, label: measure, scale, axis }),
      caption:
        `${measure} by ${axis}${scale === 'log' ? ', on a log scale' : ''}.` +
        (folded ? ' Thin: each fold; thick: their mean.' : ''),
    };
  });
}

function seriesOf(curve: RecordedCurve, run: string | undefined): Curve {
  const labels = curve.labels.filter((label) => !/^fold \d+$/.test(label));
  // Cells of a sweep that differ in the fold alone are folds of one curve, too.
  const cell = run?.replace(/,?\bfold=\d+/, '');
  const name = [...(cell ? [cell] : []), ...labels].join(', ') || curve.measure;
  const stride = Math.ceil(curve.values.length / mostPoints);
  const thin = (values: readonly number[]) =>
    values.filter((_, index) => index % stride === 0 || index === values.length - 1);
  return { name, values: thin(curve.values), epochs: thin(curve.steps) };
}

function axisOf(records: readonly object[]): string {
  return ['step', 'epoch'].find((key) => records.some((record) => key in record)) ?? 'record';
}

function isWide(curves: readonly RecordedCurve[]): boolean {
  let low = Infinity;
  let high = 0;
  for (const { values } of curves) {
    for (const value of values) {
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
  }
  return low > 0 && high / low > logFrom;
}
