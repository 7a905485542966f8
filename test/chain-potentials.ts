import { randomArray, seededRandom, type OmegaName } from './path-enumeration.js';

export const OMEGAS: OmegaName[] = ['negentropy', 'l2', 'entmax15', 'hard'];

/** A chain of potentials. */
export interface Shape {
  batch: number;
  length: number;
  states: number;
  omega: OmegaName;
  gamma: number;
  scale: number;
  forbid: number;
  seed: number;
}

/** Float32 potentials of which some are forbidden, never the moves from state 0 or to it. */
export function potentials(
  n: number,
  states: number,
  { scale, forbid, seed }: Shape,
  salt: number,
) {
  const random = seededRandom(seed + salt);
  return Float32Array.from(randomArray(n, random, scale), (score, at) =>
    random() < forbid && at % states !== 0 && Math.floor(at / states) % states !== 0
      ? -Infinity
      : score,
  );
}

/** The same potentials in float64. */
export function float64<Theta extends object>(theta: Theta): Theta {
  const entries = Object.entries(theta).map(([name, part]) => [name, Float64Array.from(part)]);
  return Object.fromEntries(entries) as Theta;
}
