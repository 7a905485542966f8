/**
 * Durations in frames: those of the score, each times the median tempo (frames a second of score) of
 * the ±5 events around it.
 */
export function localDurations(scoreSeconds: readonly number[], onsets: ArrayLike<number>) {
  const tempi = scoreSeconds
    .slice(1)
    .map((next, j) => (onsets[j + 1]! - onsets[j]!) / Math.max(1e-3, next - scoreSeconds[j]!));
  return Float64Array.from(tempi, (_, j) => {
    const near = tempi.slice(Math.max(0, j - 5), j + 6).sort((a, b) => a - b);
    const median = near[near.length >> 1]!;
    return Math.max(1, median * (scoreSeconds[j + 1]! - scoreSeconds[j]!));
  });
}

/** Durations in frames at one tempo: seconds of score to frames. */
export function evenDurations(scoreSeconds: readonly number[], framesPerSecond: number) {
  return Float64Array.from(scoreSeconds.slice(1), (next, j) =>
    Math.max(1, (next - scoreSeconds[j]!) * framesPerSecond),
  );
}

/** Frames [onset − reach, onset + reach) around onsets, within the recording and ascending. */
export function around(onsets: ArrayLike<number>, reach: number, frames: number) {
  const events = onsets.length;
  const low = Int32Array.from(onsets, (onset, j) =>
    Math.min(Math.max(j, Math.round(onset) - reach), frames - events + j),
  );
  const high = Int32Array.from(onsets, (onset, j) =>
    Math.max(Math.min(frames - events + j + 1, Math.round(onset) + reach), low[j]! + 1),
  );
  return { low, high };
}
