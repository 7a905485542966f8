// The costs of a tile by anti-diagonals, and what is by anti-diagonals back in rows.
import { turn } from '../simd/lanes';
import { COSTS, Problem, SQUARED_EUCLIDEAN, wholeVectors } from './problem';
import { Tile } from './tile';

/**
 * Lays the costs of a tile into the plane COSTS, +Infinity where the corridor forbids. Lanes outside the
 * tile get some number that is never used.
 */
export function layCosts(p: Problem, tile: Tile): void {
  const plane = tile.workspace + COSTS;
  if (p.cost) featureCosts(p, plane, tile);
  else layRows(p.costs, p.stride, plane, tile);
  if (p.corridorFirst) forbidOutside(p, plane, tile);
}

/** Whether the corridor has no cell of the tile: then nothing in it is reached. */
export function outsideCorridor(p: Problem, tile: Tile): bool {
  if (p.corridorFirst == 0) return false;
  const rowFrom = tile.rowFrom;
  const colFrom = tile.colFrom;
  for (let i = rowFrom; i < rowFrom + tile.h; i++) {
    const first = load<i32>(p.corridorFirst + ((<usize>i) << 2));
    const last = load<i32>(p.corridorLast + ((<usize>i) << 2));
    if (first < colFrom + tile.w && last >= colFrom) return false;
  }
  return true;
}

function forbidOutside(p: Problem, plane: usize, tile: Tile): void {
  const rowFrom = tile.rowFrom;
  const h = tile.h;
  const colFrom = tile.colFrom;
  const w = tile.w;
  const pitch = wholeVectors(h);
  for (let i = 0; i < h; i++) {
    const first = load<i32>(p.corridorFirst + ((<usize>(rowFrom + i)) << 2)) - colFrom;
    const last = load<i32>(p.corridorLast + ((<usize>(rowFrom + i)) << 2)) - colFrom;
    for (let j = 0; j < min(first, w); j++) {
      store<f32>(plane + ((<usize>((i + j) * pitch + i)) << 2), Infinity);
    }
    for (let j = max(last + 1, 0); j < w; j++) {
      store<f32>(plane + ((<usize>((i + j) * pitch + i)) << 2), Infinity);
    }
  }
}

/** Rows of numbers into a plane: 4 × 4 numbers at a time, turned. */
export function layRows(rows: usize, stride: i32, plane: usize, tile: Tile): void {
  const rowFrom = tile.rowFrom;
  const h = tile.h;
  const colFrom = tile.colFrom;
  const w = tile.w;
  const pitch = wholeVectors(h);
  const next = (<usize>pitch) << 2;
  for (let i = 0; i < h; i += 4) {
    // Rows beyond the last are read as the last.
    const a0 = rows + ((<usize>((rowFrom + i) * stride + colFrom)) << 2);
    const a1 = rows + ((<usize>((rowFrom + min(i + 1, h - 1)) * stride + colFrom - 1)) << 2);
    const a2 = rows + ((<usize>((rowFrom + min(i + 2, h - 1)) * stride + colFrom - 2)) << 2);
    const a3 = rows + ((<usize>((rowFrom + min(i + 3, h - 1)) * stride + colFrom - 3)) << 2);
    let to = plane + ((<usize>(i * pitch + i)) << 2);
    for (let d = 0; d < w + 3; d += 4) {
      const at = (<usize>d) << 2;
      const r0 = v128.load(a0 + at);
      const r1 = v128.load(a1 + at);
      const r2 = v128.load(a2 + at);
      const r3 = v128.load(a3 + at);
      turn(r0, r1, r2, r3, to, to + next, to + 2 * next, to + 3 * next);
      to += 4 * next;
    }
  }
}

/** A plane back into rows; nothing outside the tile is written. */
export function takeRows(rows: usize, stride: i32, plane: usize, tile: Tile): void {
  const rowFrom = tile.rowFrom;
  const h = tile.h;
  const colFrom = tile.colFrom;
  const w = tile.w;
  const pitch = wholeVectors(h);
  const next = (<usize>pitch) << 2;
  const whole = h & ~3;
  for (let i = 0; i < whole; i += 4) {
    const a0 = rows + ((<usize>((rowFrom + i) * stride + colFrom)) << 2);
    const a1 = a0 + ((<usize>(stride - 1)) << 2);
    const a2 = a1 + ((<usize>(stride - 1)) << 2);
    const a3 = a2 + ((<usize>(stride - 1)) << 2);
    const from = plane + ((<usize>(i * pitch + i)) << 2);
    let d = 4;
    for (; d + 3 < w; d += 4) {
      const at = (<usize>d) << 2;
      const source = from + <usize>d * next;
      const d0 = v128.load(source);
      const d1 = v128.load(source + next);
      const d2 = v128.load(source + 2 * next);
      const d3 = v128.load(source + 3 * next);
      turn(d0, d1, d2, d3, a0 + at, a1 + at, a2 + at, a3 + at);
    }
    // Row i + l has its columns [4 − l, d − l) by now.
    for (let l = 0; l < 4; l++) {
      const row = a0 + ((<usize>(l * stride)) << 2);
      const source = from + ((<usize>(l * pitch + l)) << 2);
      const head = min(4 - l, w);
      for (let j = 0; j < head; j++) {
        store<f32>(row + ((<usize>j) << 2), load<f32>(source + <usize>j * next));
      }
      for (let j = max(d - l, head); j < w; j++) {
        store<f32>(row + ((<usize>j) << 2), load<f32>(source + <usize>j * next));
      }
    }
  }
  for (let i = whole; i < h; i++) {
    const row = rows + ((<usize>((rowFrom + i) * stride + colFrom)) << 2);
    const source = plane + ((<usize>(i * pitch + i)) << 2);
    for (let j = 0; j < w; j++) {
      store<f32>(row + ((<usize>j) << 2), load<f32>(source + <usize>j * next));
    }
  }
}

