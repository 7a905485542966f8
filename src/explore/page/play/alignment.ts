import { pairwiseAlignment } from '../../../index.js';
import { opened } from './opened.js';
import { amount, numberOf, textOf, type Play } from './play.js';

/** Two strings with gaps. */
export const alignment: Play = {
  name: 'alignment',
  title: 'Alignment of two strings',
  about:
    'Needleman–Wunsch for all of both, Smith–Waterman for the best part of each, with affine gaps. The ' +
    'map is the probability that two letters stand against each other.',
  entry: 'score',
  settings: [
    { key: 'x', label: 'rows', kind: 'text', most: 60, usual: 'GATTACAGATTC' },
    { key: 'y', label: 'columns', kind: 'text', most: 60, usual: 'GCATGACGATC' },
    { key: 'mode', label: 'align', kind: 'choice', values: ['global', 'local'], usual: 'global' },
    amount('match', 'same letter', { least: -10, most: 10, usual: 2, step: 0.1 }),
    amount('mismatch', 'other letter', { least: -10, most: 10, usual: -1, step: 0.1 }),
    amount('open', 'first of a gap', { least: -20, most: 0, usual: -2, step: 0.1 }),
    amount('extend', 'each further one', { least: -20, most: 0, usual: -0.5, step: 0.1 }),
  ],
  axes: (settings) => ({
    rows: Array.from(textOf(settings, 'x')),
    cols: Array.from(textOf(settings, 'y')),
    row: 'letter',
    col: 'letter',
  }),
  base(settings) {
    const [match, mismatch] = [numberOf(settings, 'match'), numberOf(settings, 'mismatch')];
    const y = Array.from(textOf(settings, 'y'));
    const scores = Array.from(textOf(settings, 'x')).flatMap((a) =>
      y.map((b) => (a === b ? match : mismatch)),
    );
    return Float32Array.from(scores);
  },
  open(settings, smooth) {
    const [x, y] = [Array.from(textOf(settings, 'x')), Array.from(textOf(settings, 'y'))];
    const mode = textOf(settings, 'mode') === 'local' ? 'local' : 'global';
    const [open, extend] = [numberOf(settings, 'open'), numberOf(settings, 'extend')];
    return opened({
      program: pairwiseAlignment({ ...smooth, batch: 1, rows: x.length, cols: y.length, mode }),
      expand: (grid, constants) => ({
        match: grid,
        gapOpen: Float32Array.of(constants * open),
        gapExtend: Float32Array.of(constants * extend),
      }),
      collect: ({ match }) => match.slice(),
      read(path) {
        const pairs = Array.from({ length: path.length / 2 }, (_, n) => [
          path[2 * n]!,
          path[2 * n + 1]!,
        ]);
        const line = (letters: readonly string[], side: 0 | 1) =>
          pairs.map((pair) => letters[pair[side]!] ?? '-').join('');
        return `${line(x, 0)}\n${line(y, 1)}`;
      },
    });
  },
};
