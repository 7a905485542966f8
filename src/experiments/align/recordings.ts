import { join } from 'node:path';
import { readBach10, type Chorale } from '../../data/bach10.js';
import type { Notify } from '../../data/notices.js';
import { syntheticChorales } from '../../data/synthetic-chorales.js';
import { UsageError } from '../../errors.js';
import { extractFeatures } from '../../features/index.js';
import type { AlignConfig, FeaturesConfig } from './config.js';
import type { Recording } from './piece.js';

/**
 * Reads or generates the chorales of a config and computes their features.
 * @param dataFolder the folder that holds bach10/
 * @param notify takes a message for everything doubtful that was read all the same
 * @throws DataError when the data is missing or unreadable
 */
export async function loadRecordings(
  config: AlignConfig,
  dataFolder: string,
  notify?: Notify,
): Promise<Recording[]> {
  const chorales = await loadChorales(config.data, dataFolder, notify);
  if (chorales.length < 2) {
    throw new UsageError(`leave-one-out needs at least two pieces, not ${chorales.length}`);
  }
  return chorales.map((chorale) => ({
    chorale,
    features: featuresOf(chorale.samples, chorale.sampleRate, config.features),
  }));
}

/** Reads or generates the chorales of a config. */
export async function loadChorales(
  data: AlignConfig['data'],
  dataFolder: string,
  notify?: Notify,
): Promise<Chorale[]> {
  if (data.source === 'bach10') return readBach10(join(dataFolder, 'bach10'), notify);
  return syntheticChorales({ pieces: data.pieces, seed: data.seed });
}

/** The features that the config describes. */
export function featuresOf(
  samples: Chorale['samples'],
  sampleRate: number,
  config: FeaturesConfig,
): Recording['features'] {
  if (
    'highestHz' in config &&
    config.highestHz !== undefined &&
    config.highestHz > sampleRate / 2
  ) {
    throw new UsageError(
      `features.highestHz is ${config.highestHz}: a recording of ${sampleRate} Hz holds ` +
        `frequencies up to ${sampleRate / 2} Hz`,
    );
  }
  return extractFeatures(samples, sampleRate, config);
}
