import { dtw as warping } from '../../../index.js';
import { opened } from './opened.js';
import { numbers, textOf, type Play } from './play.js';

/** The numbers of a series: spaces, commas, semicolons and line breaks stand between them. */
export const seriesOf = (text: string) =>
  text
    .split(/[\s,;]+/)
    .filter(Boolean)
    .map(Number);

const wave = (length: number, bend: (x: number) => number) =>
  Array.from({ length }, (_, n) => Math.round(100 * bend(n / (length - 1))) / 100).join(' ');

/** Two series, aligned; θ is the squared difference of their numbers. */
export const dtw: Play = {
  name: 'dtw',
  title: 'Dynamic time warping',
  about:
    'Two series are aligned; a cell costs the squared difference of its two numbers, and a path goes ' +
    'from one corner to the other. The map is the probability that the path takes a cell.',
  entry: 'cost',
  settings: [
    {
      key: 'x',
      label: 'rows',
      kind: 'series',
      most: 1000,
      usual: wave(30, (x) => Math.sin(6.3 * x)),
    },
    {
      key: 'y',
      label: 'columns',
      kind: 'series',
      most: 1000,
      usual: wave(36, (x) => Math.sin(6.3 * x * x)),
    },
  ],
  axes(settings) {
    const rows = seriesOf(textOf(settings, 'x')).length;
    const cols = seriesOf(textOf(settings, 'y')).length;
    return { rows: numbers(rows), cols: numbers(cols), row: 'row', col: 'column' };
  },
  base(settings) {
    const x = seriesOf(textOf(settings, 'x'));
    const y = seriesOf(textOf(settings, 'y'));
    const costs = new Float32Array(x.length * y.length);
    x.forEach((a, i) => {
      y.forEach((b, j) => {
        costs[i * y.length + j] = (a - b) ** 2;
      });
    });
    return costs;
  },
  open(settings, smooth) {
    const rows = seriesOf(textOf(settings, 'x')).length;
    const cols = seriesOf(textOf(settings, 'y')).length;
    return opened<'array'>({
      program: warping({ ...smooth, batch: 1, rows, cols }),
      expand: (grid) => grid,
      collect: (gradient) => gradient.slice(),
      read: (path) =>
        Array.from(
          { length: path.length / 2 },
          (_, n) => `${path[2 * n]! + 1}:${path[2 * n + 1]! + 1}`,
        ).join(' '),
    });
  },
};
