// `npm run check:package`: packs the three packages, looks at them with publint and attw, installs them
// into fresh projects, compiles, runs and bundles those, and measures what an import costs in a page.
// With --essential, as in `npm test`, without pages in Chromium, the layers in a project of their own
// and bundlers but esbuild. With --compare also the sizes of other libraries, which it downloads, and all
// go to docs/sizes.md.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkPages } from './chromium.mjs';
import { compared } from './compare.mjs';
import { checkExamples, writeExamples } from './examples.mjs';
import { pack, project, root, run, tryProject } from './pack.mjs';
import { bundleSizes, checkNodeBundle, checkSizes, entries } from './sizes.mjs';

const node = process.execPath;
const bin = (name) => join(root, 'node_modules', name);
/** Unpacked, as the README says. */
const mostCoreBytes = 2e6;
const mega = (bytes) => `${(bytes / 1e6).toFixed(2)} MB`;
/** The TypeScript that tools read programs with, and the one that compiles: users have both. */
const compilers = { 6: 'typescript/bin/tsc', 7: 'typescript-7/bin/tsc' };
const tsc = (folder, version) => run(node, [bin(compilers[version]), '-p', folder]);

const example = (core, layers) => `
import * as tf from '@tensorflow/tfjs';
import { linearChain, smoothMax } from '${core}';
import { corpusBleu } from '${core}/bleu';
import { maxLayer } from '${layers}';

const { argmax } = smoothMax(Float64Array.of(1, 2, 0), { omega: 'l2' });
const chain = linearChain({ batch: 1, time: 1, states: 2, omega: 'negentropy' });
const value = maxLayer(chain, tf.zeros([1, 1, 2, 2])).dataSync()[0]!;
const { score } = corpusBleu(['a b c d'], ['a b c d'], { tokenize: 'none' });
if (argmax[1] !== 1 || Math.abs(value - Math.log(4)) > 1e-6 || score < 99 || chain.runsOn !== 'kernels') {
  throw new Error(JSON.stringify([argmax, value, score, chain.runsOn]));
}
`;
const tsconfig = (module, more = {}) =>
  JSON.stringify({
    compilerOptions: {
      ...{ module, target: 'ES2022', strict: true, types: [], lib: ['ES2023', 'DOM'] },
      ...{ skipLibCheck: true, ...more },
    },
  });

