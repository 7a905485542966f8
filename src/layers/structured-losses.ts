import * as tf from '@tensorflow/tfjs-core';
import { checkSize, smoothingOptions } from '../dp/checks.js';
import type { Smoothing } from '../dp/program.js';
import { ctc } from '../dp/programs/ctc.js';
import { dtw } from '../dp/programs/dtw.js';
import { dtwDivergence } from '../dp/programs/dtw-divergence.js';
import { factoredChain } from '../dp/programs/factored-chain.js';
import { checkOneOf, checkSwitch, renamed } from '../value-checks.js';
import { checkGivenLengths, checkNames, checkNumbering, checkTensor, described } from './checks.js';
import { fenchelYoungLoss } from './losses.js';
import { maxLayer } from './program-layer.js';
import { splitSave } from './tensor-floats.js';

/** What the losses of this file share. */
export interface LossOptions extends Partial<Smoothing> {
  /** 'mean' (default) or 'sum' over the items, a scalar; 'none': one loss an item, [batch]. */
  reduction?: 'mean' | 'sum' | 'none';
}

const reductions = ['mean', 'sum', 'none'];
const lossOptions = [...smoothingOptions, 'reduction'];

/** The options of `crfLoss`. */
export interface CrfLossOptions extends LossOptions {
  /** [batch, states], added to the first position's scores; default 0. */
  start?: tf.Tensor2D;
  /** [batch, states], added to the last position's; default 0. */
  end?: tf.Tensor2D;
}

/**
 * The loss of a linear-chain CRF, −log p(tags): with another Ω than negentropy (the default) the convex
 * Fenchel–Young loss, under 'hard' the structured perceptron. O(batch · positions · states²).
 *
 * @param unary [batch, positions, states], the score of each tag at each position
 * @param transition [to, from], shared by the batch, or [batch, to, from]
 * @param tags of each item, as many as it has positions or more; what lies past its length is ignored
 * @param lengths the positions of each item; default all
 * @returns a scalar, or [batch] with `reduction: 'none'`
 * @throws RangeError for a tensor of another shape, and for a tag that is no state, naming item and place;
 *   TypeError for an option that there is not
 *
 * Source: Lafferty, McCallum & Pereira 2001; Mensch & Blondel 2018, section 5.
 *
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs';
 * import { crfLoss } from 'didyprog/layers';
 *
 * // Eight taggings of three words, all of score 0.
 * const loss = crfLoss(tf.zeros([1, 3, 2]), tf.zeros([2, 2]), [[0, 1, 1]], [3]);
 * console.log((loss.dataSync()[0]! / Math.LN2).toFixed(3)); // 3.000
 * ```
 */
export function crfLoss(
  unary: tf.Tensor3D,
  transition: tf.Tensor,
  tags: readonly ArrayLike<number>[],
  lengths?: ArrayLike<number>,
  options: CrfLossOptions = {},
): tf.Tensor {
  checkLoss('crfLoss', options, 'start', 'end');
  checkTensor('unary', unary, ['batch', 'positions', 'states']);
  checkGivenLengths('lengths', lengths);
  const [batch, positions, states] = unary.shape;
  const { start, end } = options;
  const sizes = { batch, positions, states, ...(lengths && { lengths }) };
  const program = factoredChain({ ...sizes, ...smoothingOf(options) });
  const paths = tagPaths(tags, unary.shape, lengths);
  const theta = { unary, transition, ...(start && { start }), ...(end && { end }) };
  return renamed({ 'theta.': '' }, () =>
    tf.tidy(() => reduce(fenchelYoungLoss(program, theta, paths), options)),
  );
}

/** The tags of each item up to its length. */
function tagPaths(
  tags: readonly ArrayLike<number>[],
  [batch, positions, states]: readonly [number, number, number],
  lengths: ArrayLike<number> | undefined,
): Int32Array[] {
  if (typeof tags?.length !== 'number') {
    throw new TypeError(`tags is ${described(tags)}: it must be a list of tags for each item`);
  }
  if (tags.length !== batch) {
    throw new RangeError(`${tags.length} lists of tags: there are ${batch} items`);
  }
  return Array.from(tags, (own, item) => {
    if (typeof own?.length !== 'number') {
      throw new TypeError(`tags[${item}] is ${described(own)}: it must be a list of states`);
    }
    const length = lengths?.[item] ?? positions;
    if (own.length < length) {
      throw new RangeError(
        `tags[${item}] has ${own.length} tags: the item has ${length} positions`,
      );
    }
    const path = Array.from(own).slice(0, length);
    const allowed = `states are numbered 0 to ${states - 1}`;
    checkNumbering(`tags[${item}]`, path, { count: states, allowed });
    return Int32Array.from(path);
  });
}

