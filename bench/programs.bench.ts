import { spawnSync } from 'node:child_process';
import {
  ctc,
  dtw,
  dtwDivergence,
  defineProgram,
  pairwiseAlignment,
  semiMarkov,
  type Graph,
} from '../src/index.js';
import {
  measure,
  numbers,
  withThreads,
  type Bench,
  type Measurement,
  type Report,
} from './harness.js';
import { plainAlignment, plainCtc, plainSemiMarkov, plainSoftDtw } from './plain-programs.js';

const omegas = ['negentropy', 'l2', 'entmax15', 'hard'] as const;
type Omega = (typeof omegas)[number];

/** Someone who does the work; the values are compared with the first one's. */
interface Worker {
  by: string;
  threads: number;
  run(): { value: ArrayLike<number> };
}

async function compare(
  report: Report,
  { work, size, unit }: { work: string; size: string; unit: { name: string; count: number } },
  workers: readonly Worker[],
): Promise<void> {
  const expected = workers[0]!.run().value;
  for (const { by, threads, run } of workers) {
    const { value } = run();
    for (let item = 0; item < expected.length; item++) {
      const apart = Math.abs(value[item]! - expected[item]!);
      if (!(apart <= 1e-3 * Math.max(1, Math.abs(expected[item]!)))) {
        throw new Error(`${work}, ${by}: value ${value[item]}, expected ${expected[item]}`);
      }
    }
    const times = await withThreads(threads, () => measure(run));
    const nanoseconds = (times.bestMilliseconds * 1e6) / unit.count;
    report.add({
      ...{ work, size, by, threads, ...times },
      unit: { name: unit.name, nanoseconds },
    });
  }
}

const title = (name: string, omega: Omega) => `${name} ${omega}, value + gradient`;
const doubles = <T extends Record<string, Float32Array>>(theta: T) =>
  Object.fromEntries(
    Object.entries(theta).map(([name, array]) => [name, Float64Array.from(array)]),
  ) as { [Part in keyof T]: Float64Array };

async function benchCtc(report: Report, omega: Omega): Promise<void> {
  const [batch, time, classes, length] = [32, 200, 64, 40];
  const draws = numbers(batch * length, 0.5, 3);
  const labels = Array.from({ length: batch }, (_, item) =>
    Array.from(draws.subarray(item * length, (item + 1) * length), (x) =>
      Math.min(classes - 1, 1 + Math.floor((x + 0.5) * (classes - 1))),
    ),
  );
  const sizes = { batch, time, classes, labels };
  const theta = numbers(batch * time * classes, 2);
  const states = (item: number) => [0, ...labels[item]!.flatMap((label) => [label, 0])];
  const program = ctc({ ...sizes, omega });
  const own = () => program.gradient(theta);
  const work = { work: title('CTC', omega), size: `B=${batch} T=${time} C=${classes} L=${length}` };
  const unit = { name: 'state', count: batch * time * (2 * length + 1) };
  const workers: Worker[] = [1, 2].map((threads) => ({ by: 'kernels', threads, run: own }));
  if (omega === 'negentropy') {
    const graph = (item: number): Graph => {
      const own = states(item);
      const n = own.length;
      return {
        nodes: 2 + time * n,
        into(node) {
          if (node === 1 + time * n) return [[node - 1], [node - 2]];
          const [t, s] = [Math.floor((node - 1) / n), (node - 1) % n];
          const entry = t * classes + own[s]!;
          if (t === 0) return s < 2 ? [[0, entry]] : [];
          const from = [s, s - 1, ...(own[s] === own[s - 2] ? [] : [s - 2])].filter((x) => x >= 0);
          return from.map((before) => [1 + (t - 1) * n + before, entry] as const);
        },
      };
    };
    const byGraph = defineProgram({ batch, potentials: [time, classes], graph, omega });
    const exact = Float64Array.from(theta);
    workers.push(
      { by: 'graph kernels', threads: 1, run: () => byGraph.gradient(theta) },
      { by: 'float64', threads: 1, run: () => program.gradient(exact) },
      {
        by: 'plain JavaScript',
        threads: 1,
        run: () => plainCtc(theta, [batch, time, classes], labels),
      },
    );
  }
  await compare(report, { ...work, unit }, workers);
}

