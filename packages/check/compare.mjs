// What it takes to install a package, beside others that one might take.
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { project } from './pack.mjs';
import { bundleSizes } from './sizes.mjs';

/** The rows of a table: packages, bytes on disk, and a page with all of it. */
export async function compared(folder, packed) {
  const tfjs = '@tensorflow/tfjs';
  const installs = [
    ['@didyprog/core', [packed.core.path]],
    [`@didyprog/layers with ${tfjs}-core`, [packed.core.path, packed.layers.path, `${tfjs}-core`]],
    ['didyprog', [packed.didyprog.path]],
    [tfjs, [tfjs]],
    ['onnxruntime-web', ['onnxruntime-web']],
    ['ml5', ['ml5']],
  ];
  const rows = [];
  for (const [name, install] of installs) {
    const at = join(folder, `compare-${rows.length}`);
    let note = '';
    try {
      project(at, { install, files: {} });
    } catch {
      // ml5's calls a tool that it does not bring along.
      project(at, { install, files: {}, more: ['--ignore-scripts'] });
      note = ', without its install script, which fails';
    }
    const { bytes, packages } = weigh(join(at, 'node_modules'));
    const from = name.split(' ')[0];
    let page;
    try {
      const { esbuild } = await bundleSizes(at, `export * from '${from}';`, ['esbuild']);
      page = (esbuild / 1000).toFixed(0);
    } catch {
      page = 'does not bundle';
    }
    rows.push(`| ${name}${note} | ${packages} | ${(bytes / 1e6).toFixed(1)} | ${page} |`);
    console.log(rows.at(-1));
  }
  return [
    '| install | packages | MB on disk | kB in a page |',
    '| --- | ---: | ---: | ---: |',
    ...rows,
  ];
}

function weigh(modules) {
  let bytes = 0;
  let packages = 0;
  for (const entry of readdirSync(modules, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) bytes += statSync(join(entry.parentPath, entry.name)).size;
    const isPackage = /node_modules(\/@[^/]+)?$/.test(entry.parentPath.replaceAll('\\', '/'));
    if (entry.isDirectory() && isPackage && !/^[.@]/.test(entry.name)) packages++;
  }
  return { bytes, packages };
}
