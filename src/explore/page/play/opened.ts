import type { DynamicProgram, Omega, Path, Potentials, Structure } from '../../../index.js';

/** θ of the playground: a grid of numbers, row by row. */
export type Grid = Float32Array<ArrayBuffer>;

/** A path with what it is called and how probable it is. */
export interface NamedPath {
  /** As one reads it: states, letters, cells. */
  text: string;
  probability: number;
  /** The cells of the grid that it takes. */
  cells: Int32Array;
}

/** A dynamic program over a grid, under one Ω and γ. */
export interface Opened {
  /** What it runs on: 'kernels'. */
  runsOn: string;
  value(grid: Grid): number;
  /** The value and the expected path, as the grid. */
  gradient(grid: Grid): { value: number; expected: Grid };
  /** How the expected path changes where θ moves in the direction `z`. */
  product(grid: Grid, z: Grid): { directional: number; product: Grid };
  kBest(grid: Grid, k: number): NamedPath[];
  sample(grid: Grid, random: () => number): NamedPath;
}

/** How a grid becomes the potentials of a program, and its derivatives a grid again. */
export interface GridForm<S extends Structure> {
  program: DynamicProgram<S>;
  /**
   * θ of the program: linear in the grid, plus what the grid does not hold.
   * @param constants 1, or 0 for a direction, which has none
   */
  expand(grid: Grid, constants: 0 | 1): Potentials<S, Float32Array>;
  /** The transpose: what of a derivative falls to each cell. */
  collect(parts: Potentials<S, Float32Array>): Grid;
  read(path: Path): string;
}

/** The methods over a grid, from those of the library. */
export function opened<S extends Structure>(form: GridForm<S>): Opened {
  const { program, expand, collect, read } = form;
  const named = (grid: Grid, path: Path, logProbability: number): NamedPath => {
    const taken = collect(program.pathIndicator(expand(grid, 1), [path]));
    const cells = Int32Array.from(taken.keys()).filter((cell) => taken[cell]! > 0);
    return { text: read(path), probability: Math.exp(logProbability), cells };
  };
  return {
    runsOn: program.runsOn,
    value: (grid) => program.value(expand(grid, 1))[0]!,
    gradient(grid) {
      const { value, gradient } = program.gradient(expand(grid, 1));
      return { value: value[0]!, expected: collect(gradient) };
    },
    product(grid, z) {
      const { directional, product } = program.hessianProduct(expand(grid, 1), expand(z, 0));
      return { directional: directional[0]!, product: collect(product) };
    },
    kBest(grid, k) {
      const [ranked] = program.kBest(expand(grid, 1), k);
      return ranked!.map(({ path, logProbability }) => named(grid, path, logProbability));
    },
    sample(grid, random) {
      const theta = expand(grid, 1);
      const [path] = program.sample(theta, random);
      return named(grid, path!, program.logProbability(theta, [path!])[0]!);
    },
  };
}

export interface Smooth {
  omega: Omega;
  gamma: number;
}
