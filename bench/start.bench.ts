import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Bench } from './harness.js';

const dist = (file: string) => new URL(`../../dist/${file}`, import.meta.url);
const main = fileURLToPath(dist('cli/main.js'));
const importing = (file: string) => ['-e', `import('${dist(file).href}')`];

/** What starts, and the words after `node`. */
const starts: Record<string, readonly string[]> = {
  'an empty program': ['-e', '0'],
  'import of @didyprog/core': importing('../dist-packages/core/dist/bundled/node.js'),
  'import of didyprog': importing('bundled/node.js'),
  'import of didyprog/layers': importing('bundled/layers-index.js'),
  'didyprog --help': [main, '--help'],
  'didyprog train ner --help': [main, 'train', 'ner', '--help'],
  'didyprog train ner --print-config': [main, 'train', 'ner', '--print-config'],
  'didyprog tag, of a run that is not there': [main, 'tag', 'no-such-run', 'word'],
  'didyprog doctor': [main, 'doctor'],
};
const repeats = 15;

export const bench: Bench = {
  title: 'From the start of Node to the end of a process that has little to do',
  run(report) {
    const times = new Map(Object.keys(starts).map((name) => [name, [] as number[]]));
    // In turn, so that a busy moment of the machine meets all of them.
    for (let round = 0; round < repeats; round++) {
      for (const [name, words] of Object.entries(starts)) {
        const start = performance.now();
        const { error } = spawnSync(process.execPath, words, { stdio: 'ignore' });
        if (error) throw error;
        times.get(name)!.push(performance.now() - start);
      }
    }
    for (const [work, all] of times) {
      all.sort((a, b) => a - b);
      report.add({
        ...{ work, size: '1 process', by: `Node ${process.versions.node}`, threads: 1, repeats },
        ...{ bestMilliseconds: all[0]!, medianMilliseconds: all[repeats >> 1]! },
      });
    }
  },
};
