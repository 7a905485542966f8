import { monoOf, peakOf, refuseCancelled } from '../../../data/readers/audio/mono.js';
import { bytesOf } from '../file-input.js';

/** What the aligner was trained on. */
const sampleRate = 44_100;

/**
 * Decodes a recording by what the browser can, and mixes it down to mono by the mean of its channels.
 * @throws Error that names the file: what the browser says, a sample that is no finite number, channels
 *   that cancel each other
 */
export async function decodeRecording(file: File) {
  const bytes = await bytesOf(file);
  const context = new OfflineAudioContext(1, 1, sampleRate);
  const decoded = await context.decodeAudioData(bytes.buffer).catch((error: unknown) => {
    const why = file.size === 0 ? 'it is empty' : (error as Error).message;
    throw new Error(
      `${file.name}: this browser cannot decode it (${why}): expected a recording, such as WAV, MP3, ` +
        'FLAC or Ogg',
    );
  });
  const channels = Array.from({ length: decoded.numberOfChannels }, (_, channel) =>
    decoded.getChannelData(channel),
  );
  const samples = monoOf(channels, decoded.length);
  const wrong = samples.findIndex((value) => !Number.isFinite(value));
  if (wrong >= 0) {
    throw new Error(
      `${file.name}: sample ${wrong} is ${samples[wrong]}: every sample must be finite`,
    );
  }
  const loudest = Math.max(...channels.map(peakOf));
  refuseCancelled(file.name, { loudest, loudestMean: peakOf(samples) });
  return { samples, sampleRate, path: file.name };
}
