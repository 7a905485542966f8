import { madd } from '../simd/madd';
import { sumOf, sumOfFour } from '../simd/lanes';

// Products of a transition that the batch shares with the rows of eight items, two vectors an entry:
// the register tiles of a matrix product whose columns are the items.
//
// The compiler of WebAssembly in V8 has 15 registers, unrolls these loops by itself, and reads all
// operands of a step before it computes: with eight sums, six operands and one product they are
// full, and a larger tile, or several steps at once, is slower because it spills.

/** The bytes of an entry of eight items. */
export const ENTRY: usize = 32;

/** The most rows of a tile. */
const TILE = 4;

/** The tiles of a product of `n` rows, whose sizes differ by at most 1. */
// @inline
function tiles(n: i32): i32 {
  return (n + TILE - 1) / TILE;
}

/** How many of the tiles are of the larger size, n / tiles rounded up: they come first. */
// @inline
function larger(n: i32, count: i32, rows: i32): i32 {
  return n - (rows - 1) * count;
}

/**
 * Lays out a matrix [n, n] so that `multiply` reads it in order: tile by tile of rows, in each column
 * by column. `down` and `along` are the steps from row to row and from column to column in floats.
 */
export function pack(matrix: usize, n: i32, down: i32, along: i32, to: usize): void {
  const count = tiles(n);
  const most = (n + count - 1) / count;
  let row = 0;
  for (let tile = 0; tile < count; tile++) {
    const rows = most - i32(tile >= larger(n, count, most));
    for (let k = 0; k < n; k++) {
      let from = matrix + ((<usize>(row * down + k * along)) << 2);
      for (let r = 0; r < rows; r++, to += 4, from += (<usize>down) << 2) {
        store<f32>(to, load<f32>(from));
      }
    }
    row += rows;
  }
}

/** out[i] = Σ_k matrix[i][k]·x[k] for the packed matrix and entries of eight items. */
export function multiply(packed: usize, n: i32, x: usize, out: usize): void {
  if (n == 2) return multiplyTwo(packed, x, out);
  const count = tiles(n);
  let rows = (n + count - 1) / count;
  let left = larger(n, count, rows);
  const rest = count - left;
  for (let size = 0; size < 2; size++) {
    for (; left > 0; left--) {
      if (rows == 4) multiplyTile(4, packed, n, x, out);
      else if (rows == 3) multiplyTile(3, packed, n, x, out);
      else if (rows == 2) multiplyTile(2, packed, n, x, out);
      else multiplyTile(1, packed, n, x, out);
      packed += (<usize>(rows * n)) << 2;
      out += <usize>rows * ENTRY;
    }
    left = rest;
    rows--;
  }
}

/** `multiply` of two states, where loops would cost more than what they do. */
function multiplyTwo(packed: usize, x: usize, out: usize): void {
  const x00 = v128.load(x);
  const x01 = v128.load(x, 16);
  const x10 = v128.load(x, 32);
  const x11 = v128.load(x, 48);
  let e = v128.load32_splat(packed);
  let f = v128.load32_splat(packed, 8);
  v128.store(out, madd(f, x10, f32x4.mul(e, x00)));
  v128.store(out, madd(f, x11, f32x4.mul(e, x01)), 16);
  e = v128.load32_splat(packed, 4);
  f = v128.load32_splat(packed, 12);
  v128.store(out, madd(f, x10, f32x4.mul(e, x00)), 32);
  v128.store(out, madd(f, x11, f32x4.mul(e, x01)), 48);
}

/** `rows` is a constant: what is beyond it is not compiled. */
// @inline
function multiplyTile(rows: i32, e: usize, n: i32, x: usize, out: usize): void {
  let a0 = f32x4.splat(0);
  let a1 = a0;
  let b0 = a0;
  let b1 = a0;
  let c0 = a0;
  let c1 = a0;
  let d0 = a0;
  let d1 = a0;
  for (const end = x + <usize>n * ENTRY; x < end; x += ENTRY) {
    const x0 = v128.load(x);
    const x1 = v128.load(x, 16);
    const a = v128.load32_splat(e);
    a0 = madd(a, x0, a0);
    a1 = madd(a, x1, a1);
    if (rows > 1) {
      const b = v128.load32_splat(e, 4);
      b0 = madd(b, x0, b0);
      b1 = madd(b, x1, b1);
    }
    if (rows > 2) {
      const c = v128.load32_splat(e, 8);
      c0 = madd(c, x0, c0);
      c1 = madd(c, x1, c1);
    }
    if (rows > 3) {
      const d = v128.load32_splat(e, 12);
      d0 = madd(d, x0, d0);
      d1 = madd(d, x1, d1);
    }
    e += (<usize>rows) << 2;
  }
  v128.store(out, a0);
  v128.store(out, a1, 16);
  if (rows > 1) {
    v128.store(out, b0, 32);
    v128.store(out, b1, 48);
  }
  if (rows > 2) {
    v128.store(out, c0, 64);
    v128.store(out, c1, 80);
  }
  if (rows > 3) {
    v128.store(out, d0, 96);
    v128.store(out, d1, 112);
  }
}

