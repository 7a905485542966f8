// What an import costs in a page, by three bundlers: minified, gzip -9, in kB of 1000 bytes.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build as esbuild } from 'esbuild';

/** What is imported from where, and the most it may cost. */
export const entries = [
  { name: 'smoothMax', from: '@didyprog/core', limit: 2 },
  { name: 'dag', from: '@didyprog/core', limit: 8.8 },
  { name: 'linearChain', from: '@didyprog/core', limit: 60 },
  { name: 'dtw', from: '@didyprog/core', limit: 45 },
  { name: 'ctc', from: '@didyprog/core', limit: 40 },
  { name: 'corpusBleu', from: '@didyprog/core/bleu', limit: 3 },
  { name: 'chunkScores', from: '@didyprog/core/chunk-scores', limit: 2 },
  { name: 'mfcc', from: '@didyprog/core/features', limit: 6 },
];

const bundlers = {
  async esbuild(input, output) {
    const options = { bundle: true, minify: true, format: 'esm', platform: 'browser' };
    await esbuild({ entryPoints: [input], outdir: output, ...options, logLevel: 'error' });
  },
  async vite(input, output, root) {
    const { build } = await import('vite');
    await build({
      ...{ root, configFile: false, logLevel: 'error' },
      build: { outDir: output, rollupOptions: { input }, modulePreload: false, target: 'es2022' },
    });
  },
  async webpack(input, output, root) {
    const { default: webpack } = await import('webpack');
    const options = { mode: 'production', context: root, entry: input, output: { path: output } };
    await new Promise((resolve, reject) => {
      webpack({ ...options, target: ['web', 'es2022'] }, (error, stats) => {
        const failed =
          error ?? (stats.hasErrors() ? new Error(stats.toString('errors-only')) : null);
        if (failed) reject(failed);
        else resolve();
      });
    });
  },
};

/** The bytes that each bundler makes of an entry file of a project, packed. */
export async function bundleSizes(root, code, by = Object.keys(bundlers)) {
  const sizes = {};
  const input = join(root, 'page.js');
  writeFileSync(input, code);
  for (const name of by) {
    const output = join(root, `bundle-${name}`);
    rmSync(output, { recursive: true, force: true });
    mkdirSync(output);
    await bundlers[name](input, output, root);
    sizes[name] = readdirSync(output, { recursive: true })
      .filter((file) => file.endsWith('.js'))
      .reduce(
        (sum, file) => sum + gzipSync(readFileSync(join(output, file)), { level: 9 }).length,
        0,
      );
  }
  return sizes;
}

/** @throws Error if a bundle for Node, of `import` or `require`, leaves out the kernels that a page does without */
export async function checkNodeBundle(root) {
  const call = "dag({ nodes: 2, edges: [[0, 1]], omega: 'l2' });";
  const codes = {
    esm: `import { dag } from '@didyprog/core';\nexport const { runsOn } = ${call}`,
    cjs: `const { dag } = require('@didyprog/core');\nexports.runsOn = ${call.replace(';', '.runsOn;')}`,
  };
  for (const [format, contents] of Object.entries(codes)) {
    const outfile = join(root, 'for-node', format === 'esm' ? 'main.mjs' : 'main.cjs');
    const stdin = { contents, resolveDir: root };
    await esbuild({ stdin, bundle: true, platform: 'node', format, outfile });
    const { runsOn } = await import(pathToFileURL(outfile).href);
    if (runsOn !== 'graph kernels')
      throw new Error(`dag in a bundle for Node, ${format}: ${runsOn}`);
  }
  console.log('dag in a bundle for Node: on the graph kernels');
}

/**
 * Measures every entry in a project that has the core package: by esbuild, and the first so many also by
 * the others.
 * @returns the rows of the table
 * @throws Error that names what is larger than its limit
 */
export async function checkSizes(root, byAll) {
  const rows = [];
  const large = [];
  for (const [at, { name, from, limit }] of entries.entries()) {
    const by = at < byAll ? undefined : ['esbuild'];
    const sizes = await bundleSizes(
      root,
      `import { ${name} } from '${from}';\nglobalThis.x = ${name};`,
      by,
    );
    const shown = Object.values(sizes).map((size) => (size / 1000).toFixed(1));
    rows.push(`| \`${name}\` | \`${from}\` | ${shown.join(' | ')} | ${limit} |`);
    console.log(rows.at(-1));
    if (Math.max(...Object.values(sizes)) > 1000 * limit)
      large.push(`${name} (${shown.join(', ')} kB)`);
  }
  if (large.length > 0) throw new Error(`larger than its limit: ${large.join('; ')}`);
  return [
    `| import | from | ${Object.keys(bundlers).join(' | ')} | limit |`,
    '| --- | --- | ---: | ---: | ---: | ---: |',
    ...rows,
  ];
}
