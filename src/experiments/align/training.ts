import * as tf from '@tensorflow/tfjs';
import { dtw } from '../../dp/programs/dtw.js';
import { areaLoss, argmaxLayer, fenchelYoungLoss } from '../../layers/index.js';
import type { Interruption } from '../../runner/interrupt.js';
import type { AlignConfig, EndToEndConfig, FrameWiseConfig } from './config.js';
import type { PitchModel, Variables } from './model.js';
import type { Parameters as ModelParameters } from './trained-model.js';
import type { Piece } from './piece.js';

/** Gradients by variable name, as the optimiser's type wants them. */
type Gradients = Parameters<tf.AdamOptimizer['applyGradients']>[0];

/** Adam whose rate decays to 0 along half a cosine. */
class CosineAdam extends tf.AdamOptimizer {
  readonly #start: number;
  readonly #steps: number;
  #step = 0;

  constructor(learningRate: number, steps: number) {
    super(learningRate, 0.9, 0.999, 1e-8);
    this.#start = learningRate;
    this.#steps = steps;
  }

  override applyGradients(gradients: Gradients): void {
    const phase = (Math.PI * this.#step++) / this.#steps;
    this.learningRate = (this.#start * (1 + Math.cos(phase))) / 2;
    super.applyGradients(gradients);
  }
}

/** Called after each pass over the training pieces with the mean loss, penalty included. */
export type OnEpoch = (epoch: number, loss: number) => Promise<void> | void;

/**
 * The non-structured training: every frame by itself, by the cross-entropy with the pitches of its
 * true event. Convex in the parameters; full-batch Adam from zero.
 */
export async function trainFrameWise(
  model: PitchModel,
  pieces: readonly Piece[],
  config: FrameWiseConfig,
  interruption?: Interruption,
): Promise<ModelParameters> {
  const { x, transpose } = tf.tidy(() => {
    const x = tf.concat2d(
      pieces.map((piece) => piece.features),
      0,
    );
    return { x, transpose: tf.transpose(x) };
  });
  const targets = targetRows(pieces, model.keys);
  const variables = model.variables(model.zero());
  const optimizer = new CosineAdam(config.learningRate, config.iterations);
  for (let iteration = 0; iteration < config.iterations; iteration++) {
    tf.tidy(() => {
      const { grads } = tf.variableGrads(
        () =>
          model
            .frameLoss(model.scores(variables, x, transpose), targets)
            .add(penalty(variables, undefined, config.lambda)),
        [variables.weights, variables.bias],
      );
      optimizer.applyGradients(grads as Gradients);
    });
    if (iteration % 20 === 0) await interruption?.checkpoint();
  }
  tf.dispose([x, transpose]);
  return release(variables, optimizer);
}

/** The pitch row of each frame's true event, all pieces behind each other [frames, keys]. */
function targetRows(pieces: readonly Piece[], keys: number): Float32Array {
  const frames = pieces.reduce((sum, piece) => sum + piece.frames, 0);
  const rows = new Float32Array(frames * keys);
  let at = 0;
  for (const { truth, pitches } of pieces) {
    for (const event of truth) {
      rows.set(pitches.subarray(event * keys, (event + 1) * keys), at);
      at += keys;
    }
  }
  return rows;
}

/**
 * The end-to-end training, through the soft-DTW layer: the area between the expected and the true
 * alignment, or the convex (Fenchel–Young) loss divided by the number of frames; the mean over
 * pieces. Full-batch Adam from `start`.
 */
export async function trainEndToEnd(
  model: PitchModel,
  pieces: readonly Piece[],
  start: ModelParameters,
  config: EndToEndConfig & Pick<AlignConfig, 'moves'>,
  onEpoch?: OnEpoch,
  interruption?: Interruption,
): Promise<ModelParameters> {
  const variables = model.variables(start);
  const origin = config.penalty === 'start' ? model.variables(start) : undefined;
  const optimizer = new CosineAdam(config.learningRate, config.epochs);
  const list = [variables.weights, variables.bias];
  for (let epoch = 0; epoch < config.epochs; epoch++) {
    // One piece at a time, so that only one alignment is held; the gradients are added up.
    let { value, grads } = tf.variableGrads(() => penalty(variables, origin, config.lambda), list);
    for (const piece of pieces) {
      const sum = tf.tidy(() => {
        const one = tf.variableGrads(
          () => pieceLoss(model, variables, piece, config).div<tf.Scalar>(pieces.length),
          list,
        );
        const added: tf.NamedTensorMap = {};
        for (const [name, grad] of Object.entries(grads)) {
          added[name] = one.grads[name] ? grad.add(one.grads[name]) : grad.clone();
        }
        return { value: value.add<tf.Scalar>(one.value), grads: added };
      });
      tf.dispose([value, grads]);
      ({ value, grads } = sum);
      await interruption?.checkpoint();
    }
    optimizer.applyGradients(grads as Gradients);
    const loss = (await value.data())[0] as number;
    tf.dispose([value, grads]);
    if (!Number.isFinite(loss)) {
      throw new Error(`the loss became ${loss} in epoch ${epoch + 1}: try a smaller learningRate`);
    }
    await onEpoch?.(epoch, loss);
  }
  if (origin) tf.dispose([origin.weights, origin.bias]);
  return release(variables, optimizer);
}

/** The loss of one piece under the current variables. */
function pieceLoss(
  model: PitchModel,
  variables: Variables,
  piece: Piece,
  config: EndToEndConfig & Pick<AlignConfig, 'moves'>,
): tf.Scalar {
  const program = dtw({
    batch: 1,
    rows: piece.frames,
    cols: piece.events.length,
    moves: config.moves,
    omega: config.omega,
    gamma: config.gamma,
  });
  const theta = model.costs(variables, piece).expandDims<tf.Tensor3D>(0);
  const truth = piece.alignment.expandDims<tf.Tensor3D>(0);
  if (config.loss === 'area') {
    return areaLoss(argmaxLayer(program, theta), truth, piece.hopSeconds).asScalar();
  }
  return fenchelYoungLoss(program, theta, truth).div(piece.frames).asScalar();
}

/** λ/2·‖v − origin‖². */
function penalty(variables: Variables, origin: Variables | undefined, lambda: number): tf.Scalar {
  const square = (v: tf.Tensor, from: tf.Tensor | undefined) =>
    (from ? v.sub(from) : v).square().sum();
  return square(variables.weights, origin?.weights)
    .add(square(variables.bias, origin?.bias))
    .mul<tf.Scalar>(lambda / 2);
}

/** Takes the parameters out and frees what training held. */
function release(variables: Variables, optimizer: tf.Optimizer): ModelParameters {
  const parameters = {
    weights: Float32Array.from(variables.weights.dataSync()),
    bias: Float32Array.from(variables.bias.dataSync()),
  };
  tf.dispose([variables.weights, variables.bias]);
  optimizer.dispose();
  return parameters;
}
