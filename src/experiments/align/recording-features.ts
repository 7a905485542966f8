import { UsageError } from '../../errors.js';
import { extractFeatures } from '../../features/index.js';
import type { FeaturesConfig } from './config.js';
import type { Recording } from './piece.js';

/**
 * The features with the frequency to which their bands reach: where none is named, half the lowest sample
 * rate. Bands that reach to half of each recording's own would be others at another rate.
 */
export function rangedFeatures(
  config: FeaturesConfig,
  recordings: readonly { sampleRate: number }[],
): FeaturesConfig {
  if (!isOpenAbove(config)) return config;
  return { ...config, highestHz: Math.min(...recordings.map((one) => one.sampleRate)) / 2 };
}

/** Whether the features have bands that reach to half the sample rate, whatever it is. */
export const isOpenAbove = (
  config: FeaturesConfig,
): config is Extract<FeaturesConfig, { kind: 'mfcc' | 'mel' }> =>
  (config.kind === 'mfcc' || config.kind === 'mel') && config.highestHz === undefined;

/** The features that the config describes. @param name what messages call the recording */
export function featuresOf(
  samples: Recording['chorale']['samples'],
  sampleRate: number,
  config: FeaturesConfig,
  name: string,
): Recording['features'] {
  if (
    'highestHz' in config &&
    config.highestHz !== undefined &&
    config.highestHz > sampleRate / 2
  ) {
    throw new UsageError(
      `features.highestHz is ${config.highestHz}: ${name} of ${sampleRate} Hz holds frequencies up to ` +
        `${sampleRate / 2} Hz`,
    );
  }
  return extractFeatures(samples, sampleRate, config);
}