/** The options of `ctcLoss`. */
export interface CtcLossOptions extends LossOptions {
  /** The class that stands for no label; default 0. */
  blank?: number;
}

/**
 * Connectionist temporal classification: minus the log-likelihood of each item's labels, of scores that
 * need not be normalised. O(batch · time · labels).
 *
 * @param logits [batch, time, classes], the blank among the classes
 * @param labels of each item, without blanks; may be empty
 * @param lengths the frames of each item; default all
 * @returns a scalar, or [batch] with `reduction: 'none'`
 * @throws RangeError as `ctc`, such as for labels that do not fit an item's frames or are no classes;
 *   TypeError for an option that there is not
 *
 * Source: Graves et al. 2006.
 *
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs';
 * import { ctcLoss } from 'didyprog/layers';
 *
 * // Each frame's classes have probability 1/2, and three labellings of two frames spell the label.
 * const loss = ctcLoss(tf.zeros([1, 2, 2]), [[1]]);
 * console.log(Math.exp(-loss.dataSync()[0]!).toFixed(3)); // 0.750
 * ```
 */
export function ctcLoss(
  logits: tf.Tensor3D,
  labels: readonly ArrayLike<number>[],
  lengths?: ArrayLike<number>,
  options: CtcLossOptions = {},
): tf.Tensor {
  checkLoss('ctcLoss', options, 'blank');
  checkTensor('logits', logits, ['batch', 'time', 'classes']);
  checkGivenLengths('lengths', lengths);
  const [batch, time, classes] = logits.shape;
  const { blank = 0 } = options;
  const program = ctc({
    ...{ batch, time, classes, labels, blank },
    ...(lengths && { lengths }),
    ...smoothingOf(options),
  });
  return tf.tidy(() => {
    // Of whole numbers TensorFlow.js has a softmax, but none of its gradient.
    const floats = tf.cast(logits, 'float32');
    const counted = lengths ? withoutPadding(floats, lengths) : floats;
    try {
      return renamed({ theta: 'logits' }, () =>
        reduce(tf.neg(maxLayer(program, logSoftmax(counted))), options),
      );
    } catch (error) {
      // The softmax makes NaN of all logits of a frame where one is no score.
      checkLogits(counted);
      throw error;
    }
  });
}

/** @throws RangeError for a frame without a softmax: a NaN, +Infinity, or nothing but -Infinity */
function checkLogits(logits: tf.Tensor3D): void {
  logits.arraySync().forEach((frames, item) =>
    frames.forEach((frame, at) => {
      const wrong = frame.findIndex((score) => !(score < Infinity));
      const where = `logits[${item}][${at}]`;
      if (wrong >= 0) {
        throw new RangeError(
          `${where}[${wrong}] is ${frame[wrong]}: logits must be finite, or -Infinity to forbid`,
        );
      }
      if (frame.every((score) => score === -Infinity)) {
        throw new RangeError(`${where} forbids every class: one at least must be finite`);
      }
    }),
  );
}

/**
 * Logits with 0 past each item's length: whatever stood there, the softmax of it and its gradient are
 * numbers.
 */
function withoutPadding(logits: tf.Tensor3D, lengths: ArrayLike<number>): tf.Tensor3D {
  const [batch, time] = logits.shape;
  const ends = tf.tensor(Int32Array.from(lengths), [batch, 1, 1]);
  const isFrame = tf.less(tf.reshape(tf.range(0, time, 1, 'int32'), [1, time, 1]), ends);
  return tf.where(isFrame, logits, tf.zerosLike(logits));
}

// TensorFlow.js takes no derivative through what an operation saves of its results, as its own softmax does:
// second derivatives are wrong there. Here the inputs are saved.

function logSoftmax(logits: tf.Tensor): tf.Tensor {
  return differentiated(tf.logSoftmax, logits, (dy, saved) =>
    tf.sub(dy, tf.mul(softmax(saved), tf.sum(dy, -1, true))),
  );
}

