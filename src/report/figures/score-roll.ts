export interface RollNote {
  id: string;
  onsetSeconds: number;
  endSeconds: number;
  pitch: number;
}

const pixels = { second: 60, pitch: 8 } as const;
/** A drawing may not be wider: browsers lose precision. */
const mostWidth = 200_000;

/** Notes over time as an SVG, a rectangle with an id each: what stands for a score that has no drawing. */
export function scoreRoll(notes: readonly RollNote[]): string {
  const bounds = notes.reduce(
    ({ low, high, end }, { pitch, endSeconds }) => ({
      low: Math.min(low, pitch),
      high: Math.max(high, pitch),
      end: Math.max(end, endSeconds),
    }),
    { low: 127, high: 0, end: 0 },
  );
  const second = Math.min(pixels.second, mostWidth / Math.max(1, bounds.end));
  const width = Math.ceil(bounds.end * second) + 8;
  const height = (bounds.high - bounds.low + 3) * pixels.pitch;
  const y = (pitch: number) => (bounds.high + 1 - pitch) * pixels.pitch;
  const lines = Array.from({ length: 128 }, (_, pitch) => pitch).filter(
    (pitch) => pitch % 12 === 0 && pitch >= bounds.low && pitch <= bounds.high,
  );
  const number = (value: number) => Number(value.toFixed(2));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" class="roll" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">`,
    ...lines.map(
      (pitch) =>
        `<line class="octave" x1="0" x2="${width}" y1="${y(pitch) + pixels.pitch}" y2="${y(pitch) + pixels.pitch}"/>`,
    ),
    ...notes.map(({ id, onsetSeconds, endSeconds, pitch }) => {
      const [x, length] = [onsetSeconds * second, (endSeconds - onsetSeconds) * second];
      return `<rect class="note" id="${id}" x="${number(x)}" y="${y(pitch)}" width="${number(Math.max(2, length - 1))}" height="${pixels.pitch - 1}"/>`;
    }),
    '</svg>',
  ].join('\n');
}
