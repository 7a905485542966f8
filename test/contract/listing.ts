import type { Path, RankedPath, RealArray, Smoothing } from '../../src/index.js';
import type { ReferenceGraph } from './reference.js';

/** A part of theta: '' for a bare array; its size is that of one item, or of all if they share it. */
export interface ListedPart {
  name: string;
  size: number;
  shared?: boolean;
}

/**
 * What the suite needs to know of a program: a small instance, and the graph of each of its items
 * written out by hand. The entries of an item's flat potentials are those of its parts, in order.
 */
export interface Listing {
  name: string;
  parts: ListedPart[];
  graphs: ReferenceGraph[];
  /** The program, and its options but for the smoothing. */
  program: (options: never) => object;
  options: object;
}

/** The program of a listing. */
export function create({ program, options }: Listing, smoothing: Smoothing): AnyProgram {
  return (program as (options: object) => AnyProgram)({ ...options, ...smoothing });
}

/** Potentials in the structure that a program takes. */
export type Theta = RealArray | Record<string, RealArray>;
/** A program over any structure: the contract, but for the precision of results. */
export interface AnyProgram {
  readonly sense: 1 | -1;
  value(theta: Theta): RealArray;
  gradient(theta: Theta, target?: Theta): { value: RealArray; gradient: Theta };
  hessianProduct(
    theta: Theta,
    z: Theta,
    targets?: { gradient?: Theta; product?: Theta },
  ): { value: RealArray; gradient: Theta; directional: RealArray; product: Theta };
  argmax(theta: Theta): Path[];
  sample(theta: Theta, random: () => number): Path[];
  kBest(theta: Theta, k: number): RankedPath[][];
  logProbability(theta: Theta, paths: Path[]): RealArray;
  pathRegularisation(y: Path[] | Theta): Float64Array;
  pathIndicator(theta: Theta, paths: Path[]): Theta;
}

/** Draws potentials of a listing: one number after the other. */
export function drawTheta({ parts, graphs }: Listing, next: () => number): Theta {
  const arrays = parts.map(({ name, size, shared }) => {
    const length = shared ? size : graphs.length * size;
    return [name, Float64Array.from({ length }, next)] as const;
  });
  return parts[0]!.name === '' ? arrays[0]![1] : Object.fromEntries(arrays);
}

/** The arrays of potentials, in the order of a listing's parts. */
export function arraysIn({ parts }: Listing, theta: Theta): RealArray[] {
  return parts.map(({ name }) =>
    name === '' ? (theta as RealArray) : (theta as Record<string, RealArray>)[name]!,
  );
}

/** Potentials with every entry changed. */
export function mapTheta<T extends Theta>(
  listing: Listing,
  theta: T,
  change: (value: number, part: number, at: number) => number,
): T {
  const arrays = arraysIn(listing, theta).map((array, part) =>
    array.map((value: number, at: number) => change(value, part, at)),
  );
  if (listing.parts[0]!.name === '') return arrays[0] as T;
  return Object.fromEntries(listing.parts.map(({ name }, part) => [name, arrays[part]])) as T;
}

/** Where an entry of an item's flat potentials is. */
export function placeOf({ parts }: Listing, item: number, entry: number) {
  let at = entry;
  for (const [part, { size, shared }] of parts.entries()) {
    if (at < size) return { part, at: shared ? at : item * size + at };
    at -= size;
  }
  throw new Error(`no entry ${entry}`);
}

/** One item's flat potentials. */
export function flatOf(listing: Listing, theta: Theta, item: number): number[] {
  const arrays = arraysIn(listing, theta);
  const size = listing.parts.reduce((sum, part) => sum + part.size, 0);
  return Array.from({ length: size }, (_, entry) => {
    const { part, at } = placeOf(listing, item, entry);
    return arrays[part]![at]!;
  });
}

/** Flat numbers of every item, added up in theta's structure. */
export function gather(listing: Listing, flat: number[][]): Float64Array[] {
  const arrays = listing.parts.map(
    ({ size, shared }) => new Float64Array(shared ? size : flat.length * size),
  );
  flat.forEach((values, item) =>
    values.forEach((value, entry) => {
      const { part, at } = placeOf(listing, item, entry);
      arrays[part]![at]! += value;
    }),
  );
  return arrays;
}
