// Runs before `npm pack` and `npm publish`: builds dist/ from nothing, so that it holds no file whose
// source is gone, and puts the published manifest in place. postpack.mjs undoes the latter.
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { publishManifest, restoreManifest } from './manifest.mjs';

restoreManifest();
rmSync(new URL('../dist', import.meta.url), { recursive: true, force: true });
const root = fileURLToPath(new URL('..', import.meta.url));
// What it prints would be taken for the name of the tarball.
const { status } = spawnSync('npm run --silent build', {
  cwd: root,
  shell: true,
  stdio: ['ignore', 2, 2],
});
if (status !== 0) process.exit(status ?? 1);
publishManifest();
