/** Rows by event: an array of them, or rows that are made one at a time and hold until the next. */
export interface Rows<Row> {
  at(event: number): Row | undefined;
}

/** What one alignment problem is made of. Times are in frames; a segment is [onset, next onset). */
export interface Segments {
  frames: number;
  /** Frames [low, high) in which each event may begin; both ascend. */
  low: Int32Array;
  high: Int32Array;
  /** Of each event in frames [low, high): the evidence that it begins there. */
  onsets: Rows<Float32Array>;
  /**
   * Of each event, from frame low on: the sum of its pitch scores in frames [low, i), up to the next
   * event's high (the last: up to `frames`).
   */
  sums: Rows<Float64Array>;
  /** The sum over frames [0, i) of what silence or other sound before and after the music scores. */
  outside: Float64Array;
  /**
   * Of each event but the last, as `sums`: what a rest after it scores. What sounds speaks against a rest,
   * but for the event's own keys, which may ring on.
   */
  rests: Rows<Float64Array>;
  /** Expected duration of each event but the last. */
  durations: Float64Array;
  /** Frames that a short event may last beyond four times its duration: a second of them. */
  pause: number;
  /** By event: frames that it may last where those are more, as one that is held or paused after. */
  held?: ArrayLike<number> | undefined;
  scales: { duration: number; rest: number; hold: number };
}

/** What the log-odds that a key sounds say against silence. */
export const loud = (score: number) => Math.max(0, score);

/** The most frames that an event may last: a fermata, or a general pause after it. */
export const longest = (duration: number, pause: number) => Math.ceil(4 * duration) + pause;

/** The most frames that one of the events may last. */
export const mostFrames = (
  { durations, pause, held }: Pick<Segments, 'durations' | 'pause' | 'held'>,
  event: number,
) => Math.max(longest(durations[event]!, pause), held?.[event] ?? 0);

/**
 * What durations 1 … most cost: scale · ln²(d/expected), for holds no more than the cost of a hold.
 * [0] is not used.
 */
export function durationCosts(
  expected: number,
  most: number,
  { duration, hold }: Segments['scales'],
): Float64Array {
  const costs = new Float64Array(most + 1);
  for (let d = 1; d <= most; d++) {
    const cost = duration * Math.log(d / expected) ** 2;
    costs[d] = d > expected ? Math.min(hold, cost) : cost;
  }
  return costs;
}

/** The best onsets in frames, and their score. */
export interface BestOnsets {
  frames: Int32Array;
  score: number;
}

/**
 * The alignment of largest score: each event scores its onset evidence, the pitches of its frames up
 * to an optional rest, and its duration. Hard, in float64. Ties go to the earlier onset.
 *
 * O(Σ corridor · longest) time, 2 to 4 bytes a frame of Σ corridor.
 */
export function bestOnsets(segments: Segments): BestOnsets {
  return bestAtTempi(segments, [segments.durations])[0]!;
}

/** `bestOnsets` for several durations at once: each event's rows are made once for all of them. */
export function bestAtTempi(segments: Segments, tempi: readonly Float64Array[]): BestOnsets[] {
  const { low, high, onsets, outside } = segments;
  const first = onsets.at(0)!;
  const searches = tempi.map((durations) => ({
    segments: { ...segments, durations },
    values: Float64Array.from(first, (onset, at) => onset + outside[low[0]! + at]!),
    lasted: [] as (Uint16Array | Int32Array)[],
  }));
  for (let j = 0; j + 1 < low.length; j++) {
    const evidence = onsets.at(j + 1)!;
    for (const search of searches) {
      const { values, lasted } = afterEvent(search.segments, j, search.values);
      for (let at = 0; at < values.length; at++) values[at]! += evidence[at]!;
      search.values = values;
      search.lasted.push(lasted);
    }
  }
  const final = low.length - 1;
  return searches.map(({ values, lasted }) => {
    let score = -Infinity;
    let frame = low[final]!;
    for (let at = 0; at < high[final]! - low[final]!; at++) {
      const value = values[at]! + tail(segments, low[final]! + at).score;
      if (value > score) [score, frame] = [value, low[final]! + at];
    }
    const frames = new Int32Array(low.length);
    for (let j = final; j >= 0; j--) {
      frames[j] = frame;
      if (j > 0) frame -= lasted[j - 1]![frame - low[j]!]!;
    }
    return { frames, score };
  });
}

