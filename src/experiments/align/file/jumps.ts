import type { Jump } from '../../../alignment/index.js';
import type { PlayedBar } from '../../../data/readers/scores/engraved-score.js';
import { UsageError } from '../../../errors.js';
import { fileProblem } from '../../../input-file.js';
import { readTextFile } from '../../../read-file.js';
import { quoted, shortened, visible } from '../../../visible.js';

export interface EventBars {
  /** By event: the name of its bar. */
  names: string[];
  /** By bar as it is played: its first event. */
  first: number[];
}

/** Times of one score from two readers agree to a tick. */
const rounding = 0.02;

/** Which bar each event is in, and which event is the first of each. */
export function eventBars(
  bars: readonly PlayedBar[],
  events: readonly { scoreOnsetSeconds: number }[],
): EventBars {
  const first = bars.map(({ onsetSeconds }) => {
    const at = events.findIndex((event) => event.scoreOnsetSeconds > onsetSeconds - rounding);
    return at < 0 ? events.length : at;
  });
  let bar = 0;
  const names = events.map((_, event) => {
    while (bar + 1 < bars.length && first[bar + 1]! <= event) bar++;
    return bars[bar]?.name ?? '?';
  });
  return { names, first };
}

/**
 * The jumps at a score's repeats, which it has written out: each may be left out, or played once more.
 * Where the score goes back, the bars that follow are those that it has played before, up to where the
 * two passes part.
 */
export function repeatJumps(bars: readonly PlayedBar[], { first }: EventBars): Jump[] {
  const jumps: Jump[] = [];
  for (let second = 1; second < bars.length; second++) {
    const again = bars[second]!.written;
    if (again > bars[second - 1]!.written) continue;
    const start = bars.findIndex(({ written }) => written === again);
    let length = 0;
    while (
      start + length < second &&
      bars[second + length]?.written === bars[start + length]!.written
    ) {
      length++;
    }
    const [end, after] = [first[start + length]! - 1, first[second + length]];
    // After the first pass on with what follows the second; or the first pass, its ending included, again.
    if (after !== undefined && end >= 0) jumps.push([end, after]);
    jumps.push([first[second]! - 1, first[start]!]);
  }
  return jumps.filter(([from, to]) => to !== from + 1);
}

/**
 * The jumps that an option or a file names: FROM:TO, … by bars as they are called, or by events from 1
 * where the score has no bars.
 * @throws UsageError for one that is no pair of bars of the score
 */
export async function parseJumps(
  option: string | undefined,
  events: number,
  bars: EventBars | undefined,
): Promise<Jump[]> {
  if (option === undefined) return [];
  const problem = await fileProblem(option);
  const isFile = problem === undefined;
  const text = isFile ? await readTextFile(option, 1_000_000) : option;
  const isPath = /[/\\]|\.[a-z]\w*$/i.test(option);
  const where = isFile
    ? option
    : `--jumps${isPath ? ` (as a file, ${shortened(visible(option))}: ${problem})` : ''}`;
  return text
    .split('\n')
    .filter((line) => !line.startsWith('#'))
    .flatMap((line) => line.split(/[\s,]+/))
    .filter(Boolean)
    .flatMap((pair): Jump[] => {
      const [from, to, ...more] = pair.split(':');
      if (!from || !to || more.length > 0) {
        throw new UsageError(
          `${where}: ${quoted(pair)} is no jump: expected is FROM:TO, such as 16:1`,
        );
      }
      const starts = placesOf(to, where, events, bars).map(({ begin }) => begin);
      return placesOf(from, where, events, bars).flatMap(({ end }) =>
        starts.map((start): Jump => [end, start]),
      );
    })
    .filter(([from, to]) => to !== from + 1);
}

/** The first and the last event of a bar, each time that the score plays it; or an event. */
function placesOf(name: string, where: string, events: number, bars: EventBars | undefined) {
  if (!bars) {
    const event = Number(name) - 1;
    if (!Number.isInteger(event) || event < 0 || event >= events) {
      throw new UsageError(
        `${where}: ${quoted(name)} is no event of the score: expected is 1 to ${events}`,
      );
    }
    return [{ begin: event, end: event }];
  }
  const { names } = bars;
  const begins = names.flatMap((one, event) =>
    one === name && names[event - 1] !== name ? [event] : [],
  );
  if (begins.length === 0) {
    throw new UsageError(
      `${where}: ${quoted(name)} is no bar of the score: expected is one of ${names[0]!} to ${names.at(-1)!}`,
    );
  }
  return begins.map((begin) => {
    let end = begin;
    while (names[end + 1] === name) end++;
    return { begin, end };
  });
}
