import { semiMarkov as segmented } from '../../../index.js';
import { opened } from './opened.js';
import { amount, letters, numberOf, numbers, seeded, type Play } from './play.js';

/** Segments: a segment's score is the sum of its positions' scores. */
export const semiMarkov: Play = {
  name: 'semi-markov',
  title: 'Segments (semi-Markov)',
  about:
    'A sequence is cut into segments, each with a state and at most so long. The map is the ' +
    'probability that a position lies in a segment of a state.',
  entry: 'score',
  settings: [
    amount('positions', 'positions', { least: 1, most: 80, usual: 16 }),
    amount('states', 'states', { least: 1, most: 12, usual: 3 }),
    amount('longest', 'longest segment', { least: 1, most: 20, usual: 6 }),
    amount('next', 'score of a new segment', { least: -10, most: 10, usual: -2, step: 0.1 }),
    amount('seed', 'seed of θ', { least: 0, most: 9999, usual: 3 }),
  ],
  axes: (settings) => ({
    rows: letters(numberOf(settings, 'states')),
    cols: numbers(numberOf(settings, 'positions')),
    row: 'state',
    col: 'position',
  }),
  base: (settings) =>
    seeded(
      numberOf(settings, 'states') * numberOf(settings, 'positions'),
      numberOf(settings, 'seed'),
    ),
  open(settings, smooth) {
    const [positions, states] = [numberOf(settings, 'positions'), numberOf(settings, 'states')];
    const maxDuration = Math.min(numberOf(settings, 'longest'), positions);
    const next = numberOf(settings, 'next');
    const names = letters(states);
    /** Calls back with each entry of `segment` and each cell that it covers. */
    const covered = (visit: (entry: number, cell: number) => void) => {
      for (let begin = 0; begin < positions; begin++) {
        for (let length = 1; length <= Math.min(maxDuration, positions - begin); length++) {
          for (let state = 0; state < states; state++) {
            const entry = (begin * maxDuration + length - 1) * states + state;
            for (let at = begin; at < begin + length; at++) visit(entry, state * positions + at);
          }
        }
      }
    };
    return opened({
      program: segmented({ ...smooth, batch: 1, positions, states, maxDuration }),
      expand(grid, constants) {
        const segment = new Float32Array(positions * maxDuration * states);
        covered((entry, cell) => (segment[entry]! += grid[cell]!));
        const transition = new Float32Array(states * states).fill(constants * next);
        return { segment, transition };
      },
      collect({ segment }) {
        const grid = new Float32Array(states * positions);
        covered((entry, cell) => (grid[cell]! += segment[entry]!));
        return grid;
      },
      read: (path) =>
        Array.from(
          { length: path.length / 3 },
          (_, n) => `${names[path[3 * n + 2]!]}×${path[3 * n + 1]}`,
        ).join(' '),
    });
  },
};
