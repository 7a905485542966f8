import { ctc as labelled } from '../../../index.js';
import { turned } from '../../../turned.js';
import { opened } from './opened.js';
import { amount, numberOf, numbers, seeded, textOf, type Play, type Settings } from './play.js';

const blank = '–';

/** The blank, then each letter of the labels once. */
const classesOf = (settings: Settings) => [blank, ...new Set(textOf(settings, 'labels'))];

/** Frames of a recording against the letters that were said. */
export const ctc: Play = {
  name: 'ctc',
  title: 'CTC',
  about:
    'Every frame has a class; letters last one frame or more, blanks (–) may stand between them. The ' +
    'map is the probability of each class at each frame, given the letters.',
  entry: 'score',
  settings: [
    { key: 'labels', label: 'letters', kind: 'text', most: 40, usual: 'hello' },
    amount('frames', 'frames', { least: 1, most: 120, usual: 24 }),
    amount('seed', 'seed of θ', { least: 0, most: 9999, usual: 2 }),
  ],
  axes: (settings) => ({
    rows: classesOf(settings),
    cols: numbers(numberOf(settings, 'frames')),
    row: 'class',
    col: 'frame',
  }),
  base: (settings) =>
    seeded(classesOf(settings).length * numberOf(settings, 'frames'), numberOf(settings, 'seed')),
  open(settings, smooth) {
    const names = classesOf(settings);
    const time = numberOf(settings, 'frames');
    const text = Array.from(textOf(settings, 'labels'));
    if (text.includes(blank)) {
      throw new RangeError(`${blank} cannot be a letter: it stands for the blank here`);
    }
    const equal = text.filter((letter, at) => letter === text[at - 1]).length;
    if (text.length + equal > time) {
      throw new RangeError(
        `these letters take at least ${text.length + equal} frames: one each, and a blank between ` +
          `two that are the same; there are ${time}`,
      );
    }
    const labels = text.map((letter) => names.indexOf(letter));
    return opened({
      program: labelled({ ...smooth, batch: 1, time, classes: names.length, labels: [labels] }),
      expand: (grid) => turned(grid, time),
      collect: (gradient) => turned(gradient, names.length),
      read: (path) => Array.from(path, (one) => names[one]).join(''),
    });
  },
};
