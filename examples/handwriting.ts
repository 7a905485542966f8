/**
 * Reads words from pen strokes by CTC. A word is written without lifting the pen, at a speed of its own
 * that changes; nobody says which frame belongs to which letter.
 */
import * as tf from '@tensorflow/tfjs';
import { chooseEngine } from 'didyprog/engine';
import { ctcLoss } from 'didyprog/layers';
import { normal, seededRandom } from './random.ts';

/** The corners x,y of each letter, y upwards. */
const letters: Record<string, string> = {
  L: '0,1 0,0 0.7,0',
  N: '0,0 0,1 0.7,0 0.7,1',
  V: '0,1 0.35,0 0.7,1',
  Z: '0,1 0.7,1 0,0 0.7,0',
};
const names = Object.keys(letters);
const [classes, context, hidden] = [names.length + 1, 6, 32];
const random = seededRandom(2);

/** The moves of the pen, frame by frame, of a word: its letters side by side, slanted. */
function write(word: readonly number[]): number[][] {
  const slant = 0.1 * normal(random);
  const corners = word.flatMap((letter, at) =>
    letters[names[letter - 1]!]!.split(' ').map((corner) => {
      const [x, y] = corner.split(',').map(Number) as [number, number];
      return [x + at + slant * y, y] as const;
    }),
  );
  return corners.slice(1).flatMap(([x, y], at) => {
    const [[fromX, fromY], frames] = [corners[at]!, 3 + Math.floor(3 * random())];
    const move = (way: number) => way / frames + 0.02 * normal(random);
    return Array.from({ length: frames }, () => [move(x - fromX), move(y - fromY)]);
  });
}

/** Words as labels 1, 2, …, and at each frame the moves around it. */
function words(count: number) {
  const labels = Array.from({ length: count }, () =>
    Array.from({ length: 2 + Math.floor(3 * random()) }, () => 1 + Math.floor(4 * random())),
  );
  const strokes = labels.map(write);
  const lengths = strokes.map(({ length }) => length);
  const time = Math.max(...lengths);
  const offsets = Array.from({ length: 2 * context + 1 }, (_, at) => at - context);
  const frames = strokes.map((own) =>
    Array.from({ length: time }, (_, t) => offsets.flatMap((offset) => own[t + offset] ?? [0, 0])),
  );
  return { labels, lengths, time, frames: tf.tensor2d(frames.flat()).mul(3) };
}

await chooseEngine();
const batches = Array.from({ length: 4 }, () => words(50));
const test = words(100);
const { glorotUniform } = tf.initializers;
const layer = (units: number, inputDim: number, activation: 'tanh' | 'linear') =>
  tf.layers.dense({ units, inputDim, activation, kernelInitializer: glorotUniform({ seed: 1 }) });
const model = tf.sequential({
  layers: [layer(hidden, 4 * context + 2, 'tanh'), layer(classes, hidden, 'linear')],
});
const logitsOf = ({ frames, time }: typeof test) =>
  (model.apply(frames) as tf.Tensor).reshape<tf.Tensor3D>([-1, time, classes]);
const optimizer = tf.train.adam(0.05);
for (let step = 0; step <= 120; step++) {
  const batch = batches[step % batches.length]!;
  const lossOf = () => ctcLoss(logitsOf(batch), batch.labels, batch.lengths) as tf.Scalar;
  const loss = optimizer.minimize(lossOf, true)!;
  if (step % 40 === 0) console.log(`step ${step}: loss ${loss.dataSync()[0]!.toFixed(2)}`);
  loss.dispose();
}

// The best class of each frame, without repeats and without blanks.
const best = tf.tidy(() => logitsOf(test).argMax(2).arraySync()) as number[][];
const isRead = (label: number, at: number, own: readonly number[]) =>
  label !== 0 && label !== own[at - 1];
const read = best.map((own, item) => own.slice(0, test.lengths[item]).filter(isRead).join());
const right = read.filter((word, item) => word === test.labels[item]!.join()).length;
const spell = (word: string) => word.replace(/\d,?/g, (label) => names[parseInt(label) - 1]!);
console.log(`first words read: ${read.slice(0, 6).map(spell).join(' ')}`);
console.log(`words read right: ${right} of 100`);
