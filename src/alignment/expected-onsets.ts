import { defineProgram } from '../dp/define-program.js';
import type { DynamicProgram, Smoothing } from '../dp/program.js';
import { EventSegments, mostFrames, tail, type Segments } from './segments.js';

/** Which frames events may begin in, and how long they may last: what a graph depends on. */
export type Corridor = Pick<Segments, 'low' | 'high' | 'durations' | 'pause' | 'held'>;

/** A segment as an edge: the event sounds in frames [begin, rest) and is silent in [rest, end). */
export interface EdgeSegment {
  /** −1 for what comes before the first event. */
  event: number;
  begin: number;
  rest: number;
  end: number;
}

/**
 * The alignment as a program of the library: a node for each event and frame in which it may begin,
 * an edge for each segment between two of them, and each edge's score its one potential. Where a rest
 * begins within a segment is decided hard, when the scores are made.
 *
 * Events count from 0; event `events` stands for the end of the recording.
 */
export class ExpectedOnsets {
  readonly edges: number;
  readonly runsOn: string;
  readonly #program: DynamicProgram<'array'>;
  readonly #corridor: Corridor;
  /** The node of each event in the first frame of its corridor; then the leaf. */
  readonly #nodeStart: Int32Array;
  /** The first edge into each node. */
  readonly #edgeStart: Int32Array;