/**
 * By the frame in which the next event begins: the best score, that event's evidence left out, and how
 * long this event lasts on the way there.
 */
function afterEvent(segments: Segments, event: number, before: Float64Array) {
  const { low, high } = segments;
  const from = low[event + 1]!;
  const count = high[event + 1]! - from;
  const values = new Float64Array(count).fill(-Infinity);
  const isShort = mostFrames(segments, event) < 2 ** 16;
  const lasted = isShort ? new Uint16Array(count) : new Int32Array(count);
  const own = new EventSegments(segments, event);
  const { scores } = own;
  for (let begin = low[event]!; begin < high[event]!; begin++) {
    own.from(begin);
    const start = before[begin - low[event]!]!;
    for (let at = own.first - from; at <= own.last - from; at++) {
      const value = start + scores[at]!;
      if (value > values[at]!) {
        values[at] = value;
        lasted[at] = from + at - begin;
      }
    }
  }
  return { values, lasted };
}

/**
 * The score of the last event when it begins in a frame, its onset evidence left out: its pitches up
 * to the end of the music, and what comes after that.
 */
export function tail({ sums, outside, low, frames, scales }: Segments, begin: number) {
  const own = sums.at(-1)!;
  const first = low.at(-1)!;
  let [score, end] = [-Infinity, begin];
  for (let r = begin + 1; r <= frames; r++) {
    const here =
      own[r - first]! -
      own[begin - first]! +
      (r < frames ? outside[frames]! - outside[r]! - scales.rest : 0);
    if (here > score) [score, end] = [here, r];
  }
  return { score, end };
}

/**
 * The segments of one event, those of one onset at a time. Arrays are filled again by each call, and
 * not one number is handed to a callback: there are tens of millions of segments in a training.
 */
export class EventSegments {
  /** The next onsets [first, last] of the segments that `from` filled in. */
  first = 0;
  last = -1;
  /** By next onset − `lowest`: the score, and where the segment's rest begins. */
  readonly scores: Float64Array;
  readonly rests: Int32Array;
  /** The first frame in which the next event may begin. */
  readonly lowest: number;
  readonly #most: number;
  readonly #costs: Float64Array;
  readonly #sum: Float64Array;
  readonly #start: number;
  readonly #rest: number;
  readonly #silence: Float64Array;

  constructor(segments: Segments, event: number) {
    const { low, high, sums, rests, durations, scales } = segments;
    this.lowest = low[event + 1]!;
    const count = high[event + 1]! - this.lowest;
    this.scores = new Float64Array(count);
    this.rests = new Int32Array(count);
    this.#most = mostFrames(segments, event);
    this.#costs = durationCosts(durations[event]!, this.#most, scales);
    this.#sum = sums.at(event)!;
    this.#start = low[event]!;
    this.#rest = scales.rest;
    this.#silence = rests.at(event)!;
  }

  /** Fills in the segments that begin in a frame. */
  from(begin: number): void {
    const { scores, rests, lowest } = this;
    const [sum, costs, start] = [this.#sum, this.#costs, this.#start];
    const silence = this.#silence;
    this.first = Math.max(lowest, begin + 1);
    this.last = Math.min(lowest + scores.length - 1, begin + this.#most);
    const before = sum[begin - start]!;
    // The best sum before `end`, less the cost of a rest, and where it is.
    let [highest, at] = [-Infinity, begin + 1];
    for (let end = begin + 1; end <= this.last; end++) {
      const here = sum[end - start]!;
      if (end >= lowest) {
        const rested = highest + silence[end - start]! - this.#rest;
        const early = rested > here;
        scores[end - lowest] = (early ? rested : here) - before - costs[end - begin]!;
        rests[end - lowest] = early ? at : end;
      }
      const unrested = here - silence[end - start]!;
      if (unrested > highest) {
        highest = unrested;
        at = end;
      }
    }
  }
}
