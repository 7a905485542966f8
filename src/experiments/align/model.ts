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
 * sigmoid: n = Σ_k log(1 + exp s_k), scale 1/4.
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

  /**
   * Costs θ [frames, events] of scores and the events' `pitchRows`, and the way back.
   * O(frames · events · keys).
   */
  costs(scores: Float32Array, pitchRows: Float32Array): PitchCosts {
    const { keys } = this;
    const scale = this.#scale;
    const [frames, events] = [scores.length / keys, pitchRows.length / keys];
    const { normalisers, slopes } = this.#normalise(scores);
    const right = matrix(pitchRows, events, keys);
    const theta = product(matrix(scores, frames, keys), { ...right, transposed: true });
    for (let i = 0, cell = 0; i < frames; i++) {
      const height = normalisers[i]!;
      for (let j = 0; j < events; j++, cell++) theta[cell] = scale * (height - theta[cell]!);
    }
    const scoreSlopes = (mass: Float32Array) => {
      const result = product(matrix(mass, frames, events), right);
      for (let i = 0, cell = 0, at = 0; i < frames; i++) {
        let total = 0;
        for (let j = 0; j < events; j++, cell++) total += mass[cell]!;
        for (let k = 0; k < keys; k++, at++) {
          result[at] = scale * (total * slopes[at]! - result[at]!);
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

  /**
   * b_j of each event [events, keys]: a distribution over its pitches for softmax, 0 or 1 a key for
   * sigmoid. Pitches outside the keys are left out.
   * @throws DataError for softmax when no pitch of an event is among the keys
   */
  pitchRows(events: readonly ScoreMoment[]): Float32Array {
    const rows = new Float32Array(events.length * this.keys);
    events.forEach(({ pitches, scoreOnsetSeconds }, j) => {
      const keys = pitches.map((pitch) => pitch - this.lowestKey);
      const inside = keys.filter((key) => key >= 0 && key < this.keys);
      if (inside.length === 0 && this.output === 'softmax') {
        throw new DataError(
          `the score event at ${scoreOnsetSeconds} s has no pitch from ${this.lowestKey} to ` +
            `${this.lowestKey + this.keys - 1}, which this model needs; a sigmoid model does not`,
        );
      }
      const weight = this.output === 'softmax' ? 1 / inside.length : 1;
      for (const key of inside) rows[j * this.keys + key] = weight;
    });
    return rows;
  }

  /**
   * The costs as inner products, for a recursion that never stores them: [scale · n(s_i), −scale · s_i]
   * of each frame and [1, b_j] of each event, each of keys + 1 numbers.
   */
  costFeatures(scores: Float32Array, pitchRows: Float32Array) {
    const { normalisers } = this.#normalise(scores);
    return {
      rowFeatures: withColumn(
        normalisers.map((n) => this.#scale * n),
        scores.map((s) => -this.#scale * s),
      ),
      colFeatures: withColumn(new Float32Array(pitchRows.length / this.keys).fill(1), pitchRows),
    };
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

/** Rows with a column before their first. */
function withColumn(column: Float32Array, rows: Float32Array): Float32Array {
  const width = rows.length / column.length;
  const result = new Float32Array(rows.length + column.length);
  column.forEach((first, row) => {
    result[row * (width + 1)] = first;
    result.set(rows.subarray(row * width, (row + 1) * width), row * (width + 1) + 1);
  });
  return result;
}
