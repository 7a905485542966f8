import { stat } from 'node:fs/promises';
import { isAbsolute, join, resolve } from 'node:path';
import { DataError } from '../../errors.js';
import { sha256Of } from '../../read-file.js';
import { recordedData, shortSum, type Fingerprint } from '../run/data-files.js';

/** A cell with its run directory. */
interface BegunCell {
  name: string;
  path: string;
  config: unknown;
}

/**
 * Makes sure that the data files which cells of a sweep have read are still the same, before others begin:
 * the numbers of two data sets would stand in one table. A file that has moved is left to the cells.
 * @param cells those that are there
 * @throws DataError that names the first changed file, and the cells that have read it before
 */
export async function checkCellData(
  sweep: string,
  cells: readonly BegunCell[],
  dataFolder: string,
): Promise<void> {
  const now = new Map<string, string>();
  const changed = new Map<string, { file: Fingerprint; sum: string; cells: string[] }>();
  for (const { name, path, config } of cells) {
    // What is wrong with data.json, the cell says when it goes on.
    for (const file of (await recordedData(path).catch(() => undefined)) ?? []) {
      const place = await placeOf(file.name, config, dataFolder);
      if (place === undefined) continue;
      const sum = now.get(place) ?? (await sha256Of(place));
      now.set(place, sum);
      if (sum === file.sha256) continue;
      const before = changed.get(place);
      if (before) before.cells.push(name);
      else changed.set(place, { file, sum, cells: [name] });
    }
  }
  const [first] = changed.values();
  if (!first) return;
  const shown = firstNames([...new Set(first.cells)]);
  throw new DataError(
    `${first.file.name} has changed since cells of ${sweep} read it (${shown}): its SHA-256 was ` +
      `${shortSum(first.file.sha256)} and is ${shortSum(first.sum)}. Numbers on both would stand in one ` +
      `table: bring the file back; or move the folders of these cells out of ${join(sweep, 'cells')}, and ` +
      'they run again; or choose another --out',
  );
}

/** The first three names of cells: more would hide what is said of them. */
export const firstNames = (names: readonly string[]) =>
  names.slice(0, 3).join(', ') + (names.length > 3 ? ', …' : '');

/** Where a file of data.json is: as the cell's config names it, else in the data folder or the working folder. */
async function placeOf(
  name: string,
  config: unknown,
  dataFolder: string,
): Promise<string | undefined> {
  const end = `/${name.replace(/^(\.\.\/)+/, '')}`;
  const own = textsIn(config).filter(
    (text) => isAbsolute(text) && text.replaceAll('\\', '/').endsWith(end),
  );
  for (const path of [...own, join(dataFolder, name), resolve(name)]) {
    if ((await stat(path).catch(() => undefined))?.isFile()) return path;
  }
  return undefined;
}

/** All texts of a config, at any depth. */
function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [];
}