/** out[i] = Σ_k matrix[i][k]·x[k] where every item has a matrix of its own, in entries as x. */
export function multiplyOwn(
  matrix: usize,
  n: i32,
  down: usize,
  along: usize,
  x: usize,
  out: usize,
): void {
  for (let i = 0; i < n; i++, out += ENTRY) {
    let m = matrix + <usize>i * down;
    let from = x;
    let s0 = f32x4.splat(0);
    let s1 = s0;
    for (let k = 0; k < n; k++, m += along, from += ENTRY) {
      s0 = madd(v128.load(m), v128.load(from), s0);
      s1 = madd(v128.load(m, 16), v128.load(from, 16), s1);
    }
    v128.store(out, s0);
    v128.store(out, s1, 16);
  }
}

/** sums[i][j] += x[i]·a[j], a vector an item each. */
export function addOuterOwn(x: usize, a: usize, n: i32, sums: usize): void {
  for (let i = 0; i < n; i++, x += ENTRY) {
    const x0 = v128.load(x);
    const x1 = v128.load(x, 16);
    let from = a;
    for (let j = 0; j < n; j++, from += ENTRY, sums += ENTRY) {
      v128.store(sums, madd(x0, v128.load(from), v128.load(sums)));
      v128.store(sums, madd(x1, v128.load(from, 16), v128.load(sums, 16)), 16);
    }
  }
}

/**
 * out[i][j] = Σ over steps and items of x[step][i]·a[step][j], rows `stride` bytes apart.
 * Tiles that would stick out overlap their neighbours instead: they write the same sums again.
 */
export function outer(x: usize, a: usize, stride: usize, steps: i32, n: i32, out: usize): void {
  if (n < 4) {
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) {
        outerEntry(
          x + <usize>i * ENTRY,
          a + <usize>j * ENTRY,
          stride,
          steps,
          out + ((<usize>(i * n + j)) << 2),
        );
      }
    }
    return;
  }
  for (let i = 0; i < n; i += 4) {
    const row = min(i, n - 4);
    for (let j = 0; j < n; j += 2) {
      const column = min(j, n - 2);
      outerTile(
        x + <usize>row * ENTRY,
        a + <usize>column * ENTRY,
        stride,
        steps,
        out + ((<usize>(row * n + column)) << 2),
        (<usize>n) << 2,
      );
    }
  }
}

function outerEntry(x: usize, a: usize, stride: usize, steps: i32, out: usize): void {
  let s0 = f32x4.splat(0);
  let s1 = s0;
  for (let step = 0; step < steps; step++, x += stride, a += stride) {
    s0 = madd(v128.load(x), v128.load(a), s0);
    s1 = madd(v128.load(x, 16), v128.load(a, 16), s1);
  }
  store<f32>(out, sumOf(f32x4.add(s0, s1)));
}

/** Four rows by two columns. */
// @inline
function outerTile(x: usize, a: usize, stride: usize, steps: i32, out: usize, down: usize): void {
  let s00 = f32x4.splat(0);
  let s01 = s00;
  let s10 = s00;
  let s11 = s00;
  let s20 = s00;
  let s21 = s00;
  let s30 = s00;
  let s31 = s00;
  for (let vector: usize = 0; vector < ENTRY; vector += 16) {
    let from = x + vector;
    let by = a + vector;
    for (let step = 0; step < steps; step++, from += stride, by += stride) {
      const a0 = v128.load(by);
      const a1 = v128.load(by, 32);
      const x0 = v128.load(from);
      s00 = madd(x0, a0, s00);
      s01 = madd(x0, a1, s01);
      const x1 = v128.load(from, 32);
      s10 = madd(x1, a0, s10);
      s11 = madd(x1, a1, s11);
      const x2 = v128.load(from, 64);
      s20 = madd(x2, a0, s20);
      s21 = madd(x2, a1, s21);
      const x3 = v128.load(from, 96);
      s30 = madd(x3, a0, s30);
      s31 = madd(x3, a1, s31);
    }
  }
  const upper = sumOfFour(s00, s01, s10, s11);
  v128.store64_lane(out, upper, 0);
  v128.store64_lane(out + down, upper, 1);
  const lower = sumOfFour(s20, s21, s30, s31);
  v128.store64_lane(out + 2 * down, lower, 0);
  v128.store64_lane(out + 3 * down, lower, 1);
}
