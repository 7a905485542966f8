// `npm run test:long`: the tests that take half a minute a file.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const vitest = fileURLToPath(new URL('../node_modules/vitest/vitest.mjs', import.meta.url));
const env = { ...process.env, DIDYPROG_TEST: 'long' };
const { status } = spawnSync(process.execPath, [vitest, 'run'], { stdio: 'inherit', env });
process.exit(status ?? 1);
