import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Bench, Report } from './harness.js';

const dist = (file: string) => new URL(`../../dist/${file}`, import.meta.url);
const main = fileURLToPath(dist('cli/main.js'));
const importing = (file: string) => ['-e', `import('${dist(file).href}')`];

/** The first gradient of a process, as the process itself times it. */
const firstGradient = `
const { factoredChain } = await import('${dist('bundled/node.js').href}');
const theta = { unary: new Float32Array(32 * 50 * 19), transition: new Float32Array(19 * 19) };
const start = performance.now();
factoredChain({ batch: 32, positions: 50, states: 19, omega: 'negentropy' }).gradient(theta);
console.log(performance.now() - start);`;

interface Start {
  work: string;
  /** The words after `node`. */
  words: readonly string[];
  threads?: number;
  /** Whether the process prints the milliseconds that count. */
  timesItself?: true;
}

const starts: readonly Start[] = [
  { work: 'an empty program', words: ['-e', '0'] },
  {
    work: 'import of @didyprog/core',
    words: importing('../dist-packages/core/dist/bundled/node.js'),
  },
  { work: 'import of didyprog', words: importing('bundled/node.js') },
  { work: 'import of didyprog/layers', words: importing('bundled/layers-index.js') },
  { work: 'didyprog --help', words: [main, '--help'] },
  { work: 'didyprog train ner --help', words: [main, 'train', 'ner', '--help'] },
  { work: 'didyprog train ner --print-config', words: [main, 'train', 'ner', '--print-config'] },
  {
    work: 'didyprog tag, of a run that is not there',
    words: [main, 'tag', 'no-such-run', 'word'],
  },
  { work: 'didyprog doctor', words: [main, 'doctor'] },
  ...[1, 2].map((threads) => ({
    work: 'first gradient of a process, factored chain B=32 T=50 S=19',
    words: ['--input-type=module', '-e', firstGradient],
    ...{ threads, timesItself: true as const },
  })),
];
const repeats = 15;

/** Rows of processes that start, in turn, so that a busy moment of the machine meets all of them. */
export function measureStarts(report: Report): void {
  const times = starts.map((): number[] => []);
  for (let round = 0; round < repeats; round++) {
    starts.forEach(({ words, threads, timesItself }, at) => {
      const env = { ...process.env, ...(threads && { DIDYPROG_THREADS: String(threads) }) };
      const start = performance.now();
      const { error, stdout } = spawnSync(process.execPath, words, { encoding: 'utf8', env });
      if (error) throw error;
      times[at]!.push(timesItself ? Number(stdout) : performance.now() - start);
    });
  }
  starts.forEach(({ work, threads = 1 }, at) => {
    const all = times[at]!.sort((a, b) => a - b);
    report.add({
      ...{ work, size: '1 process', by: `Node ${process.versions.node}`, threads, repeats },
      ...{ bestMilliseconds: all[0]!, medianMilliseconds: all[repeats >> 1]! },
    });
  });
}

export const bench: Bench = {
  title: 'From the start of Node to the end of a process that has little to do',
  run: measureStarts,
};
