// Builds the page of `didyprog explore` into dist/explore/page: plain files that any web host can serve
// from any folder, and that fetch nothing from elsewhere.
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const at = (path) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  root: at('page'),
  base: './',
  logLevel: 'warn',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: at('../../dist/explore/page'),
    emptyOutDir: true,
    target: 'es2022',
    // A policy without inline scripts, and no data: URLs of code.
    assetsInlineLimit: 0,
    // The kernels lie in the bundle.
    chunkSizeWarningLimit: 3000,
    rolldownOptions: { checks: { pluginTimings: false } },
    license: { fileName: 'licenses.md' },
  },
  worker: { format: 'es' },
});