const folder = mkdtempSync(join(tmpdir(), 'didyprog-package-'));
try {
  const full = process.argv.includes('--compare');
  const essential = process.argv.includes('--essential');
  const packed = pack(folder);
  for (const [name, { filename, files, unpackedSize, path }] of Object.entries(packed)) {
    const size = `${filename}: ${files.length} files, ${mega(unpackedSize)}`;
    run(node, [bin('publint/src/cli.js'), path, '--strict']);
    // What fetches its kernels is for `import` alone.
    const rules = ['--profile', 'node16', '--exclude-entrypoints', './fetch'];
    run(node, [bin('@arethetypeswrong/cli/dist/index.js'), path, ...rules]);
    console.log(`${size}; publint and attw: nothing to say of ${name}`);
  }
  if (packed.core.unpackedSize > 2 * 2 ** 20)
    throw new Error('@didyprog/core is larger than 2 MiB');

  const whole = join(folder, 'whole');
  const reached = tryProject(whole, {
    install: [packed.didyprog.path],
    files: {
      'tsconfig.json': tsconfig('NodeNext'),
      'main.ts': `${example('didyprog', 'didyprog/layers')}
import { chooseEngine } from 'didyprog/engine';
await chooseEngine();`,
    },
  });
  if (reached) {
    writeExamples(whole);
    tsc(whole, 7);
    if (!essential) tsc(whole, 6);
    run(node, ['main.js'], whole);
    const runner = `import { runExamples } from './run-examples.js';
const results = await runExamples();
process.stdout.write('\\n' + JSON.stringify(results));`;
    const said = run(node, ['--input-type=module', '-e', runner], whole);
    checkExamples('Node', JSON.parse(said.split('\n').at(-1)));
    run(node, ['node_modules/didyprog/dist/cli/main.js', 'doctor'], whole);
    console.log('didyprog in a NodeNext project: compiles and runs, the command line too');
    if (!essential) {
      // By require, and from another folder than the project's.
      const engine = join(whole, 'node_modules/didyprog/dist/cjs/engine/index.js');
      const wasm = "await m.chooseEngine({ backend: 'wasm' })";
      const code = `(async () => { const m = require(${JSON.stringify(engine)}); ${wasm}; })()`;
      run(node, ['-e', code], tmpdir());
      await checkPages(whole);
    }
  }
  const parts = join(folder, 'parts');
  const alsoReached =
    reached &&
    !essential &&
    tryProject(parts, {
      install: [packed.core.path, packed.layers.path, '@tensorflow/tfjs@4.20.0'],
      files: {
        'tsconfig.json': tsconfig('ESNext', { moduleResolution: 'bundler' }),
        'main.ts': example('@didyprog/core', '@didyprog/layers'),
      },
    });
  if (alsoReached) {
    tsc(parts, 6);
    run(node, ['main.js'], parts);
    const copies = run('npm', ['ls', '@tensorflow/tfjs-core', '--all', '--parseable'], parts);
    if (copies.trim().split('\n').length !== 1) throw new Error(`two copies:\n${copies}`);
    const [tfjs] = Object.values(
      await bundleSizes(
        parts,
        "import { maxLayer } from '@didyprog/layers'; globalThis.x = maxLayer;",
      ),
    );
    console.log(
      `the layers with TensorFlow.js 4.20: one copy of it; a page with maxLayer ${tfjs / 1000} kB`,
    );
  }
  const core = join(folder, 'core');
  const common = `const core = require('@didyprog/core');
const { gradient } = core.linearChain({ batch: 1, time: 1, states: 2, omega: 'l2' }).gradient(
  Float32Array.of(1, 0, 0, 2));
if (gradient[3] !== 1) throw new Error(gradient.join());`;
  if (packed.core.unpackedSize > mostCoreBytes) {
    const { unpackedSize } = packed.core;
    throw new Error(`core has ${unpackedSize} bytes unpacked: more than ${mostCoreBytes}`);
  }
  project(core, { install: [packed.core.path], files: { 'main.cjs': common } });
  run(node, ['main.cjs'], core);
  // The types need neither those of a page nor Node's; `node10` is how TypeScript 5 resolves for CommonJS.
  const bare = { lib: ['ES2022'], skipLibCheck: false };
  for (const [module, version, more] of [
    ['node16', 6],
    ['node18', 7],
    ['commonjs', 6, { moduleResolution: 'node10', ignoreDeprecations: '6.0' }],
  ]) {
    const text = `import { dag, type DagOptions } from '@didyprog/core';
import { corpusBleu } from '@didyprog/core/bleu';
import type * as internal from '@didyprog/core/internal';
export type Smoothing = internal.Smoothing;
const o: DagOptions = { nodes: 2, edges: [[0, 1]], omega: 'l2' };
export const d = [dag(o), corpusBleu(['a'], ['a'], { tokenize: 'none' })];
`;
    writeFileSync(join(core, 'main.cts'), text);
    writeFileSync(join(core, 'other.ts'), text);
    writeFileSync(join(core, 'tsconfig.json'), tsconfig(module, { ...bare, ...more }));
    tsc(core, version);
  }
  console.log(
    'core by require, and with node16 and node10 of TypeScript 6 and node18 of 7: runs and compiles',
  );
  await checkNodeBundle(core);
  const table = await checkSizes(core, full ? entries.length : essential ? 0 : 3);

  if (full) {
    const sizes = await compared(folder, packed);
    const text = [
      '# What it costs',
      '',
      `Written by \`npm run check:package -- --compare\`, with Node ${process.version}. An import in a page by three`,
      'bundlers, minified and packed by `gzip -9`, in kB; above the limit the check fails.',
      '',
      ...table,
      '',
      'Installed with all dependencies, and everything that the package exports in one page (esbuild):',
      '',
      ...sizes,
      '',
    ];
    writeFileSync(join(root, 'docs/sizes.md'), text.join('\n'));
    run(node, [bin('oxfmt/bin/oxfmt'), 'docs/sizes.md']);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