/** Zeros in rows. */
export function clearRows(rows: usize, stride: i32, tile: Tile): void {
  const rowFrom = tile.rowFrom;
  const h = tile.h;
  const colFrom = tile.colFrom;
  const w = tile.w;
  for (let i = rowFrom; i < rowFrom + h; i++) {
    memory.fill(rows + ((<usize>(i * stride + colFrom)) << 2), 0, (<usize>w) << 2);
  }
}

/** Squared distances or inner products of feature vectors, four cells of an anti-diagonal a vector. */
function featureCosts(p: Problem, plane: usize, tile: Tile): void {
  const rowFrom = tile.rowFrom;
  const h = tile.h;
  const colFrom = tile.colFrom;
  const w = tile.w;
  const pitch = wholeVectors(h);
  const depth = p.depth;
  const rowPitch = (<usize>p.rowPitch) << 2;
  const colPitch = (<usize>p.colPitch) << 2;
  const squared = p.cost == SQUARED_EUCLIDEAN;
  for (let d = 0; d < h + w - 1; d++) {
    const from = max(0, d - w + 1) & ~3;
    const to = min(h - 1, d);
    const out = plane + ((<usize>(d * pitch)) << 2);
    const ys = p.colFeatures - ((<usize>(colFrom + d)) << 2);
    const xs = p.rowFeatures + ((<usize>rowFrom) << 2);
    for (let i = from; i <= to; i += 4) {
      let x = xs + ((<usize>i) << 2);
      let y = ys + ((<usize>i) << 2);
      let total = f32x4.splat(0);
      if (squared) {
        for (let k = 0; k < depth; k++) {
          const difference = f32x4.sub(v128.load(x), v128.load(y));
          total = f32x4.add(total, f32x4.mul(difference, difference));
          x += rowPitch;
          y += colPitch;
        }
      } else {
        for (let k = 0; k < depth; k++) {
          total = f32x4.add(total, f32x4.mul(v128.load(x), v128.load(y)));
          x += rowPitch;
          y += colPitch;
        }
      }
      v128.store(out + ((<usize>i) << 2), total);
    }
  }
}

@unmanaged
export class InspectCall {
  values: usize;
  count: i32;
  /** The values of a job. */
  block: i32;
  /** [jobs, 3] */
  results: usize;
}

/**
 * What of `values` is no cost: 1 where an entry is NaN or −Infinity; and the least and the greatest
 * of 0 and the finite ones.
 */
export function dtwInspect(call: InspectCall, job: i32, _workspace: usize): void {
  const values = call.values;
  const result = call.results + <usize>job * 12;
  const to = min(call.count, (job + 1) * call.block);
  let i = job * call.block;
  const infinite = f32x4.splat(Infinity);
  const negative = f32x4.splat(-Infinity);
  let good = i32x4.splat(-1);
  let least0 = f32x4.splat(0);
  let least1 = least0;
  let greatest0 = least0;
  let greatest1 = least0;
  for (; i + 7 < to; i += 8) {
    const x = v128.load(values + ((<usize>i) << 2));
    const y = v128.load(values + ((<usize>i) << 2), 16);
    good = v128.and(good, v128.and(f32x4.gt(x, negative), f32x4.gt(y, negative)));
    least0 = f32x4.pmin(least0, x);
    least1 = f32x4.pmin(least1, y);
    greatest0 = f32x4.pmax(greatest0, v128.and(x, f32x4.lt(x, infinite)));
    greatest1 = f32x4.pmax(greatest1, v128.and(y, f32x4.lt(y, infinite)));
  }
  const least = f32x4.pmin(least0, least1);
  const greatest = f32x4.pmax(greatest0, greatest1);
  let bad = !i32x4.all_true(good);
  let low = min(
    min(f32x4.extract_lane(least, 0), f32x4.extract_lane(least, 1)),
    min(f32x4.extract_lane(least, 2), f32x4.extract_lane(least, 3)),
  );
  let high = max(
    max(f32x4.extract_lane(greatest, 0), f32x4.extract_lane(greatest, 1)),
    max(f32x4.extract_lane(greatest, 2), f32x4.extract_lane(greatest, 3)),
  );
  for (; i < to; i++) {
    const x = load<f32>(values + ((<usize>i) << 2));
    if (!(x > -Infinity)) bad = true;
    else if (x < Infinity) {
      low = min(low, x);
      high = max(high, x);
    }
  }
  store<f32>(result, bad ? 1 : 0);
  store<f32>(result, low, 4);
  store<f32>(result, high, 8);
}
