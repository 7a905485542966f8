import { sumOfFour } from "./lanes";

// Products of a transition that the batch shares with the rows of eight items, two vectors an entry:
// the register tiles of a matrix product whose columns are the items.

/** The bytes of an entry of eight items. */
export const ENTRY: usize = 32;

/** The most rows of a tile: with two vectors each they fill the registers. */
const TILE = 5;

/** The tiles of a product of `n` rows, each of at most TILE, their sizes differing by at most 1. */
// @ts-ignore: decorator
@inline function tiles(n: i32): i32 {
  return (n + TILE - 1) / TILE;
}

/**
 * Lays out a matrix [n, n] so that `multiply` reads it in order: tile by tile of rows, in each column
 * by column. `down` and `along` are the steps from row to row and from column to column in floats.
 */
export function pack(matrix: usize, n: i32, down: i32, along: i32, to: usize): void {
  const count = tiles(n);
  let row = 0;
  for (let tile = 0; tile < count; tile++) {
    const rows = n / count + i32(tile < n % count);
    for (let k = 0; k < n; k++) {
      for (let r = 0; r < rows; r++, to += 4) {
        store<f32>(to, load<f32>(matrix + (<usize>((row + r) * down + k * along) << 2)));
      }
    }
    row += rows;
  }
}

/** out[i] = Σ_k matrix[i][k]·x[k] for the packed matrix and entries of eight items. */
export function multiply(packed: usize, n: i32, x: usize, out: usize): void {
  const count = tiles(n);
  const small = n / count;
  const larger = n % count;
  for (let tile = 0; tile < count; tile++) {
    const rows = small + i32(tile < larger);
    if (rows == 6) multiplyTile(6, packed, n, x, out);
    else if (rows == 5) multiplyTile(5, packed, n, x, out);
    else if (rows == 4) multiplyTile(4, packed, n, x, out);
    else if (rows == 3) multiplyTile(3, packed, n, x, out);
    else if (rows == 2) multiplyTile(2, packed, n, x, out);
    else multiplyTile(1, packed, n, x, out);
    packed += <usize>(rows * n) << 2;
    out += <usize>rows * ENTRY;
  }
}

// @ts-ignore: decorator
@inline function madd(sum: v128, a: v128, b: v128): v128 {
  return f32x4.add(sum, f32x4.mul(a, b));
}

/** `rows` is a constant: what is beyond it is not compiled. */
// @ts-ignore: decorator
@inline function multiplyTile(rows: i32, e: usize, n: i32, x: usize, out: usize): void {
  const zero = f32x4.splat(0);
  let a0 = zero;
  let a1 = zero;
  let b0 = zero;
  let b1 = zero;
  let c0 = zero;
  let c1 = zero;
  let d0 = zero;
  let d1 = zero;
  let e0 = zero;
  let e1 = zero;
  let f0 = zero;
  let f1 = zero;
  let k = 0;
  for (; k + 2 <= n; k += 2) {
    const x00 = v128.load(x, 0);
    const x01 = v128.load(x, 16);
    const s0 = v128.load32_splat(e);
    a0 = madd(a0, s0, x00);
    a1 = madd(a1, s0, x01);
    if (rows > 1) {
      const s = v128.load32_splat(e, 4);
      b0 = madd(b0, s, x00);
      b1 = madd(b1, s, x01);
    }
    if (rows > 2) {
      const s = v128.load32_splat(e, 8);
      c0 = madd(c0, s, x00);
      c1 = madd(c1, s, x01);
    }
    if (rows > 3) {
      const s = v128.load32_splat(e, 12);
      d0 = madd(d0, s, x00);
      d1 = madd(d1, s, x01);
    }
    if (rows > 4) {
      const s = v128.load32_splat(e, 16);
      e0 = madd(e0, s, x00);
      e1 = madd(e1, s, x01);
    }
    if (rows > 5) {
      const s = v128.load32_splat(e, 20);
      f0 = madd(f0, s, x00);
      f1 = madd(f1, s, x01);
    }
    e += <usize>rows << 2;
    const x10 = v128.load(x, 32);
    const x11 = v128.load(x, 48);
    const s1 = v128.load32_splat(e);
    a0 = madd(a0, s1, x10);
    a1 = madd(a1, s1, x11);
    if (rows > 1) {
      const s = v128.load32_splat(e, 4);
      b0 = madd(b0, s, x10);
      b1 = madd(b1, s, x11);
    }
    if (rows > 2) {
      const s = v128.load32_splat(e, 8);
      c0 = madd(c0, s, x10);
      c1 = madd(c1, s, x11);
    }
    if (rows > 3) {
      const s = v128.load32_splat(e, 12);
      d0 = madd(d0, s, x10);
      d1 = madd(d1, s, x11);
    }
    if (rows > 4) {
      const s = v128.load32_splat(e, 16);
      e0 = madd(e0, s, x10);
      e1 = madd(e1, s, x11);
    }
    if (rows > 5) {
      const s = v128.load32_splat(e, 20);
      f0 = madd(f0, s, x10);
      f1 = madd(f1, s, x11);
    }
    e += <usize>rows << 2;
    x += 2 * ENTRY;
  }
  if (k < n) {
    const x00 = v128.load(x, 0);
    const x01 = v128.load(x, 16);
    const s0 = v128.load32_splat(e);
    a0 = madd(a0, s0, x00);
    a1 = madd(a1, s0, x01);
    if (rows > 1) {
      const s = v128.load32_splat(e, 4);
      b0 = madd(b0, s, x00);
      b1 = madd(b1, s, x01);
    }
    if (rows > 2) {
      const s = v128.load32_splat(e, 8);
      c0 = madd(c0, s, x00);
      c1 = madd(c1, s, x01);
    }
    if (rows > 3) {
      const s = v128.load32_splat(e, 12);
      d0 = madd(d0, s, x00);
      d1 = madd(d1, s, x01);
    }
    if (rows > 4) {
      const s = v128.load32_splat(e, 16);
      e0 = madd(e0, s, x00);
      e1 = madd(e1, s, x01);
    }
    if (rows > 5) {
      const s = v128.load32_splat(e, 20);
      f0 = madd(f0, s, x00);
      f1 = madd(f1, s, x01);
    }
    e += <usize>rows << 2;
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
  if (rows > 4) {
    v128.store(out, e0, 128);
    v128.store(out, e1, 144);
  }
  if (rows > 5) {
    v128.store(out, f0, 160);
    v128.store(out, f1, 176);
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
      s0 = madd(s0, v128.load(m), v128.load(from));
      s1 = madd(s1, v128.load(m, 16), v128.load(from, 16));
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
      v128.store(sums, madd(v128.load(sums), x0, v128.load(from)));
      v128.store(sums, madd(v128.load(sums, 16), x1, v128.load(from, 16)), 16);
    }
  }
}

