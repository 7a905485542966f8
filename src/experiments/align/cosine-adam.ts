import type { NamedArrays } from '../../runner/checkpoint/checkpoint.js';
import type { Parameters } from './model.js';

const parts = ['weights', 'bias'] as const;
const f32 = Math.fround;
const [beta1, beta2, epsilon] = [f32(0.9), f32(0.999), f32(1e-8)];
const [rest1, rest2] = [f32(1 - 0.9), f32(1 - 0.999)];

/**
 * Adam (Kingma & Ba 2015) whose rate decays to 0 along half a cosine. Every operation is rounded to
 * float32, as TensorFlow.js' own optimiser has it: the area loss under l2 has kinks, at which the
 * last digit decides the way, and the published numbers went TensorFlow.js' way. Its state is saved
 * as it is, which TensorFlow.js does not do: it computes the powers of beta anew.
 */
export class CosineAdam {
  readonly #parameters: Parameters;
  readonly #rate: number;
  readonly #steps: number;
  #done = 0;
  /** beta1 and beta2 to the power of the next step. */
  #powers = Float32Array.of(beta1, beta2);
  readonly #moments: Record<`${keyof Parameters}.${'mean' | 'square'}`, Float32Array>;

  /** @param steps in all, of which the last has nearly the rate 0 */
  constructor(parameters: Parameters, rate: number, steps: number) {
    this.#parameters = parameters;
    this.#rate = rate;
    this.#steps = steps;
    const zeros = (part: keyof Parameters) => new Float32Array(parameters[part].length);
    this.#moments = {
      ...{ 'weights.mean': zeros('weights'), 'weights.square': zeros('weights') },
      ...{ 'bias.mean': zeros('bias'), 'bias.square': zeros('bias') },
    };
  }

  /** Updates the parameters in place. */
  step(gradient: Parameters): void {
    const rate = f32((this.#rate * (1 + Math.cos((Math.PI * this.#done) / this.#steps))) / 2);
    const [left1, left2] = [f32(1 - this.#powers[0]!), f32(1 - this.#powers[1]!)];
    for (const part of parts) {
      const [values, slopes] = [this.#parameters[part], gradient[part]];
      const [mean, square] = [this.#moments[`${part}.mean`], this.#moments[`${part}.square`]];
      for (let k = 0; k < values.length; k++) {
        const g = slopes[k]!;
        mean[k] = f32(mean[k]! * beta1) + f32(g * rest1);
        square[k] = f32(square[k]! * beta2) + f32(f32(g * g) * rest2);
        const root = f32(Math.sqrt(f32(square[k]! / left2)));
        const move = f32(f32(mean[k]! / left1) / f32(root + epsilon));
        values[k] = f32(move * -rate) + values[k]!;
      }
    }
    this.#powers = Float32Array.of(this.#powers[0]! * beta1, this.#powers[1]! * beta2);
    this.#done++;
  }

  /** What a checkpoint keeps beside the parameters. */
  state(): NamedArrays {
    return { ...this.#moments, powers: this.#powers, done: Int32Array.of(this.#done) };
  }

  /** Continues from what `state` gave. */
  restore(state: NamedArrays): void {
    for (const [name, moment] of Object.entries(this.#moments)) moment.set(state[name]!);
    this.#powers = Float32Array.from(state['powers']!);
    this.#done = state['done']![0]!;
  }
}
