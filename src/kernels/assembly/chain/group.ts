// A job of the chain kernels in the log domain: four items, a lane each, and where their rows are.
import { ChainCall, Mode } from './call';
import { WEIGHTS } from './masses';
import { startAt, take, toLine } from '../workspace';

/** The items of a job: one vector. */
export const ITEMS = 4;
/** The bytes of an entry. */
export const ENTRY: usize = 16;

/** A job's rows in its workspace: [state] in entries of four items. */
@unmanaged
export class Group {
  real: i32;
  longest: i32;
  items: usize;
  lengths: usize;
  check: usize;
  zCheck: usize;
  /** What multiplies scores: they are in units of γ, under negentropy times log₂e. */
  scale: f32;
  /** Four doubles each: the constants taken off scores, off values in their unit, off slopes. */
  constants: usize;
  levels: usize;
  drifts: usize;
  /** The values of the states at the position, and at the next. */
  values: usize;
  next: usize;
  /** Scores of a row of states: start, end or unary. */
  row: usize;
  /** [to]: what was taken off the rows of a log-sum-exp. */
  tops: usize;
  /** [move, to, from]: scores, then local argmaxes, then masses. Only one move's for a value. */
  tiles: usize;
  /** Bytes from move to move of `tiles` and `inverses`, 0 for a value. */
  tileStep: usize;
  inverseStep: usize;
  /** [move, to]: what the tiles' rows are to be multiplied by. */
  inverses: usize;
  last: usize;
  lastInverse: usize;
  /** [to, from]: the scores of a move, those of every move of a factored chain. */
  scores: usize;
  scoresTop: usize;
  /** [to, from]: the sum of a factored chain's masses. */
  sums: usize;
  /** [to]: what masses are made of, see `Weight`; the items' runs. */
  weights: usize;
  runs: usize;
  // The same along a direction.
  slopes: usize;
  nextSlopes: usize;
  rowDot: usize;
  tilesDot: usize;
  means: usize;
  lastDot: usize;
  lastMean: usize;
  scoresDot: usize;
  sumsDot: usize;
}

/** Lays out a job's workspace from `at`; returns where it ends. */
export function layOut(call: ChainCall, group: Group, at: usize): usize {
  const row = <usize>call.states * ENTRY;
  const tile = <usize>call.states * row;
  const keep = call.mode != Mode.VALUE;
  const moves = keep ? <usize>call.time : 1;
  group.items = at;
  group.lengths = at + 16;
  group.check = at + 32;
  group.zCheck = at + 48;
  group.constants = at + 64;
  group.drifts = at + 96;
  group.lastInverse = at + 128;
  group.lastMean = at + 144;
  group.scoresTop = at + 160;
  group.levels = at + 176;
  group.runs = at + 208;
  startAt(at + 256);
  group.values = take(row);
  group.next = take(row);
  group.row = take(row);
  group.last = take(row);
  group.tops = take(row);
  group.weights = take(<usize>call.states * WEIGHTS);
  group.scores = take(tile);
  group.tileStep = keep ? tile : 0;
  group.inverseStep = keep ? row : 0;
  group.tiles = take(moves * tile);
  group.inverses = take(moves * row);
  if (call.factored) {
    group.sums = take(tile);
  }
  if (call.mode == Mode.PRODUCT) {
    group.slopes = take(row);
    group.nextSlopes = take(row);
    group.rowDot = take(row);
    group.lastDot = take(row);
    group.tilesDot = take(moves * tile);
    group.means = take(moves * row);
    if (call.factored) {
      group.scoresDot = take(tile);
      group.sumsDot = take(tile);
    }
  }
  return toLine();
}

/** The mask of the items that have a move at t. */
// @inline
export function activeAt(group: Group, t: i32): v128 {
  return i32x4.gt_s(v128.load(group.lengths), i32x4.splat(t));
}

// @inline
export function unaryBytes(call: ChainCall): usize {
  return (<usize>((call.time + 1) * call.states)) << 2;
}

// @inline
export function unaryAt(call: ChainCall, unary: usize, t: i32): usize {
  return unary + ((<usize>(t * call.states)) << 2);
}

/** Lanes that repeat the first item write the same numbers to the same places. */
export function findRuns(call: ChainCall, group: Group, base: usize, t: i32, column: i32): void {
  const size = call.states * call.states;
  const itemBytes = (<usize>(call.time * size)) << 2;
  const move = base + ((<usize>(t * size + column)) << 2);
  for (let lane: usize = 0; lane < 16; lane += 4) {
    store<usize>(group.runs + lane, move + <usize>load<i32>(group.items + lane) * itemBytes);
  }
}
