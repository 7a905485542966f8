/**
 * k-means of time series: the distance is the soft-DTW divergence, the mean of a cluster a barycenter.
 * Series of one shape differ in when things happen, so that their distance in time says little.
 */
import { dtwBarycenter, dtwDivergence } from 'didyprog';
import { normal, seededRandom } from './random.ts';

const [perShape, length, gamma] = [8, 32, 0.1];
const bump = (t: number, at: number) => Math.exp(-((t - at) ** 2) / 0.004);
const shapes = [
  (t: number) => bump(t, 0.35) + bump(t, 0.65),
  (t: number) => bump(t, 0.35) - bump(t, 0.65),
  (t: number) => (t > 0.35 && t < 0.65 ? 1 : 0),
];

const random = seededRandom(3);
const truth: number[] = [];
const series: Float64Array[] = [];
for (let item = 0; item < perShape * shapes.length; item++) {
  const shape = item % shapes.length;
  // Time runs faster first or last: t ↦ t^power.
  const power = 0.6 + random();
  truth.push(shape);
  series.push(
    Float64Array.from({ length }, (_, i) => {
      return shapes[shape]!((i / (length - 1)) ** power) + 0.05 * normal(random);
    }),
  );
}

/** The divergence of each series from `center`. */
function distances(center: Float64Array): Float64Array {
  const sizes = { batch: series.length, rows: length, cols: length };
  return dtwDivergence({ ...sizes, omega: 'negentropy', gamma }).value({
    rowFeatures: Float64Array.from(series.flatMap((one) => [...one])),
    colFeatures: Float64Array.from(series.flatMap(() => [...center])),
  });
}

const nearestOf = (all: readonly Float64Array[], item: number) =>
  all.reduce((best, own, center) => (own[item]! < all[best]![item]! ? center : best), 0);

// It starts from series that are far from each other.
let centers = [series[0]!];
while (centers.length < shapes.length) {
  const all = centers.map(distances);
  const nearest = series.map((_, item) => all[nearestOf(all, item)]![item]!);
  centers.push(series[nearest.indexOf(Math.max(...nearest))]!);
}
let clusters: number[] = [];
for (let round = 1; round <= 10; round++) {
  const all = centers.map(distances);
  const next = series.map((_, item) => nearestOf(all, item));
  const moved = next.filter((cluster, item) => cluster !== clusters[item]).length;
  console.log(`round ${round}: ${moved} series move`);
  if (moved === 0) break;
  clusters = next;
  centers = centers.map((initial, center) => {
    const own = series.filter((_, item) => clusters[item] === center);
    return dtwBarycenter(own, { initial, gamma, maximumIterations: 20 }).barycenter;
  });
}

const bars = '▁▂▃▄▅▆▇█';
centers.forEach((center, cluster) => {
  const counts = shapes.map(
    (_, shape) => truth.filter((own, item) => own === shape && clusters[item] === cluster).length,
  );
  const drawn = Array.from(
    center,
    (y) => bars[Math.round(Math.min(1, Math.max(0, (y + 1) / 2)) * 7)],
  );
  console.log(`${drawn.join('')}  of each shape: ${counts.join(', ')}`);
});
