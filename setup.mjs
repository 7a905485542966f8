// Installs the locked dependencies when they are missing or older than the lockfile. Plain Node:
// it runs before anything is installed.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = new URL('.', import.meta.url);
const stamp = new URL('node_modules/.didyprog-lock', root);
const lock = createHash('sha256')
  .update(readFileSync(new URL('package-lock.json', root)))
  .digest('hex');
const installed = existsSync(stamp) ? readFileSync(stamp, 'utf8') : '';

if (installed !== lock) {
  console.error('Installing the dependencies (npm ci) …');
  // The level of errors, since npm run --silent silences this npm, too.
  const { status } = spawnSync('npm ci --no-audit --no-fund --loglevel=error', {
    cwd: fileURLToPath(root),
    stdio: ['ignore', 'inherit', 'inherit'],
    shell: true,
  });
  if (status !== 0) {
    console.error('npm ci failed: nothing is installed');
    process.exit(status ?? 1);
  }
  writeFileSync(stamp, lock);
}
