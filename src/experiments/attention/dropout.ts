import type { SeededRandom } from '../../data/random.js';

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
    const mask = new Float32Array(size);
    this.#random.setWhere(mask, 1 / (1 - this.rate), this.rate);
    return mask;
  }
}

/** Multiplies values by a mask, in place. */
export function applyMask(values: Float32Array, mask: Float32Array): void {
  for (let at = 0; at < values.length; at++) values[at] = values[at]! * mask[at]!;
}