/**
 * out[i][j] = Σ over steps and items of x[step][i]·a[step][j], rows `stride` bytes apart.
 * Tiles that would stick out overlap their neighbours instead: they write the same sums again.
 */
export function outer(
  x: usize,
  a: usize,
  stride: usize,
  steps: i32,
  n: i32,
  out: usize,
): void {
  if (n < 4) {
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) {
        outerEntry(x + <usize>i * ENTRY, a + <usize>j * ENTRY, stride, steps, out + (<usize>(i * n + j) << 2));
      }
    }
    return;
  }
  for (let i = 0; i < n; i += 3) {
    const row = min(i, n - 3);
    for (let j = 0; j < n; j += 4) {
      const column = min(j, n - 4);
      outerTile(
        x + <usize>row * ENTRY,
        a + <usize>column * ENTRY,
        stride,
        steps,
        out + (<usize>(row * n + column) << 2),
        <usize>n << 2,
      );
    }
  }
}

function outerEntry(x: usize, a: usize, stride: usize, steps: i32, out: usize): void {
  let s0 = f32x4.splat(0);
  let s1 = s0;
  for (let step = 0; step < steps; step++, x += stride, a += stride) {
    s0 = madd(s0, v128.load(x), v128.load(a));
    s1 = madd(s1, v128.load(x, 16), v128.load(a, 16));
  }
  const pair = f32x4.add(s0, s1);
  v128.store_lane<f32>(out, sumOfFour(pair, pair, pair, pair), 0);
}

/** Three rows by four columns. */
function outerTile(
  x: usize,
  a: usize,
  stride: usize,
  steps: i32,
  out: usize,
  down: usize,
): void {
  const zero = f32x4.splat(0);
  let s00 = zero;
  let s01 = zero;
  let s02 = zero;
  let s03 = zero;
  let s10 = zero;
  let s11 = zero;
  let s12 = zero;
  let s13 = zero;
  let s20 = zero;
  let s21 = zero;
  let s22 = zero;
  let s23 = zero;
  for (let step = 0; step < steps; step++, x += stride, a += stride) {
    const x0 = v128.load(x);
    const x1 = v128.load(x, 32);
    const x2 = v128.load(x, 64);
    let y = v128.load(a);
    s00 = madd(s00, x0, y);
    s10 = madd(s10, x1, y);
    s20 = madd(s20, x2, y);
    y = v128.load(a, 32);
    s01 = madd(s01, x0, y);
    s11 = madd(s11, x1, y);
    s21 = madd(s21, x2, y);
    y = v128.load(a, 64);
    s02 = madd(s02, x0, y);
    s12 = madd(s12, x1, y);
    s22 = madd(s22, x2, y);
    y = v128.load(a, 96);
    s03 = madd(s03, x0, y);
    s13 = madd(s13, x1, y);
    s23 = madd(s23, x2, y);

    const z0 = v128.load(x, 16);
    const z1 = v128.load(x, 48);
    const z2 = v128.load(x, 80);
    y = v128.load(a, 16);
    s00 = madd(s00, z0, y);
    s10 = madd(s10, z1, y);
    s20 = madd(s20, z2, y);
    y = v128.load(a, 48);
    s01 = madd(s01, z0, y);
    s11 = madd(s11, z1, y);
    s21 = madd(s21, z2, y);
    y = v128.load(a, 80);
    s02 = madd(s02, z0, y);
    s12 = madd(s12, z1, y);
    s22 = madd(s22, z2, y);
    y = v128.load(a, 112);
    s03 = madd(s03, z0, y);
    s13 = madd(s13, z1, y);
    s23 = madd(s23, z2, y);
  }
  v128.store(out, sumOfFour(s00, s01, s02, s03));
  v128.store(out + down, sumOfFour(s10, s11, s12, s13));
  v128.store(out + 2 * down, sumOfFour(s20, s21, s22, s23));
}