function softmax(logits: tf.Tensor): tf.Tensor {
  return differentiated(tf.softmax, logits, (dy, saved) => {
    const shares = softmax(saved);
    const slopes = tf.mul(shares, dy);
    return tf.sub(slopes, tf.mul(shares, tf.sum(slopes, -1, true)));
  });
}

/** An operation with the gradient that its input and dy give. */
function differentiated(
  operation: (x: tf.Tensor) => tf.Tensor,
  x: tf.Tensor,
  gradient: (dy: tf.Tensor, saved: tf.Tensor) => tf.Tensor,
): tf.Tensor {
  return tf.customGrad((...inputs) => {
    const [given, save] = splitSave(inputs);
    save(given);
    return {
      value: operation(given[0]!),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => gradient(dy, saved[0]!),
    };
  })(x);
}

/** The options of `softDtwLoss`. */
export interface SoftDtwLossOptions extends LossOptions {
  /** Whether to subtract what each series has with itself, so that the loss is 0 at x = y. Default true. */
  divergence?: boolean;
}

/**
 * Soft dynamic time warping of pairs of series with squared distances, by default as the divergence:
 * soft-DTW itself can be negative, and is smallest at another series than the target.
 * O(batch · rows · cols · d); the costs are never materialised.
 *
 * @param x [batch, rows, d]
 * @param y [batch, cols, d]
 * @param lengths of each series; default all
 * @returns a scalar, or [batch] with `reduction: 'none'`
 * @throws RangeError for tensors of shapes that do not fit, and as `dtw`; TypeError for an option, or a
 *   name among the lengths, that there is not
 *
 * Sources: Cuturi & Blondel 2017; Blondel, Mensch & Vert 2021.
 *
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs';
 * import { softDtwLoss } from 'didyprog/layers';
 *
 * const [x, y] = [tf.tensor3d([[[0], [1]]]), tf.tensor3d([[[0], [3]]])];
 * const loss = softDtwLoss(x, y, {}, { omega: 'hard' });
 * console.log(loss.dataSync()[0]); // 4
 * ```
 */
export function softDtwLoss(
  x: tf.Tensor3D,
  y: tf.Tensor3D,
  lengths: { x?: ArrayLike<number>; y?: ArrayLike<number> } = {},
  options: SoftDtwLossOptions = {},
): tf.Tensor {
  checkLoss('softDtwLoss', options, 'divergence');
  checkNames("softDtwLoss's lengths", lengths, ['x', 'y']);
  checkTensor('x', x, ['batch', 'rows', 'd']);
  const [batch, rows, depth] = x.shape;
  checkTensor('y', y, [batch, 'cols', depth]);
  checkSize('d, the size of the vectors of x and y,', depth, 1);
  checkGivenLengths('lengths.x', lengths.x);
  checkGivenLengths('lengths.y', lengths.y);
  const cols = y.shape[1];
  const problem = {
    ...{ batch, rows, cols },
    ...(lengths.x && { rowLengths: lengths.x }),
    ...(lengths.y && { colLengths: lengths.y }),
    ...smoothingOf(options),
  };
  const divergence = options.divergence ?? true;
  checkSwitch('divergence', divergence);
  const theta = { rowFeatures: x, colFeatures: y };
  const names = {
    ...{ 'theta.rowFeatures': 'x', 'theta.colFeatures': 'y' },
    ...{ rowLengths: 'lengths.x', colLengths: 'lengths.y' },
  };
  return renamed(names, () => {
    const program = divergence ? dtwDivergence(problem) : dtw(problem);
    return tf.tidy(() => reduce(maxLayer(program, theta), options));
  });
}

function smoothingOf({ omega = 'negentropy', gamma = 1 }: LossOptions): Smoothing {
  return { omega, gamma };
}

function checkLoss(name: string, options: LossOptions, ...others: string[]): void {
  checkNames(name, options, [...lossOptions, ...others]);
  checkOneOf('reduction', options.reduction ?? 'mean', reductions);
}

function reduce(losses: tf.Tensor, { reduction = 'mean' }: LossOptions): tf.Tensor {
  if (reduction === 'none') return losses;
  return reduction === 'sum' ? tf.sum(losses) : tf.mean(losses);
}
