import { indexOf } from './checks.js';
import type { Layer } from './graph.js';
import { gammaTooSmall, LARGEST, largestScore } from './omega/table.js';
import {
  held,
  nameOf,
  structured,
  type Held,
  type ItemPotentials,
  type OpenPotentials,
  type PotentialForm,
  type ScoreRange,
} from './potentials.js';
import { isFloat32 } from './real-array.js';

/** Potentials that are arrays with an entry for each potential of the graph. */
export class ArrayPotentials implements OpenPotentials {
  readonly #form: PotentialForm;
  readonly #theta: (Held | undefined)[];
  readonly #z: (Held | undefined)[];
  readonly #gradient: (Float64Array | undefined)[];
  readonly #product: (Float64Array | undefined)[];

  /**
   * @param form theta's, checked
   * @param sense −1 for costs, whose scores have the other sign
   * @param results whether gradient and, with z, product are wanted
   */
  constructor(
    form: PotentialForm,
    readonly batch: number,
    readonly sense: 1 | -1,
    readonly range: ScoreRange,
    theta: object,
    z: object | undefined,
    results: boolean,
  ) {
    this.#form = form;
    this.#theta = held(theta, form, batch);
    this.#z = z ? held(z, form, batch) : [];
    const zeros = () => this.#theta.map((part) => part && new Float64Array(part.array.length));
    this.#gradient = results ? zeros() : [];
    this.#product = results && z ? zeros() : [];
  }

  item(index: number): ItemPotentials {
    return {
      read: (layer, scores) => this.#read('theta', this.#theta, index, layer, scores),
      readDirection: (layer, slopes) => this.#read('z', this.#z, index, layer, slopes),
      write: (layer, expected, product) => {
        this.#add(this.#gradient, index, layer, expected);
        if (product) this.#add(this.#product, index, layer, product);
      },
    };
  }

  gradient(): object {
    return this.#results(this.#gradient);
  }

  product(): object {
    return this.#results(this.#product);
  }

  #read(
    root: 'theta' | 'z',
    arrays: readonly (Held | undefined)[],
    item: number,
    layer: Layer,
    out: Float64Array,
  ): void {
    const limit = Math.min(LARGEST, largestScore(this.range.gamma, this.range.precision));
    const sign = this.sense;
    const mayForbid = root === 'theta';
    let at = 0;
    for (const { part, start, length } of layer.slices) {
      const found = arrays[part];
      if (!found) {
        out.fill(0, at, at + length);
        at += length;
        continue;
      }
      const { array, stride } = found;
      const first = item * stride + start;
      for (let k = 0; k < length; k++) {
        const score = sign * array[first + k]!;
        out[at + k] = score;
        if (Math.abs(score) <= limit || (mayForbid && score === -Infinity)) continue;
        if (layer.used && !layer.used[at + k]) out[at + k] = 0;
        else throw this.#unfit(root, found, first + k);
      }
      at += length;
    }
  }

  /** The error for an entry that is no potential, or too large for γ. */
  #unfit(root: 'theta' | 'z', { part, array, stride }: Held, index: number): RangeError {
    const value = array[index]!;
    const shape = stride > 0 || !part.shared ? [this.batch, ...part.shape] : part.shape;
    const where = `${nameOf(root, part)}[${indexOf(index, shape).join('][')}]`;
    if (Math.abs(value) <= LARGEST) {
      return gammaTooSmall(this.range.gamma, where, value, this.range.precision);
    }
    const forbids = root === 'z' ? '' : `, or ${-this.sense * Infinity} to forbid`;
    return new RangeError(
      `${where} is ${value} (flat index ${index}): it must be within ±${LARGEST}${forbids}`,
    );
  }

  #add(
    results: readonly (Float64Array | undefined)[],
    item: number,
    layer: Layer,
    values: Float64Array,
  ): void {
    let at = 0;
    for (const { part, start, length } of layer.slices) {
      const array = results[part];
      if (array) {
        const first = item * this.#theta[part]!.stride + start;
        for (let k = 0; k < length; k++) array[first + k]! += values[at + k]!;
      }
      at += length;
    }
  }

  #results(values: readonly (Float64Array | undefined)[]): object {
    const typed = values.map((array, part) => {
      const like = this.#theta[part]?.array;
      return isFloat32(like) ? new Float32Array(array!) : array;
    });
    return structured(this.#form, typed);
  }
}
