import * as tf from '@tensorflow/tfjs';
import { dtw } from '../../dp/programs/dtw.js';
import { areaLoss, argmaxLayer, maxLayer } from '../../layers/index.js';
import type { AlignConfig, EndToEndConfig, FrameWiseConfig } from './config.js';
import { CosineAdam } from './cosine-adam.js';
import { fullBatch, type FullBatch } from './full-batch.js';
import type { Parameters, PitchModel } from './model.js';
import type { Piece } from './piece.js';

interface LossAndGradient {
  loss: number;
  gradient: Parameters;
}

/**
 * The non-structured training: every frame by itself, by the cross-entropy with the pitches of its
 * true event. Convex in the parameters; full-batch Adam from zero.
 */
export function frameWiseTraining(
  model: PitchModel,
  pieces: readonly Piece[],
  config: FrameWiseConfig,
): FullBatch<Parameters> {
  const all = {
    features: concatenated(pieces.map(({ features }) => features)),
    frames: pieces.reduce((sum, { frames }) => sum + frames, 0),
  };
  const targets = concatenated(pieces.map((piece) => targetRows(piece, model.keys)));
  const addLoss = (parameters: Parameters, sum: LossAndGradient) => {
    const { loss, slopes } = model.frameLoss(model.scores(parameters, all), targets);
    sum.loss += loss;
    add(sum.gradient, model.gradient(slopes, all));
  };
  // One epoch: what its steps come to is no news.
  const length = { epochs: 1, steps: config.iterations };
  return adam(model.zero(), { ...config, ...length, addLoss });
}

/** The pitches of each frame's true event [frames, keys]. */
function targetRows({ truth, pitchRows }: Piece, keys: number): Float32Array {
  const rows = new Float32Array(truth.length * keys);
  truth.forEach((event, frame) => {
    rows.set(pitchRows.subarray(event * keys, (event + 1) * keys), frame * keys);
  });
  return rows;
}

/**
 * The end-to-end training, through the soft-DTW layer: the area between the expected and the true
 * alignment, or the convex (Fenchel–Young) loss divided by the number of frames; the mean over
 * pieces. Full-batch Adam from `start`.
 */
export function endToEndTraining(
  model: PitchModel,
  pieces: readonly Piece[],
  start: Parameters,
  config: EndToEndConfig & Pick<AlignConfig, 'moves'>,
): FullBatch<Parameters> {
  const addLoss = (parameters: Parameters, sum: LossAndGradient) => {
    for (const piece of pieces) {
      const { theta, scoreSlopes } = model.costs(model.scores(parameters, piece), piece.pitchRows);
      const { loss, mass } = alignmentLoss(theta, piece, config, pieces.length);
      sum.loss += loss;
      add(sum.gradient, model.gradient(scoreSlopes(mass), piece));
    }
  };
  const origin = config.penalty === 'start' ? start : undefined;
  const options = { ...config, steps: 1, addLoss, ...(origin && { origin }) };
  return adam(start, options);
}

/**
 * The Fenchel–Young loss but for Ω(Y). The truth has one event a frame, but is no path of the program where
 * two events begin within a frame: `fenchelYoungLoss` would refuse it.
 */
function convexLoss(least: tf.Tensor, theta: tf.Tensor, truth: tf.Tensor): tf.Tensor {
  return tf.mul(tf.sub(least, tf.sum(tf.mul(theta, truth))), -1);
}

/** The loss of a piece as a share of the mean over `pieces`, and its slopes by θ [frames, events]. */
function alignmentLoss(
  costs: Float32Array,
  { frames, events, alignment, hopSeconds }: Piece,
  { loss: kind, omega, gamma, moves }: EndToEndConfig & Pick<AlignConfig, 'moves'>,
  pieces: number,
): { loss: number; mass: Float32Array } {
  const program = dtw({ batch: 1, rows: frames, cols: events.length, moves, omega, gamma });
  const shape: [number, number, number] = [1, frames, events.length];
  const regularisation = omega === 'l2' ? (gamma * frames) / 2 : 0;
  const { value, grad } = tf.tidy(() => {
    const truth = tf.tensor3d(alignment, shape);
    const lossOf = (theta: tf.Tensor) =>
      kind === 'area'
        ? areaLoss(argmaxLayer(program, theta) as tf.Tensor3D, truth, hopSeconds)
        : convexLoss(maxLayer(program, theta), theta, truth).add(regularisation).div(frames);
    return tf.valueAndGrad((theta) => lossOf(theta).div(pieces).asScalar())(
      tf.tensor3d(costs, shape),
    );
  });
  // Read outside tidy, which would walk all elements.
  const result = { loss: value.dataSync()[0]!, mass: grad.dataSync<'float32'>() };
  tf.dispose([value, grad]);
  return result;
}

/**
 * Adam on the loss of all data plus λ/2·‖v − origin‖², its rate decaying to 0 along half a cosine.
 * @param options.steps of each epoch
 */
function adam(
  start: Parameters,
  options: {
    learningRate: number;
    lambda: number;
    origin?: Parameters;
    epochs: number;
    steps: number;
    addLoss(parameters: Parameters, sum: LossAndGradient): void;
  },
): FullBatch<Parameters> {
  const { learningRate, lambda, origin, epochs, steps, addLoss } = options;
  const parameters = { weights: start.weights.slice(), bias: start.bias.slice() };
  const optimiser = new CosineAdam(parameters, learningRate, epochs * steps);
  const step = () => {
    const sum = penaltyOf(parameters, lambda, origin);
    addLoss(parameters, sum);
    optimiser.step(sum.gradient);
    return sum.loss;
  };
  return fullBatch(parameters, { epochs, steps, step, optimiser });
}

/** λ/2·‖v − origin‖². */
function penaltyOf(
  parameters: Parameters,
  lambda: number,
  origin: Parameters | undefined,
): LossAndGradient {
  let squares = 0;
  const slopes = (part: keyof Parameters) =>
    parameters[part].map((value, at) => {
      const distance = Math.fround(value - (origin?.[part][at] ?? 0));
      squares += distance ** 2;
      return Math.fround(lambda) * distance;
    });
  const gradient = { weights: slopes('weights'), bias: slopes('bias') };
  return { loss: (lambda / 2) * squares, gradient };
}

function add(sum: Parameters, { weights, bias }: Parameters): void {
  weights.forEach((value, at) => (sum.weights[at]! += value));
  bias.forEach((value, at) => (sum.bias[at]! += value));
}

function concatenated(arrays: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(arrays.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const array of arrays) {
    all.set(array, at);
    at += array.length;
  }
  return all;
}

/** Standard normal weights and zero biases: the untrained model. */
export function randomParameters(model: PitchModel, seed: number): Parameters {
  const weights = tf.tidy(() => tf.randomNormal([model.weightCount], 0, 1, 'float32', seed + 1));
  const parameters = { ...model.zero(), weights: weights.dataSync<'float32'>() };
  weights.dispose();
  return parameters;
}