  constructor(corridor: Corridor, smoothing: Smoothing) {
    const { low, high } = corridor;
    const events = low.length;
    this.#corridor = corridor;
    this.#nodeStart = new Int32Array(events + 1).fill(1);
    for (let j = 0; j < events; j++) {
      this.#nodeStart[j + 1] = this.#nodeStart[j]! + high[j]! - low[j]!;
    }
    const leaf = this.#nodeStart[events]!;
    this.#edgeStart = new Int32Array(leaf + 2);
    for (let event = 0; event <= events; event++) {
      const first = this.#nodeStart[event]!;
      const last = event < events ? this.#nodeStart[event + 1]! : leaf + 1;
      for (let node = first; node < last; node++) {
        const [from, to] = this.#begins(event, (low[event] ?? 0) + node - first);
        this.#edgeStart[node + 1] = this.#edgeStart[node]! + Math.max(0, to - from);
      }
    }
    this.edges = this.#edgeStart[leaf + 1]!;
    this.#program = defineProgram({
      ...smoothing,
      batch: 1,
      potentials: this.edges,
      graph: { nodes: leaf + 1, into: (node) => this.#into(node) },
    });
    this.runsOn = this.#program.runsOn;
  }

  /** Frames [from, to) in which the event before this one may begin when this one begins at `end`. */
  #begins(event: number, end: number): [from: number, to: number] {
    const { low, high } = this.#corridor;
    if (event === 0) return [0, 1];
    const before = event - 1;
    if (event === low.length) return [low[before]!, high[before]!];
    const most = mostFrames(this.#corridor, before);
    return [Math.max(low[before]!, end - most), Math.min(high[before]!, end)];
  }

  #into(node: number): [from: number, edge: number][] {
    let event = 0;
    while (event + 1 < this.#nodeStart.length && this.#nodeStart[event + 1]! <= node) event++;
    const end = (this.#corridor.low[event] ?? 0) + node - this.#nodeStart[event]!;
    const [from, to] = this.#begins(event, end);
    const first = event === 0 ? 0 : this.#nodeStart[event - 1]! - this.#corridor.low[event - 1]!;
    return Array.from({ length: Math.max(0, to - from) }, (_, at) => [
      first + from + at,
      this.#edgeStart[node]! + at,
    ]);
  }

  /** The scores of all edges. */
  scores(segments: Segments): Float32Array {
    const theta = new Float32Array(this.edges);
    const { low, high, onsets, outside } = segments;
    const first = onsets.at(0)!;
    for (let at = 0; at < high[0]! - low[0]!; at++) {
      theta[at] = first[at]! + outside[low[0]! + at]!;
    }
    this.#eachBegin(segments, ({ first, last, lowest, scores }, event, begin) => {
      const next = onsets.at(event + 1)!;
      for (let end = first; end <= last; end++) {
        theta[this.#edge(event, begin, end)] = scores[end - lowest]! + next[end - lowest]!;
      }
    });
    const final = low.length - 1;
    for (let begin = low[final]!; begin < high[final]!; begin++) {
      theta[this.#lastEdge(begin)] = tail(segments, begin).score;
    }
    return theta;
  }

  /** The expected alignment: the share of each event in each frame of its corridor; each sums to 1. */
  expected(theta: Float32Array): { value: number; edges: Float32Array; onsets: Float64Array[] } {
    const { value, gradient } = this.#program.gradient(theta);
    const edges = gradient as Float32Array;
    const { low, high } = this.#corridor;
    const onsets = Array.from(low, (from, j) => {
      const shares = new Float64Array(high[j]! - from);
      return shares.map((_, at) => {
        const node = this.#nodeStart[j]! + at;
        let sum = 0;
        for (let e = this.#edgeStart[node]!; e < this.#edgeStart[node + 1]!; e++) {
          sum += edges[e]!;
        }
        return sum;
      });
    });
    return { value: value[0]!, edges, onsets };
  }

  /**
   * The edges of the path whose events begin in these frames of their corridors.
   * @throws RangeError for one that lasts longer than an event may
   */
  pathOf(onsets: ArrayLike<number>): number[] {
    const { low } = this.#corridor;
    const events = low.length;
    return Array.from({ length: events + 1 }, (_, event) => {
      const end = event < events ? onsets[event]! : 0;
      const node = this.#nodeStart[event]! + (event < events ? end - low[event]! : 0);
      const [from, to] = this.#begins(event, end);
      const begin = event > 0 ? onsets[event - 1]! : 0;
      if (begin < from || begin >= to) {
        throw new RangeError(`event ${event - 1} cannot last from frame ${begin} to ${end}`);
      }
      return this.#edgeStart[node]! + begin - from;
    });
  }

  /**
   * ∂/∂scores of Σ slopes · expected onsets, by a Hessian product.
   * @param slopes by event and frame of its corridor
   */
  backward(theta: Float32Array, slopes: readonly Float64Array[]): Float32Array {
    const z = new Float32Array(this.edges);
    slopes.forEach((values, j) => {
      values.forEach((slope, at) => {
        const node = this.#nodeStart[j]! + at;
        z.fill(slope, this.#edgeStart[node]!, this.#edgeStart[node + 1]!);
      });
    });
    return this.#program.hessianProduct(theta, z).product as Float32Array;
  }

  /** Calls `visit` with each segment whose edge has a slope. */
  eachSlope(
    segments: Segments,
    slopes: Float32Array,
    visit: (slope: number, segment: EdgeSegment) => void,
  ): void {
    const { low, high, frames } = segments;
    for (let end = low[0]!; end < high[0]!; end++) {
      const slope = slopes[end - low[0]!]!;
      if (slope !== 0) visit(slope, { event: -1, begin: 0, rest: 0, end });
    }
    this.#eachBegin(segments, ({ first, last, lowest, rests }, event, begin) => {
      for (let end = first; end <= last; end++) {
        const slope = slopes[this.#edge(event, begin, end)]!;
        if (slope !== 0) visit(slope, { event, begin, rest: rests[end - lowest]!, end });
      }
    });
    const event = low.length - 1;
    for (let begin = low[event]!; begin < high[event]!; begin++) {
      const slope = slopes[this.#lastEdge(begin)]!;
      if (slope === 0) continue;
      visit(slope, { event, begin, rest: tail(segments, begin).end, end: frames });
    }
  }

  #eachBegin(
    segments: Segments,
    visit: (row: EventSegments, event: number, begin: number) => void,
  ): void {
    const { low, high } = segments;
    for (let event = 0; event + 1 < low.length; event++) {
      const row = new EventSegments(segments, event);
      for (let begin = low[event]!; begin < high[event]!; begin++) {
        row.from(begin);
        visit(row, event, begin);
      }
    }
  }

  /** The edge of the segment of an event, not the last, from its onset to the next. */
  #edge(event: number, begin: number, end: number): number {
    const { low } = this.#corridor;
    const node = this.#nodeStart[event + 1]! + end - low[event + 1]!;
    const earliest = Math.max(low[event]!, end - mostFrames(this.#corridor, event));
    return this.#edgeStart[node]! + begin - earliest;
  }

  /** The edge of the last event's segment. */
  #lastEdge(begin: number): number {
    const events = this.#corridor.low.length;
    return this.#edgeStart[this.#nodeStart[events]!]! + begin - this.#corridor.low[events - 1]!;
  }
}
