/**
 * A part-of-speech tagger: scores of tags by word, and of moves from tag to tag, learned by the loss of
 * a linear-chain CRF from 200 sentences. Half of the words have two tags; only the neighbours tell.
 */
import * as tf from '@tensorflow/tfjs';
import { factoredChain } from 'didyprog';
import { chooseEngine } from 'didyprog/engine';
import { crfLoss, embedding } from 'didyprog/layers';
import { seededRandom } from './random.ts';

const lexicon = {
  DET: ['the', 'a', 'that', 'her'],
  ADJ: ['light', 'cold', 'old', 'fast', 'small'],
  NOUN: ['walk', 'saw', 'light', 'cold', 'work', 'house'],
  VERB: ['walk', 'saw', 'light', 'work', 'see'],
  ADV: ['fast', 'often', 'well'],
  PRON: ['she', 'that', 'her', 'they'],
};
const names = Object.keys(lexicon) as (keyof typeof lexicon)[];
const words = [...new Set(Object.values(lexicon).flat())];
const patterns = [
  'DET NOUN VERB ADV',
  'DET ADJ NOUN VERB',
  'DET NOUN VERB DET ADJ NOUN',
  'PRON VERB DET NOUN ADV',
  'PRON ADV VERB PRON',
  'DET ADJ ADJ NOUN VERB PRON ADV',
].map((pattern) => pattern.split(' ') as (keyof typeof lexicon)[]);

const positions = 7;
const random = seededRandom(1);
const pick = <Item>(list: readonly Item[]) => list[Math.floor(random() * list.length)]!;

/** Sentences as numbers of words, −1 past the end, with their tags. */
function sentences(count: number) {
  const tagged = Array.from({ length: count }, () => pick(patterns));
  const tags = tagged.map((own) => own.map((name) => names.indexOf(name)));
  const ids = tagged.map((own) => own.map((name) => words.indexOf(pick(lexicon[name]))));
  const padded = ids.map((own) => [...own, ...Array<number>(positions - own.length).fill(-1)]);
  return { ids, tags, padded, lengths: tags.map(({ length }) => length) };
}

await chooseEngine();
const train = sentences(200);
const test = sentences(200);
const states = names.length;
const scores = tf.variable(tf.zeros([words.length, states])) as tf.Variable<tf.Rank.R2>;
const moves = tf.variable(tf.zeros([states, states]));
const optimizer = tf.train.adam(0.2);
const unaryOf = (padded: number[][]) =>
  embedding(scores, tf.tensor2d(padded, undefined, 'int32')) as tf.Tensor3D;
for (let step = 0; step <= 40; step++) {
  const loss = optimizer.minimize(
    () => crfLoss(unaryOf(train.padded), moves, train.tags, train.lengths) as tf.Scalar,
    true,
  )!;
  if (step % 20 === 0) console.log(`step ${step}: loss ${loss.dataSync()[0]!.toFixed(1)}`);
  loss.dispose();
}

const sizes = { batch: 200, positions, states, lengths: test.lengths };
const unary = tf.tidy(() => unaryOf(test.padded).dataSync() as Float32Array);
const transition = moves.dataSync() as Float32Array;
const found = factoredChain({ ...sizes, omega: 'hard' }).argmax({ unary, transition });
/** The tag that a word had most often. */
const counts = words.map(() => names.map(() => 0));
train.ids.forEach((own, item) => own.forEach((id, at) => counts[id]![train.tags[item]![at]!]!++));
const usual = test.ids.map((own) => own.map((id) => counts[id]!.indexOf(Math.max(...counts[id]!))));
const accuracy = (guess: readonly ArrayLike<number>[]) => {
  const right = test.tags.flatMap((own, item) => own.map((tag, at) => tag === guess[item]![at]));
  return ((100 * right.filter(Boolean).length) / right.length).toFixed(1);
};
console.log(`accuracy: ${accuracy(found)} %; each word's usual tag: ${accuracy(usual)} %`);
