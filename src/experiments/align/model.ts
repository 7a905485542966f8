import { DataError } from '../../errors.js';
import { product, type PlainMatrix } from '../../kernels/matmul.js';
import { normaliseRows } from '../../kernels/normalise.js';
import { tiedReach, type FeaturesConfig, type ModelConfig } from './config.js';

/** Weights [dimensions, keys], or [reach] when tied, and a bias a key. */
export interface Parameters {
  weights: Float32Array;
  bias: Float32Array;
}

/** Features [frames, dimensions], row-major. */
export interface FrameFeatures {
  features: Float32Array;
  frames: number;
}

/** Costs of the scores of frames. */
export interface PitchCosts {
  /** [frames, events] */
  theta: Float32Array;
  /** From the slopes of a function by θ those by the scores [frames, keys]. */
  scoreSlopes(mass: Float32Array): Float32Array;
}

/**
 * A linear map from the features of a frame to one score a pitch, and the cost of matching a frame
 * with a score event: the cross-entropy with the event's pitches, as one distribution (softmax) or
 * key by key (sigmoid). On the kernels; TensorFlow.js is not needed.
 *
 * The cost of frame i, of scores s, and event j, of pitches b, is
 * θ_ij = scale · (n(s_i) − Σ_k b_jk s_ik): softmax: n = log Σ_k exp s_k, scale 1;
 * sigmoid: n = Σ_k log(1 + exp s_k), scale 1/4. It is the inner product of `frameRows` and `eventRows`.
 */
export class PitchModel {
  readonly keys: number;
  readonly lowestKey: number;
  readonly output: ModelConfig['output'];
  readonly tied: boolean;
  /** The feature that key 0 reads with its lowest tied weight. */
  readonly first: number = 0;
  readonly dimensions: number;
  readonly #scale: number;

  /** @throws RangeError when tied weights do not fit the features */
  constructor(config: ModelConfig, features: FeaturesConfig, dimensions: number) {
    this.keys = config.highestKey - config.lowestKey + 1;
    this.lowestKey = config.lowestKey;
    this.output = config.output;
    this.dimensions = dimensions;
    this.tied = config.weights === 'tied';
    this.#scale = config.output === 'softmax' ? 1 : 0.25;
    if (this.tied) {
      if (features.kind !== 'semitone') {
        throw new RangeError(`tied weights need 'semitone' features, not '${features.kind}'`);
      }
      this.first = config.lowestKey - tiedReach.below - features.lowestPitch;
      if (this.first < 0 || this.first + this.keys - 1 + this.weightCount > dimensions) {
        throw new RangeError(
          `tied weights read ${tiedReach.below} semitones below the lowest key to ` +
            `${tiedReach.above} above the highest: the features do not reach that far`,
        );
      }
    }
  }

  /** How many weights there are, the biases not counted. */
  get weightCount(): number {
    return this.tied ? tiedReach.below + tiedReach.above + 1 : this.dimensions * this.keys;
  }

  /** All parameters 0. */
  zero(): Parameters {
    return { weights: new Float32Array(this.weightCount), bias: new Float32Array(this.keys) };
  }

  /** Scores [frames, keys]. O(frames · dimensions · keys). */
  scores({ weights, bias }: Parameters, { features, frames }: FrameFeatures): Float32Array {
    const scores = product(
      matrix(features, frames, this.dimensions),
      matrix(this.#map(weights), this.dimensions, this.keys),
    );
    for (let at = 0; at < scores.length;) {
      for (let key = 0; key < this.keys; key++, at++) scores[at]! += bias[key]!;
    }
    return scores;
  }

  /** The gradient by the parameters of what has these slopes by the scores. */
  gradient(slopes: Float32Array, { features, frames }: FrameFeatures): Parameters {
    const { keys, dimensions } = this;
    const full = product(
      { ...matrix(features, frames, dimensions), transposed: true },
      matrix(slopes, frames, keys),
    );
    const bias = new Float32Array(keys);
    for (let at = 0; at < slopes.length;) {
      for (let key = 0; key < keys; key++, at++) bias[key]! += slopes[at]!;
    }
    if (!this.tied) return { weights: full, bias };
    const weights = new Float32Array(this.weightCount);
    for (let d = 0; d < weights.length; d++) {
      let sum = 0;
      for (let key = 0; key < keys; key++) sum += full[(this.first + key + d) * keys + key]!;
      weights[d] = sum;
    }
    return { weights, bias };
  }

  /** The map [dimensions, keys] of weights: tied, key k reads feature first + k + d by weight d. */
  #map(weights: Float32Array): Float32Array {
    if (!this.tied) return weights;
    const full = new Float32Array(this.dimensions * this.keys);
    for (let key = 0; key < this.keys; key++) {
      weights.forEach((w, d) => (full[(this.first + key + d) * this.keys + key] = w));
    }
    return full;
  }

