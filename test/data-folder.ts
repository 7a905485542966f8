import { existsSync } from 'node:fs';
import { resolve } from 'node:path';

/**
 * Where the real data sets would be: DIDYPROG_DATA, or shared/data beside the repository. Tests
 * that use them are skipped when they are not there, and say this path.
 */
export function dataFolder(): string {
  return resolve(process.env['DIDYPROG_DATA'] ?? resolve(process.cwd(), '../shared/data'));
}

/** Where a data set would be, whether it is there, and what to add to a test's title. */
export function dataSet(name: string): { folder: string; missing: boolean; note: string } {
  const folder = resolve(dataFolder(), name);
  const missing = !existsSync(folder);
  return { folder, missing, note: missing ? ` (skipped: no ${folder})` : '' };
}
