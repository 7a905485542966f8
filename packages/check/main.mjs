// `npm run check:package`: packs the package, looks at it with publint and attw, installs it into
// fresh projects, runs them there and bundles them.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { pack, project, root, run } from './pack.mjs';

const node = process.execPath;
const bin = (name) => join(root, 'node_modules', name);
const folder = mkdtempSync(join(tmpdir(), 'didyprog-package-'));
try {
  const packed = pack(folder);
  for (const [name, { filename, files, unpackedSize, path }] of Object.entries(packed)) {
    console.log(`${filename}: ${files.length} files, ${mega(unpackedSize)}`);
    run(node, [bin('publint/src/cli.js'), path, '--strict']);
    // What fetches its kernels awaits at its top, and so is not for `require`.
    const rules = ['--profile', 'node16', '--exclude-entrypoints', './fetch'];
    run(node, [bin('@arethetypeswrong/cli/dist/index.js'), path, ...rules]);
    console.log(`${name}: publint and attw have nothing to say`);
  }
  if (packed.core.unpackedSize > 2e6) throw new Error('@didyprog/core is larger than 2 MB');

  const stranger = join(folder, 'nodenext');
  project(stranger, {
    install: [packed.didyprog.path],
    files: {
      'tsconfig.json': JSON.stringify({
        compilerOptions: {
          ...{ module: 'NodeNext', target: 'ES2022', strict: true, types: [] },
          ...{ lib: ['ES2023', 'DOM'], skipLibCheck: true },
        },
      }),
      'main.ts': `
import * as tf from '@tensorflow/tfjs';
import { linearChain, smoothMax } from 'didyprog';
import { chooseEngine } from 'didyprog/engine';
import { maxLayer } from 'didyprog/layers';

const { argmax } = smoothMax(Float64Array.of(1, 2, 0), { omega: 'l2' });
await chooseEngine();
const chain = linearChain({ batch: 1, time: 1, states: 2, omega: 'negentropy' });
const value = maxLayer(chain, tf.zeros([1, 1, 2, 2])).dataSync()[0]!;
if (argmax[1] !== 1 || Math.abs(value - Math.log(4)) > 1e-6) throw new Error(String(value));
`,
    },
  });
  run(node, [bin('typescript/bin/tsc'), '-p', stranger]);
  run(node, ['main.js'], stranger);
  run(join(stranger, 'node_modules/.bin/didyprog'), ['doctor'], stranger);
  console.log('a NodeNext project: compiles and runs');

  const entry = "import { linearChain } from 'didyprog';\nglobalThis.chain = linearChain;";
  await build({
    stdin: { contents: entry, resolveDir: stranger },
    ...{ bundle: true, minify: true, format: 'esm', platform: 'browser', write: false },
  });
  console.log('esbuild: bundles');
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function mega(bytes) {
  return `${(bytes / 1e6).toFixed(2)} MB`;
}
