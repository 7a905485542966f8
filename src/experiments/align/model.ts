import * as tf from '@tensorflow/tfjs';
import { tiedReach, type FeaturesConfig, type ModelConfig } from './config.js';
import type { Piece } from './piece.js';
import type { Parameters } from './trained-model.js';
import { pitchCosts, pitchLoss } from './pitch-costs.js';

/** The same as TensorFlow.js variables, while they are trained. */
export interface Variables {
  weights: tf.Variable;
  bias: tf.Variable;
}

/**
 * A linear map from the features of a frame to one score a pitch, and the cost of matching a frame
 * with a score event: the
 * cross-entropy with the event's pitches, as one distribution (softmax) or key by key (sigmoid).
 */
export class PitchModel {
  readonly keys: number;
  readonly lowestKey: number;
  readonly output: ModelConfig['output'];
  readonly #dimensions: number;
  readonly #tied: boolean;
  /** The feature that key 0 reads with its lowest tied weight. */
  readonly #first: number = 0;

  constructor(config: ModelConfig, features: FeaturesConfig, dimensions: number) {
    this.keys = config.highestKey - config.lowestKey + 1;
    this.lowestKey = config.lowestKey;
    this.output = config.output;
    this.#dimensions = dimensions;
    this.#tied = config.weights === 'tied';
    if (this.#tied) {
      if (features.kind !== 'semitone') {
        throw new RangeError(`tied weights need 'semitone' features, not '${features.kind}'`);
      }
      this.#first = config.lowestKey - tiedReach.below - features.lowestPitch;
      checkReach(this.#first, dimensions, this.keys);
    }
  }

  /** How many weights there are, the biases not counted. */
  get weightCount(): number {
    return this.#tied ? tiedReach.below + tiedReach.above + 1 : this.#dimensions * this.keys;
  }

  /** All parameters 0. */
  zero(): Parameters {
    return {
      weights: new Float32Array(this.weightCount),
      bias: new Float32Array(this.keys),
    };
  }

  /** Standard normal weights and zero biases: the untrained model. */
  random(seed: number): Parameters {
    const weights = tf.tidy(() =>
      tf.randomNormal([this.weightCount], 0, 1, 'float32', seed + 1).dataSync(),
    );
    return { weights: weights as Float32Array, bias: new Float32Array(this.keys) };
  }

  variables({ weights, bias }: Parameters): Variables {
    return { weights: tf.variable(tf.tensor1d(weights)), bias: tf.variable(tf.tensor1d(bias)) };
  }

  /** Scores [frames, keys] of features x [frames, dimensions], `transpose` being x's. */
  scores({ weights, bias }: Variables, x: tf.Tensor2D, transpose: tf.Tensor2D): tf.Tensor2D {
    const full = this.#tied
      ? tiedMap(weights, this.#first, this.#dimensions, this.keys)
      : weights.reshape<tf.Tensor2D>([this.#dimensions, this.keys]);
    return constantTimes(x, transpose, full).add(bias);
  }

  /** Costs θ [frames, events] of a piece. */
  costs(variables: Variables, piece: Piece): tf.Tensor2D {
    const scores = this.scores(variables, piece.features, piece.featuresTransposed);
    return pitchCosts(scores, piece.pitches, this.output);
  }

  /**
   * Mean loss over frames against target rows [frames, keys], each the pitch row of the frame's
   * event: what `costs` is on the true alignment.
   */
  frameLoss(scores: tf.Tensor2D, targets: Float32Array): tf.Scalar {
    return pitchLoss(scores, targets, this.output);
  }

  /**
   * The pitch sets of events as rows [events, keys]: for softmax a distribution, for sigmoid 0/1.
   * Pitches outside the keys are left out.
   * @throws RangeError for softmax when no pitch of an event is among the keys
   */
  pitchRows(events: readonly { pitches: readonly number[] }[]): Float32Array {
    const rows = new Float32Array(events.length * this.keys);
    events.forEach(({ pitches }, j) => {
      const keys = pitches.map((pitch) => pitch - this.lowestKey);
      const inside = keys.filter((key) => key >= 0 && key < this.keys);
      if (inside.length === 0 && this.output === 'softmax') {
        throw new RangeError(
          `event ${j} has the pitches ${pitches.join(', ') || '(none)'}: a softmax model needs ` +
            `at least one from ${this.lowestKey} to ${this.lowestKey + this.keys - 1}`,
        );
      }
      const weight = this.output === 'softmax' ? 1 / inside.length : 1;
      for (const key of inside) rows[j * this.keys + key] = weight;
    });
    return rows;
  }
}

function checkReach(first: number, dimensions: number, keys: number): void {
  const reach = tiedReach.below + tiedReach.above + 1;
  if (first < 0 || first + keys - 1 + reach > dimensions) {
    throw new RangeError(
      `tied weights read ${tiedReach.below} semitones below the lowest key to ` +
        `${tiedReach.above} above the highest: the features do not reach that far`,
    );
  }
}

/** The full map [dimensions, keys] of tied weights: key k reads feature first + k + d by weight d. */
function tiedMap(weights: tf.Tensor, first: number, dimensions: number, keys: number) {
  const operation = tf.customGrad((input) => {
    const tied = (input as tf.Tensor).dataSync();
    const full = new Float32Array(dimensions * keys);
    const at = (key: number, d: number) => (first + key + d) * keys + key;
    for (let key = 0; key < keys; key++) {
      tied.forEach((weight, d) => (full[at(key, d)] = weight));
    }
    const gradFunc = (dy: tf.Tensor) => {
      const slopes = dy.dataSync();
      const sums = tied.map((_, d) => {
        let sum = 0;
        for (let key = 0; key < keys; key++) sum += slopes[at(key, d)]!;
        return sum;
      });
      return tf.tensor1d(Float32Array.from(sums));
    };
    return { value: tf.tensor2d(full, [dimensions, keys]), gradFunc };
  });
  return operation(weights) as tf.Tensor2D;
}

/**
 * constant · x, with a gradient that multiplies by the transpose that is already there: the wasm
 * backend's product with a transposed operand is ten times slower than without.
 */
function constantTimes(constant: tf.Tensor2D, transpose: tf.Tensor2D, x: tf.Tensor): tf.Tensor2D {
  const product = tf.customGrad((x) => ({
    value: tf.matMul(constant, x as tf.Tensor),
    gradFunc: (dy) => tf.matMul(transpose, dy as tf.Tensor2D),
  }));
  return product(x) as tf.Tensor2D;
}
