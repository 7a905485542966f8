import { getThreads, setThreads } from '../src/kernels/module.js';

/** What a benchmark measured of one piece of work. */
export interface Measurement {
  /** What was done: 'chain negentropy, value + gradient'. */
  work: string;
  /** Sizes: 'B=32 T=50 S=19'. */
  size: string;
  /** Who did it: 'kernels', 'float64', 'TensorFlow.js wasm'. */
  by: string;
  threads: number;
  /** Best and median of the repeats, after a warm-up. */
  bestMilliseconds: number;
  medianMilliseconds: number;
  repeats: number;
  /** Nanoseconds a unit of the work, at best. */
  unit?: { name: string; nanoseconds: number };
  /** The share of a limit that was measured in the same run. */
  limit?: { name: string; share: number };
  /** A figure to compare with that was measured elsewhere. */
  published?: { name: string; milliseconds: number };
}

/** One file of benchmarks: `export const bench: Bench` in a file NAME.bench.ts. */
export interface Bench {
  /** What is compared, in a sentence. */
  title: string;
  /** How rows were measured that others than this library's kernels have. */
  notes?: string;
  /** Whether it compares with another version: runs only with --old. */
  needsOld?: boolean;
  run(report: Report, options?: { old?: string | undefined }): void | Promise<void>;
  /** Rows to draw on log-log axes: how the cost grows. */
  scaling?: (report: Report) => Scaling[] | Promise<Scaling[]>;
}

/** A panel of the scaling figure. */
export interface Scaling {
  /** What grows: 'states'. */
  axis: string;
  lines: { name: string; points: { x: number; milliseconds: number }[] }[];
}

/** Where a benchmark puts what it measures. */
export interface Report {
  readonly rows: Measurement[];
  add(row: Measurement): void;
}

export interface MeasureOptions {
  /** Milliseconds to spend on repeats; default 400. At least three are made. */
  budget?: number;
  /** Milliseconds to spend before: WebAssembly is optimised after some calls. Default 150. */
  warmUp?: number;
}

/** Times a function that may be asynchronous: best and median of repeats. */
export async function measure(
  work: () => unknown,
  { budget = 400, warmUp = 150 }: MeasureOptions = {},
): Promise<Pick<Measurement, 'bestMilliseconds' | 'medianMilliseconds' | 'repeats'>> {
  const timed = async () => {
    const start = performance.now();
    const result = work();
    if (result instanceof Promise) await result;
    return performance.now() - start;
  };
  for (let spent = 0, calls = 0; spent < warmUp || calls < 2; calls++) spent += await timed();
  const times: number[] = [];
  for (let spent = 0; spent < budget || times.length < 3;) {
    const time = await timed();
    times.push(time);
    spent += time;
  }
  times.sort((a, b) => a - b);
  return {
    bestMilliseconds: times[0]!,
    medianMilliseconds: times[times.length >> 1]!,
    repeats: times.length,
  };
}

/** Runs `work` with a number of threads and restores the one before. */
export async function withThreads<T>(count: number, work: () => T | Promise<T>): Promise<T> {
  const before = getThreads();
  setThreads(count);
  try {
    return await work();
  } finally {
    setThreads(before);
  }
}

/** Numbers in [-scale, scale) from a seed: the same in every run. */
export function numbers(length: number, scale = 1, seed = 1): Float32Array {
  let state = seed;
  return Float32Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return ((state / 2 ** 32) * 2 - 1) * scale;
  });
}
