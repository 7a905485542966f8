/** MIDI pitches lowest … lowest + count − 1. */
export interface KeyRange {
  lowest: number;
  count: number;
}

/** A piano's keys: others are not heard. */
export const piano: KeyRange = { lowest: 21, count: 88 };

/** The columns of pitches in a range, those outside it left out. */
export const columnsOf = (pitches: readonly number[], { lowest, count }: KeyRange) =>
  pitches.map((pitch) => pitch - lowest).filter((key) => key >= 0 && key < count);

/** The keys from the lowest to the highest of some pitches, within a piano's. */
export function rangeOf(pitches: readonly number[]): KeyRange {
  const inside = pitches.filter((p) => p >= piano.lowest && p < piano.lowest + piano.count);
  if (inside.length === 0) return { lowest: 60, count: 1 };
  const lowest = inside.reduce((least, pitch) => Math.min(least, pitch));
  const highest = inside.reduce((most, pitch) => Math.max(most, pitch));
  return { lowest, count: highest - lowest + 1 };
}
