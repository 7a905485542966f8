import { dtw } from '../../dp/programs/dtw.js';
import type { AlignConfig } from './config.js';

/** The event of each frame on the hard best path through costs [frames, events]. */
export function bestAlignment(
  costs: Float32Array | Float64Array,
  frames: number,
  events: number,
  moves: AlignConfig['moves'],
): Int32Array {
  const program = dtw({ batch: 1, rows: frames, cols: events, moves, omega: 'hard' });
  const [path] = program.argmax(costs);
  return frameAlignment(path!, frames);
}

/**
 * The event of each frame from a path i0, j0, i1, j1, …; where a frame meets several events
 * ('classic' moves), the last.
 */
export function frameAlignment(path: Int32Array, frames: number): Int32Array {
  const events = new Int32Array(frames);
  for (let step = 0; step < path.length; step += 2) events[path[step]!] = path[step + 1]!;
  return events;
}
