import { join } from 'node:path';
import { readBach10, type Chorale } from '../../data/readers/bach10.js';
import type { Notify } from '../../data/readers/notices.js';
import { syntheticChorales } from '../../data/synthetic/chorales.js';
import { DataError } from '../../errors.js';
import type { DataFiles } from '../../runner/run/data-files.js';
import type { AlignConfig } from './config.js';
import type { Recording } from './piece.js';
import { featuresOf, rangedFeatures } from './recording-features.js';

/**
 * Reads or generates the chorales of a config and computes their features.
 * @param files where bach10/ is; the files that are read are noted in it
 * @param notify takes a message for everything doubtful that was read all the same
 * @throws DataError when the data is missing or unreadable
 */
export async function loadRecordings(
  config: AlignConfig,
  files: DataFiles,
  notify?: Notify,
): Promise<Recording[]> {
  const chorales = await loadChorales(config.data, files, notify);
  if (chorales.length < 2) {
    throw new DataError(
      `leave-one-out needs at least two pieces: in ${join(files.folder, 'bach10')} there is ` +
        `${chorales.length}`,
    );
  }
  for (const { name, events } of chorales) {
    // The first event is not measured: the path’s start fixes its place.
    if (events.length < 2) {
      throw new DataError(
        `${join(files.folder, 'bach10', name, `${name}.txt`)}: one event: at least two are expected`,
      );
    }
  }
  const features = rangedFeatures(config.features, chorales);
  return chorales.map((chorale) => ({
    chorale,
    features: featuresOf(chorale.samples, chorale.sampleRate, features, chorale.name),
  }));
}

export async function loadChorales(
  data: AlignConfig['data'],
  files: DataFiles,
  notify?: Notify,
): Promise<Chorale[]> {
  if (data.source === 'files') {
    // Loaded when called: it aligns recordings itself.
    const { readOwnRecordings } = await import('./own-recordings.js');
    return readOwnRecordings(data.folder, files, { notify });
  }
  if (data.source !== 'bach10') {
    const { pieces, seed, events } = data;
    return syntheticChorales({ pieces, seed, ...(events !== undefined && { events }) });
  }
  const folder = join(files.folder, 'bach10');
  const chorales = await readBach10(folder, notify);
  for (const { name } of chorales) {
    for (const file of [`${name}.wav`, `${name}.txt`]) files.note(join(folder, name, file), file);
  }
  return chorales;
}