  /** Costs θ [frames, events] of scores, and the way back. O(frames · events · keys). */
  costs(scores: Float32Array, eventRows: Float32Array): PitchCosts {
    const { keys } = this;
    const frames = scores.length / keys;
    const events = eventRows.length / (keys + 1);
    const { rows, slopes } = this.frameRows(scores);
    const right = matrix(eventRows, events, keys + 1);
    const theta = product(matrix(rows, frames, keys + 1), { ...right, transposed: true });
    const scoreSlopes = (mass: Float32Array) => {
      // Column 0 is the mass of the frame, the others that of its keys.
      const sums = product(matrix(mass, frames, events), right);
      const result = new Float32Array(scores.length);
      for (let at = 0, sum = 0; at < result.length;) {
        const total = sums[sum++]!;
        for (let k = 0; k < keys; k++, at++, sum++) {
          result[at] = this.#scale * (total * slopes[at]! - sums[sum]!);
        }
      }
      return result;
    };
    return { theta, scoreSlopes };
  }

  /**
   * The mean cost of frames against target rows [frames, keys], each the pitches of the frame's
   * event: what `costs` is on the true alignment. With its slopes by the scores [frames, keys].
   */
  frameLoss(scores: Float32Array, targets: Float32Array): { loss: number; slopes: Float32Array } {
    const scale = (this.#scale * this.keys) / scores.length;
    const { normalisers, slopes } = this.#normalise(scores);
    let loss = normalisers.reduce((sum, value) => sum + value, 0);
    for (let k = 0; k < slopes.length; k++) {
      loss -= targets[k]! * scores[k]!;
      slopes[k] = scale * (slopes[k]! - targets[k]!);
    }
    return { loss: scale * loss, slopes };
  }

  /** [scale · n(s_i), −scale · s_i] of each frame [frames, keys + 1], and ∂n/∂s [frames, keys]. */
  frameRows(scores: Float32Array): { rows: Float32Array; slopes: Float32Array } {
    const { normalisers, slopes } = this.#normalise(scores);
    const rows = new Float32Array(scores.length + normalisers.length);
    for (let i = 0, at = 0, to = 0; i < normalisers.length; i++) {
      rows[to++] = this.#scale * normalisers[i]!;
      for (let k = 0; k < this.keys; k++) rows[to++] = -this.#scale * scores[at++]!;
    }
    return { rows, slopes };
  }

  /**
   * [1, b_j] of each event [events, keys + 1]: b is a distribution over its pitches for softmax, 0 or
   * 1 a key for sigmoid. Pitches outside the keys are left out.
   * @throws DataError for softmax when no pitch of an event is among the keys
   */
  eventRows(events: readonly ScoreMoment[]): Float32Array {
    const width = this.keys + 1;
    const rows = new Float32Array(events.length * width);
    events.forEach(({ pitches, scoreOnsetSeconds }, j) => {
      const keys = pitches.map((pitch) => pitch - this.lowestKey);
      const inside = keys.filter((key) => key >= 0 && key < this.keys);
      if (inside.length === 0 && this.output === 'softmax') {
        throw new DataError(
          `the score event at ${scoreOnsetSeconds} s has no pitch from ${this.lowestKey} to ` +
            `${this.lowestKey + this.keys - 1}, which this model needs; a sigmoid model does not`,
        );
      }
      rows[j * width] = 1;
      const weight = this.output === 'softmax' ? 1 / inside.length : 1;
      for (const key of inside) rows[j * width + 1 + key] = weight;
    });
    return rows;
  }

  #normalise(scores: Float32Array) {
    const by = this.output === 'sigmoid' ? 'logistic' : 'softmax';
    return normaliseRows({ x: scores, rows: scores.length / this.keys, width: this.keys, by });
  }
}

/** What is played from one moment of a score to the next: MIDI pitches, none for a rest. */
export interface ScoreMoment {
  scoreOnsetSeconds: number;
  pitches: readonly number[];
}

const matrix = (values: Float32Array, rows: number, columns: number): PlainMatrix => ({
  values,
  shape: [rows, columns],
  transposed: false,
});
