// `npm run check:package`: packs the package, looks at it with publint and attw, installs it into
// fresh projects, runs them there and bundles them.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { pack, project, root, run } from './pack.mjs';

const node = process.execPath;
const folder = mkdtempSync(join(tmpdir(), 'didyprog-package-'));
try {
  const packed = pack(folder);
  const holds = new Set(packed.files.map(({ path }) => path));
  for (const path of ['dist/index.js', 'dist/index.d.ts', 'dist/cli/main.js', 'LICENSE']) {
    if (!holds.has(path)) throw new Error(`the tarball has no ${path}`);
  }
  console.log(
    `packed: ${packed.filename}, ${packed.files.length} files, ${mega(packed.unpackedSize)}`,
  );

  const bin = (name) => join(root, 'node_modules', name);
  run(node, [bin('publint/src/cli.js'), packed.path, '--strict']);
  console.log('publint: nothing to say');
  run(node, [bin('@arethetypeswrong/cli/dist/index.js'), packed.path, '--profile', 'esm-only']);
  console.log('attw: nothing to say');

  const stranger = join(folder, 'nodenext');
  project(stranger, {
    install: [packed.path],
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
