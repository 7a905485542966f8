import { curvesOf, type RecordedCurve } from '../../runner/run/comparison.js';
import { curvesFigure, type Curve } from './curves-figure.js';
import { groupBy } from '../group-by.js';
import type { ReportFigure } from '../pages/html.js';
import { groupings, mostNamed } from '../swept-keys.js';

/** Measures that count rather than tell how good a run is. */
const counts = /(^|\/)(epoch|step|seconds)$/;
/** What repeats a measurement rather than changes it: such curves are drawn with their mean. */
const repetition = { label: /^fold \d+$/, value: /,?\b(fold|seed)=\d+/g };
/** More points than this on a line cannot be told apart. */
const mostPoints = 1000;
/** A loss that falls by more than this factor is drawn on a log scale. */
const logFrom = 50;

/** Metrics of a run, under the run's name where a figure shows several. */
export interface NamedMetrics {
  name?: string;
  metrics: readonly object[];
}

/** A curve with what tells it from the others of its measure. */
interface LabelledCurve extends RecordedCurve {
  parts: readonly string[];
}

/**
 * A figure for each measure of metrics.jsonl that was taken twice and changed: one line for each run
 * and each kind of record; folds and seeds thin, with their mean over them. Of several runs only what
 * was measured at the end of epochs is shown where there is such.
 */
export function metricFigures(runs: readonly NamedMetrics[]): ReportFigure[] {
  const curves = runs.flatMap(({ name, metrics }) =>
    curvesOf(metrics)
      .filter(({ measure }) => !counts.test(measure))
      .map((curve) => ({ ...curve, parts: partsOf(curve, name) })),
  );
  const axis = axisOf(runs.flatMap(({ metrics }) => metrics[0] ?? []));
  const figures: ReportFigure[] = [];
  for (const [measure, all] of groupBy(curves, (curve) => curve.measure)) {
    const group = runs.length > 1 ? epochsIfAny(all) : all;
    const { low, high } = rangeOf(group);
    if (low === high || group.every(({ values }) => values.length < 2)) continue;
    const common = (part: string) => group.every(({ parts }) => parts.includes(part));
    const series = group.map((curve) => seriesOf(curve, common));
    const scale = low > 0 && high / low > logFrom ? 'log' : 'linear';
    for (const { by, named, thin } of namings(series)) {
      const title = `${measure}${by}`;
      const repeated = new Set(named.map(({ name }) => name)).size < named.length;
      figures.push({
        svg: curvesFigure({ series: named, title, label: measure, scale, axis }),
        caption:
          `${measure} by ${axis}${scale === 'log' ? ', on a log scale' : ''}${by}.` +
          (repeated ? ` Thin: each ${thin}; thick: their mean.` : ''),
      });
    }
  }
  return figures;
}

/** The curves under their own names; too many for that, a figure for each key that groups them. */
function namings(series: readonly Curve[]) {
  const names = series.map(({ name }) => name);
  if (new Set(names).size <= mostNamed) {
    return [{ by: '', named: series, thin: 'fold or seed' }];
  }
  const ways = groupings(names);
  if (ways.size === 0)
    ways.set(
      '',
      names.map(() => 'all runs'),
    );
  return [...ways].map(([key, groups]) => ({
    by: key === '' ? '' : `, cells by ${key}`,
    named: series.map((curve, at) => ({ ...curve, name: groups[at]! })),
    thin: 'cell',
  }));
}

function partsOf({ labels }: RecordedCurve, run: string | undefined): string[] {
  const cell = run?.replaceAll(repetition.value, '');
  return [...(cell ? [cell] : []), ...labels.filter((label) => !repetition.label.test(label))];
}

function epochsIfAny(curves: readonly LabelledCurve[]): readonly LabelledCurve[] {
  const epochs = curves.filter(({ labels }) => labels.includes('epoch'));
  return epochs.length > 0 ? epochs : curves;
}

function seriesOf(curve: LabelledCurve, common: (part: string) => boolean): Curve {
  const name = curve.parts.filter((part) => !common(part)).join(', ');
  const stride = Math.ceil(curve.values.length / mostPoints);
  const thin = (values: readonly number[]) =>
    values.filter((_, index) => index % stride === 0 || index === values.length - 1);
  return {
    name: name || curve.parts.join(', ') || curve.measure,
    values: thin(curve.values),
    epochs: thin(curve.steps),
  };
}

function axisOf(records: readonly object[]): string {
  return ['step', 'epoch'].find((key) => records.some((record) => key in record)) ?? 'record';
}

function rangeOf(curves: readonly RecordedCurve[]): { low: number; high: number } {
  let low = Infinity;
  let high = -Infinity;
  for (const { values } of curves) {
    for (const value of values) {
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
  }
  return { low, high };
}
