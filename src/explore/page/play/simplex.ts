import { dag } from '../../../index.js';
import { opened } from './opened.js';
import { letters, type Play } from './play.js';

/** max_Ω over three numbers: a graph of two nodes with three edges between them. */
export const simplex: Play = {
  name: 'simplex',
  title: 'Maximum on a simplex of three',
  about:
    'The smoothed maximum of three numbers, and its gradient, a point of the simplex. Negentropy ' +
    'gives the softmax, which is never 0; l2 the projection, which is often at a side or a corner.',
  entry: 'score',
  settings: [],
  axes: () => ({ rows: ['x'], cols: letters(3), row: '', col: 'entry' }),
  base: () => Float32Array.of(1, 0.4, 0),
  open: (_, smooth) =>
    opened({
      program: dag({ ...smooth, nodes: 2, edges: [[0, 1], [0, 1], [0, 1]] }), // oxfmt-ignore
      expand: (grid) => grid,
      collect: (gradient) => gradient.slice(),
      read: (path) => letters(3)[path[0]!]!,
    }),
};
