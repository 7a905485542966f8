import { scalesOf } from './model.js';
import type { ScoreMoment } from './onset-evidence.js';
import { evenDurations } from './places.js';
import { segmentsIn, type SearchTask } from './search.js';
import { durationCosts, longest, type Segments } from './segments.js';

/** After this event the performance may go on with that one. */
export type Jump = readonly [from: number, to: number];

/** Fine frames in one of this search: a tenth of a second. */
const step = 10;
/** Segments that it may visit at one tempo: some twelve minutes of music. */
const budget = 3e8;
/** Tempi that are tried, against the score's. */
const tempi = [0.4, 0.5, 0.63, 0.8, 1, 1.25, 1.6, 2, 2.5];
/**
 * What a jump costs, and a beginning or end elsewhere than the score's: log-odds of keys, as seconds of
 * music have them, by whatever the model weighs them.
 */
const departureOdds = 290;
/** Fewer events than these are not left out at either end: they may be faint, or badly played. */
const leastLeftOut = 4;

/** Whether the recording and the score are short enough for `playedOrder`. */
export function canFindOrder({ maps, moments }: Pick<SearchTask, 'maps' | 'moments'>): boolean {
  const seconds = moments.map(({ scoreOnsetSeconds }) => scoreOnsetSeconds);
  const ends = evenDurations(seconds, 100 / step).reduce((sum, d) => sum + 4 * d + 10, 0);
  return Math.ceil(maps.frames / step) * ends <= budget;
}

/**
 * The score's events in the order in which the recording plays them: all of them, a part from one event
 * to another, or with some of the jumps that are allowed. A search in time order, in which every event
 * may be the first or the last at a cost, and events after which a jump is allowed have several followers.
 *
 * O(tempi · events · frames · longest duration) time, 4 bytes a frame of each event and 12 for what is
 * read of the recording, in frames of 0.1 s: only for what `canFindOrder`.
 */
export function playedOrder(task: SearchTask, jumps: readonly Jump[]): PlayedOrder {
  const events = task.moments.length;
  if (events < 2 * leastLeftOut) return { order: undefined, faint: { first: 0, last: 0 } };
  const seconds = task.moments.map(({ scoreOnsetSeconds }) => scoreOnsetSeconds);
  const frames = Math.ceil(task.maps.frames / step);
  const span = Math.max(0.1, seconds.at(-1)! - seconds[0]!);
  const places = { low: new Int32Array(events), high: new Int32Array(events).fill(frames) };
  const framesPerSecond = 100 / step;
  const segments = segmentsIn(task, { ...places, durations: evenDurations(seconds, 1) }, { step });
  const held: Held = {
    // Each row holds until the next is asked for.
    onsets: Array.from({ length: events }, (_, j) => segments.onsets.at(j)!.slice()),
    sums: Array.from({ length: events }, (_, j) => segments.sums.at(j)!.slice()),
    begins: new Uint16Array(events * frames),
    before: new Int16Array(events * frames),
  };
  const into = Array.from({ length: events }, (_, event): number[] =>
    jumps.filter(([, to]) => to === event).map(([from]) => from),
  );
  const departure = departureOdds * scalesOf(task.parameters).pitch;
  let best: { score: number; order: number[] } | undefined;
  for (const perSecond of [frames / span, ...tempi.map((share) => share * framesPerSecond)]) {
    // The last event is as long as the one before it.
    const durations = evenDurations([...seconds, 2 * seconds.at(-1)! - seconds.at(-2)!], perSecond);
    const found = freeSearch({ ...segments, durations }, held, { into, departure });
    if (!best || found.score > best.score) best = found;
  }
  const { order } = best!;
  // Few events at an end say little.
  const few = (count: number) => (count < leastLeftOut ? count : 0);
  const faint = { first: few(order[0]!), last: few(events - 1 - order.at(-1)!) };
  for (let event = faint.first - 1; event >= 0; event--) order.unshift(event);
  for (let event = events - faint.last; event < events; event++) order.push(event);
  const asWritten = order.length === events && order.every((event, at) => event === at);
  return { order: asWritten ? undefined : order, faint };
}

/** Which events of a score a recording plays. */
export interface PlayedOrder {
  /** In the order in which they are played; undefined: all, as written. */
  order: number[] | undefined;
  /** How many of the first and of the last of the score are among them, and may not be in the recording. */
  faint: { first: number; last: number };
}

/** Says in words which few events at the ends of the score may not be in the recording. */
export function faintEnds({ first, last }: PlayedOrder['faint']): string[] {
  const are = (count: number, which: string) =>
    count === 0
      ? []
      : [
          `the ${which} ${count === 1 ? 'event is' : `${count} events are`} hardly heard: ` +
            `${count === 1 ? 'it' : 'they'} may not be in the recording`,
        ];
  return [...are(first, 'first'), ...are(last, 'last')];
}

/** What searches at several tempi share, by event. */
interface Held {
  /** [frames] */
  onsets: Float32Array[];
  /** [frames + 1] */
  sums: Float64Array[];
  /** By event and the frame in which it ends: where it began, on the best way there. */
  begins: Uint16Array;
  /** By event and the frame in which it begins: the event before it, −1 for none. */
  before: Int16Array;
}

