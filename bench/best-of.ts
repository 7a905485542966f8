import type { Measurement, Scaling } from './harness.js';

/** What one process measured. */
export interface Measured {
  rows: Measurement[];
  scaling: Scaling[];
}

/**
 * The same work measured by several processes: each row and each point as the process that was
 * fastest at it had them. A process keeps for life the memory pages that it was given, and which of
 * them share places in the caches is luck, worth a tenth for work on some megabytes.
 *
 * @throws Error when the processes did not measure the same
 */
export function bestOf([first, ...others]: readonly Measured[]): Measured {
  if (!first) throw new Error('nothing was measured');
  const same = others.every(
    ({ rows }) =>
      rows.length === first.rows.length &&
      rows.every((row, at) => key(row) === key(first.rows[at]!)),
  );
  if (!same) throw new Error('the processes did not measure the same');
  return {
    rows: first.rows.map((row, at) =>
      others.reduce((best, { rows }) => {
        const other = rows[at]!;
        return other.bestMilliseconds < best.bestMilliseconds ? other : best;
      }, row),
    ),
    scaling: first.scaling.map(({ axis, lines }, panel) => ({
      axis,
      lines: lines.map(({ name, points }, line) => ({
        name,
        points: points.map(({ x, milliseconds }, at) => ({
          x,
          milliseconds: Math.min(
            milliseconds,
            ...others.map(({ scaling }) => scaling[panel]!.lines[line]!.points[at]!.milliseconds),
          ),
        })),
      })),
    })),
  };
}

function key({ work, size, by, threads }: Measurement): string {
  return [work, size, by, threads].join('; ');
}
