import type { SeededRandom } from '../random.js';
import { dropoutMask } from '../kernels/dropout.js';

/** Inverted dropout: what is kept is scaled up, so that nothing changes on average. */
export class Dropout {
  readonly rate: number;
  readonly #random: SeededRandom;

  constructor(rate: number, random: SeededRandom) {
    this.rate = rate;
    this.#random = random;
  }

  /** 0 with the rate's probability, otherwise 1 / (1 − rate). */
  mask(size: number): Float32Array {
    const mask = dropoutMask(size, this.#random.state, this.rate);
    this.#random.skip(size);
    return mask;
  }
}

/** Multiplies values by a mask, in place. */
export function applyMask(values: Float32Array, mask: Float32Array): void {
  for (let at = 0; at < values.length; at++) values[at] = values[at]! * mask[at]!;
}