function freeSearch(
  { frames, outside, durations, pause, scales }: Segments,
  { onsets, sums, begins, before }: Held,
  { into, departure }: { into: readonly (readonly number[])[]; departure: number },
): { score: number; order: number[] } {
  const events = onsets.length;
  const costs = Array.from(durations, (d) => durationCosts(d, longest(d, pause), scales));
  // By event and the frame in which it ends, modulo `ring`: the best score so far. Only frames that an
  // event which begins now can reach are held.
  const ring = costs.reduce((most, { length }) => Math.max(most, length), 0);
  const ends = new Float64Array(events * ring).fill(-Infinity);
  let [best, bestEvent, bestBegin] = [-Infinity, 0, 0];
  for (let begin = 0; begin < frames; begin++) {
    const now = begin % ring;
    for (let event = 0; event < events; event++) {
      let value = outside[begin]! - (event === 0 ? 0 : departure);
      let from = -1;
      if (event > 0 && ends[(event - 1) * ring + now]! > value) {
        value = ends[(event - 1) * ring + now]!;
        from = event - 1;
      }
      for (const other of into[event]!) {
        const jumped = ends[other * ring + now]! - departure;
        if (jumped > value) [value, from] = [jumped, other];
      }
      before[event * frames + begin] = from;
      value += onsets[event]![begin]!;
      const sum = sums[event]!;
      const cost = costs[event]!;
      const last = Math.min(frames, begin + cost.length - 1);
      const final = event === events - 1 ? 0 : departure;
      // Rests score 0, as in all scores that are only compared.
      let highest = -Infinity;
      let slot = event * ring + now;
      const lastSlot = event * ring + ring - 1;
      for (let end = begin + 1; end <= last; end++) {
        const here = sum[end]! - sum[begin]!;
        const played = Math.max(here, highest - scales.rest);
        const total = value + played - cost[end - begin]!;
        slot = slot === lastSlot ? event * ring : slot + 1;
        if (end < frames && total > ends[slot]!) {
          ends[slot] = total;
          begins[event * frames + end] = begin;
        }
        const whole = value + here + outside[frames]! - outside[end]! - scales.rest - final;
        if (whole > best) [best, bestEvent, bestBegin] = [whole, event, begin];
        if (here > highest) highest = here;
      }
    }
    for (let event = 0; event < events; event++) ends[event * ring + now] = -Infinity;
  }
  const order: number[] = [];
  for (let [event, begin] = [bestEvent, bestBegin]; event >= 0;) {
    order.unshift(event);
    event = before[event * frames + begin]!;
    if (event >= 0) begin = begins[event * frames + begin]!;
  }
  return { score: best, order };
}

/** Moments in the order in which they are played, each as long as in the score. */
export function inOrder(score: readonly ScoreMoment[], order: readonly number[]): ScoreMoment[] {
  let now = 0;
  return order.map((event) => {
    const moment = { ...score[event]!, scoreOnsetSeconds: now };
    const next = score[event + 1] ?? { scoreOnsetSeconds: score[event]!.scoreOnsetSeconds + 1 };
    now += next.scoreOnsetSeconds - score[event]!.scoreOnsetSeconds;
    return moment;
  });
}

/**
 * How the recording departs from the score, in words: where it begins and ends, what it leaves out and
 * what it plays again.
 * @param nameOf what an event is called: the bar that it is in
 */
export function departuresFrom(
  events: number,
  order: readonly number[],
  nameOf = (event: number) => `event ${event + 1}`,
): string[] {
  const words: string[] = [];
  const [first, last] = [order[0]!, order.at(-1)!];
  const many = (count: number) => `${count} event${count === 1 ? '' : 's'}`;
  const are = (count: number) => (count === 1 ? 'is' : 'are');
  // A place of the score to which it returns from others.
  const comesAgain = (from: number, to: number) =>
    nameOf(from) === nameOf(to) &&
    Array.from({ length: to - from }, (_, at) => nameOf(from + at)).some((n) => n !== nameOf(to));
  if (first > 0) {
    words.push(
      comesAgain(0, first)
        ? `the recording leaves out the first ${many(first)}, a repeat`
        : `the recording begins at ${nameOf(first)}: the ${many(first)} before ${are(first)} not in it`,
    );
  }
  for (let at = 1; at < order.length; at++) {
    const [from, to] = [order[at - 1]!, order[at]!];
    if (to === from + 1) continue;
    words.push(
      to > from
        ? `after ${nameOf(from)} the recording leaves out ${many(to - from - 1)}, a repeat, and goes on ` +
            `at ${nameOf(to)}`
        : `after ${nameOf(from)} the recording goes back to ${nameOf(to)}, a repeat that the score does ` +
            'not write there',
    );
  }
  const after = events - 1 - last;
  if (after > 0) {
    words.push(
      comesAgain(last, events - 1)
        ? `the recording leaves out the last ${many(after)}, a repeat`
        : `the recording ends with ${nameOf(last)}: the ${many(after)} after ${are(after)} not in it`,
    );
  }
  return words;
}