async function benchSemiMarkov(report: Report, omega: Omega): Promise<void> {
  const [batch, positions, states, maxDuration] = [8, 200, 16, 20];
  const program = semiMarkov({ batch, positions, states, maxDuration, omega });
  const theta = {
    segment: numbers(batch * positions * maxDuration * states, 2, 1),
    transition: numbers(states * states, 2, 2),
  };
  const size = `B=${batch} T=${positions} S=${states} D=${maxDuration}`;
  const unit = { name: 'edge', count: batch * positions * states * (maxDuration + states) };
  const run = () => program.gradient(theta);
  const workers: Worker[] = [1, 2].map((threads) => ({ by: 'kernels of graphs', threads, run }));
  if (omega === 'negentropy') {
    const exact = doubles(theta);
    const axes = [batch, positions, maxDuration, states] as const;
    workers.push(
      { by: 'float64', threads: 1, run: () => program.gradient(exact) },
      {
        ...{ by: 'plain JavaScript', threads: 1 },
        run: () => plainSemiMarkov(theta.segment, theta.transition, axes),
      },
    );
  }
  await compare(report, { work: title('semi-Markov', omega), size, unit }, workers);
}

async function benchAlignment(report: Report, mode: 'global' | 'local', omega: Omega) {
  const [batch, rows, cols] = [8, 500, 500];
  const program = pairwiseAlignment({ batch, rows, cols, mode, omega });
  const theta = {
    match: numbers(batch * rows * cols, 2),
    gapOpen: new Float32Array(batch).fill(-2),
    gapExtend: new Float32Array(batch).fill(-0.5),
  };
  const unit = { name: 'cell', count: batch * rows * cols };
  const run = () => program.gradient(theta);
  const workers: Worker[] = [1, 2].map((threads) => ({ by: 'kernels', threads, run }));
  if (omega === 'negentropy') {
    const exact = doubles(theta);
    const plain = () =>
      plainAlignment(theta.match, [-2, -0.5], [batch, rows, cols], mode === 'local');
    workers.push(
      { by: 'float64', threads: 1, run: () => program.gradient(exact) },
      { by: 'plain JavaScript', threads: 1, run: plain },
    );
  }
  const work = { work: title(`${mode} alignment`, omega), size: `B=${batch} ${rows}×${cols}` };
  await compare(report, { ...work, unit }, workers);
}

async function benchDivergence(report: Report): Promise<void> {
  const [batch, rows, cols, depth] = [16, 200, 200, 8];
  const sizes = { batch, rows, cols, omega: 'negentropy' } as const;
  const x = numbers(batch * rows * depth, 1, 1);
  const y = numbers(batch * cols * depth, 1, 2);
  const pairs = [
    [x, y],
    [x, x],
    [y, y],
  ] as const;
  const join = (values: ArrayLike<number>[]) =>
    Float64Array.from(
      { length: batch },
      (_, item) => values[0]![item]! - (values[1]![item]! + values[2]![item]!) / 2,
    );
  const divergence = dtwDivergence(sizes);
  const one = dtw(sizes);
  const run = () => divergence.gradient({ rowFeatures: x, colFeatures: y });
  const calls = () => ({
    value: join(
      pairs.map(([rowFeatures, colFeatures]) => one.gradient({ rowFeatures, colFeatures }).value),
    ),
  });
  const plain = () => ({
    value: join(pairs.map(([a, b]) => plainSoftDtw(a, b, [batch, rows, cols, depth]).value)),
  });
  await compare(
    report,
    {
      ...{
        work: title('DTW divergence', 'negentropy'),
        size: `B=${batch} ${rows}×${cols} d=${depth}`,
      },
      unit: { name: 'cell', count: 3 * batch * rows * cols },
    },
    [
      { by: 'kernels', threads: 1, run },
      { by: 'kernels', threads: 2, run },
      { by: 'three calls of dtw', threads: 1, run: calls },
      { by: 'plain JavaScript', threads: 1, run: plain },
    ],
  );
}

/** What Python libraries take for the same work and sizes, of those that are installed. */
function benchPython(report: Report): void {
  const python = process.env['PYTHON'] ?? 'python3';
  const { stdout, stderr, error } = spawnSync(python, ['bench/programs-peers.py'], {
    encoding: 'utf8',
  });
  console.error(
    error ? `${python}: ${error.message}; no Python library is measured` : stderr.trim(),
  );
  for (const line of (stdout ?? '').split('\n').filter((text) => text.startsWith('{'))) {
    report.add(JSON.parse(line) as Measurement);
  }
}

export const bench: Bench = {
  title: 'CTC, semi-Markov models, alignments and the divergence beside what else does them',
  notes:
    'Rows of Python libraries are measured on the same machine right after the others, by ' +
    'bench/programs-peers.py ($PYTHON, default python3) with what is installed there: float32 inputs of ' +
    'the same sizes and ranges, two threads, best and median of the repeats of a second after a first ' +
    'call that compiles. float64 is this library’s definition, plain JavaScript a loop written out for ' +
    'the benchmark.',
  async run(report) {
    for (const omega of omegas) await benchCtc(report, omega);
    for (const omega of omegas) await benchSemiMarkov(report, omega);
    for (const mode of ['global', 'local'] as const) {
      for (const omega of omegas) await benchAlignment(report, mode, omega);
    }
    await benchDivergence(report);
    benchPython(report);
  },
};
