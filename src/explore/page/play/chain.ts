import { factoredChain } from '../../../index.js';
import { turned } from '../../../turned.js';
import { opened } from './opened.js';
import { amount, letters, numberOf, numbers, seeded, type Play } from './play.js';

/** A tagger's chain: scores of states at positions, and one for staying in a state. */
export const chain: Play = {
  name: 'chain',
  title: 'Chain (Viterbi)',
  about:
    'Each position has a state; a path is a state for each of them. The map is the probability of ' +
    'each state at each position: with negentropy the marginals of a conditional random field.',
  entry: 'score',
  settings: [
    amount('positions', 'positions', { least: 2, most: 200, usual: 12 }),
    amount('states', 'states', { least: 2, most: 40, usual: 4 }),
    amount('stay', 'score for staying', { least: -5, most: 5, usual: 1, step: 0.1 }),
    amount('seed', 'seed of θ', { least: 0, most: 9999, usual: 1 }),
  ],
  axes(settings) {
    const states = numberOf(settings, 'states');
    const positions = numberOf(settings, 'positions');
    return { rows: letters(states), cols: numbers(positions), row: 'state', col: 'position' };
  },
  base: (settings) =>
    seeded(
      numberOf(settings, 'states') * numberOf(settings, 'positions'),
      numberOf(settings, 'seed'),
    ),
  open(settings, smooth) {
    const states = numberOf(settings, 'states');
    const positions = numberOf(settings, 'positions');
    const stay = numberOf(settings, 'stay');
    const names = letters(states);
    return opened({
      program: factoredChain({ ...smooth, batch: 1, positions, states }),
      expand(grid, constants) {
        const transition = new Float32Array(states * states);
        for (let s = 0; s < states; s++) transition[s * states + s] = constants * stay;
        return { unary: turned(grid, positions), transition };
      },
      collect: ({ unary }) => turned(unary, states),
      read: (path) => Array.from(path, (state) => names[state]).join(' '),
    });
  },
};
