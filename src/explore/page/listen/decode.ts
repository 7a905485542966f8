/** What the aligner was trained on. */
const sampleRate = 44_100;

/**
 * Decodes a recording by what the browser can, and mixes it down to mono by the mean of its channels.
 * @throws Error that names the file and what the browser says
 */
export async function decodeRecording(file: File) {
  const bytes = await file.arrayBuffer();
  const context = new OfflineAudioContext(1, 1, sampleRate);
  const decoded = await context.decodeAudioData(bytes).catch((error: unknown) => {
    const why = file.size === 0 ? 'it is empty' : (error as Error).message;
    throw new Error(
      `${file.name}: this browser cannot decode it (${why}): expected a recording, such as WAV, MP3, ` +
        'FLAC or Ogg',
    );
  });
  const samples = new Float32Array(decoded.length);
  const channels = decoded.numberOfChannels;
  for (let channel = 0; channel < channels; channel++) {
    decoded.getChannelData(channel).forEach((value, n) => (samples[n]! += value / channels));
  }
  return { samples, sampleRate, path: file.name };
}
