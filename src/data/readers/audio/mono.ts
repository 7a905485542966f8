import { DataError } from '../../../errors.js';

/** The mean of channels, [samples]. */
export function monoOf(
  channels: readonly Float32Array[],
  samples: number,
): Float32Array<ArrayBuffer> {
  const mono = new Float32Array(samples);
  for (const channel of channels) {
    for (let n = 0; n < samples; n++) mono[n]! += channel[n]! / channels.length;
  }
  return mono;
}

export function peakOf(samples: Float32Array): number {
  let most = 0;
  // A loop: an hour of stereo has 300 million samples.
  for (let at = 0; at < samples.length; at++) most = Math.max(most, Math.abs(samples[at]!));
  return most;
}

/** What rounding leaves of two channels that are opposite: 60 dB below them. */
const cancelled = 1e-3;

/**
 * Makes sure that the channels of a recording do not cancel each other where their mean is taken.
 * @param peaks the largest absolute value in any channel, and in the mean
 * @throws DataError when they do
 */
export function refuseCancelled(
  path: string,
  { loudest, loudestMean }: { loudest: number; loudestMean: number },
): void {
  if (loudestMean >= cancelled * loudest) return;
  throw new DataError(
    `${path}: its channels cancel each other, since they are opposite in phase, and their mean is ` +
      'silent: take one of them with `ffmpeg -i FILE -af "pan=mono|c0=c0" recording.flac`',
  );
}
