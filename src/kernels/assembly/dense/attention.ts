// The products of attention: for every item of a batch a small matrix product over its own numbers
// of rows, so that nothing is computed for padding.

@unmanaged
export class ItemDotsCall {
  /** [items, rows, depth] */
  a: usize;
  /** [items, cols, depth] */
  b: usize;
  /** [items, rows, cols] */
  c: usize;
  /** [items], integers, and so colLengths. */
  rowLengths: usize;
  colLengths: usize;
  rows: i32;
  cols: i32;
  depth: i32;
}

/**
 * c[i] = a[i] · b[i]ᵀ over the rows that item i has, 0 for others: scores of queries by states. A job
 * is an item.
 */
export function itemDots(call: ItemDotsCall, item: i32, _workspace: usize): void {
  const rows = call.rows;
  const cols = call.cols;
  const depth = call.depth;
  const bytes = (<usize>depth) << 2;
  const a = call.a + <usize>(item * rows) * bytes;
  const b = call.b + <usize>(item * cols) * bytes;
  const c = call.c + ((<usize>(item * rows * cols)) << 2);
  const rowLength = load<i32>(call.rowLengths + ((<usize>item) << 2));
  const colLength = load<i32>(call.colLengths + ((<usize>item) << 2));
  memory.fill(c, 0, (<usize>(rows * cols)) << 2);
  for (let row = 0; row < rowLength; row++) {
    const x = a + <usize>row * bytes;
    const out = c + ((<usize>(row * cols)) << 2);
    for (let col = 0; col < colLength; col += 4) {
      // Four rows of b at once; past the last one it is read again and not stored.
      const last = colLength - 1;
      const y0 = b + <usize>col * bytes;
      const y1 = b + <usize>min(col + 1, last) * bytes;
      const y2 = b + <usize>min(col + 2, last) * bytes;
      const y3 = b + <usize>min(col + 3, last) * bytes;
      let s0 = f32x4.splat(0);
      let s1 = f32x4.splat(0);
      let s2 = f32x4.splat(0);
      let s3 = f32x4.splat(0);
      const whole = (<usize>(depth & ~3)) << 2;
      let at: usize = 0;
      for (; at < whole; at += 16) {
        const v = v128.load(x + at);
        s0 = f32x4.add(s0, f32x4.mul(v, v128.load(y0 + at)));
        s1 = f32x4.add(s1, f32x4.mul(v, v128.load(y1 + at)));
        s2 = f32x4.add(s2, f32x4.mul(v, v128.load(y2 + at)));
        s3 = f32x4.add(s3, f32x4.mul(v, v128.load(y3 + at)));
      }
      let t0 = sum(s0);
      let t1 = sum(s1);
      let t2 = sum(s2);
      let t3 = sum(s3);
      for (; at < bytes; at += 4) {
        const v = load<f32>(x + at);
        t0 += v * load<f32>(y0 + at);
        t1 += v * load<f32>(y1 + at);
        t2 += v * load<f32>(y2 + at);
        t3 += v * load<f32>(y3 + at);
      }
      const to = out + ((<usize>col) << 2);
      store<f32>(to, t0);
      if (col + 1 < colLength) store<f32>(to, t1, 4);
      if (col + 2 < colLength) store<f32>(to, t2, 8);
      if (col + 3 < colLength) store<f32>(to, t3, 12);
    }
  }
}

// @inline
function sum(v: v128): f32 {
  const pairs = f32x4.add(
    v,
    i8x16.shuffle(v, v, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7),
  );
  return f32x4.extract_lane(pairs, 0) + f32x4.extract_lane(pairs, 1);
}

@unmanaged
export class ItemMixCall {
  w: usize;
  /** [items, inner, depth] */
  b: usize;
  /** [items, outer, depth] */
  c: usize;
  /** [items], integers, and so innerLengths. */
  outerLengths: usize;
  innerLengths: usize;
  outer: i32;
  inner: i32;
  depth: i32;
  /** Of w, in floats. */
  outerStride: i32;
  innerStride: i32;
  /** 1: to what c holds. */
  add: i32;
}

/**
 * c[i, o] (+)= Σ_k w[i, o, k] · b[i, k] over the rows that item i has; rows of c past its length
 * are 0 (left as they are when adding). Strides of w let it be read as it is or transposed.
 * A job is an item.
 */
export function itemMix(call: ItemMixCall, item: i32, _workspace: usize): void {
  const outer = call.outer;
  const inner = call.inner;
  const outerStride = (<usize>call.outerStride) << 2;
  const innerStride = (<usize>call.innerStride) << 2;
  const add = call.add;
  const bytes = (<usize>call.depth) << 2;
  const w = call.w + ((<usize>(item * outer * inner)) << 2);
  const b = call.b + <usize>(item * inner) * bytes;
  const c = call.c + <usize>(item * outer) * bytes;
  const outerLength = load<i32>(call.outerLengths + ((<usize>item) << 2));
  const innerLength = load<i32>(call.innerLengths + ((<usize>item) << 2));
  if (!add) {
    memory.fill(c + <usize>outerLength * bytes, 0, <usize>(outer - outerLength) * bytes);
  }
  for (let row = 0; row < outerLength; row++) {
    const weights = w + <usize>row * outerStride;
    const out = c + <usize>row * bytes;
    let at: usize = 0;
    for (; at + 64 <= bytes; at += 64) {
      let s0 = f32x4.splat(0);
      let s1 = f32x4.splat(0);
      let s2 = f32x4.splat(0);
      let s3 = f32x4.splat(0);
      if (add) {
        s0 = v128.load(out + at);
        s1 = v128.load(out + at, 16);
        s2 = v128.load(out + at, 32);
        s3 = v128.load(out + at, 48);
      }
      let weight = weights;
      let y = b + at;
      for (let k = 0; k < innerLength; k++) {
        const factor = v128.load32_splat(weight);
        s0 = f32x4.add(s0, f32x4.mul(factor, v128.load(y)));
        s1 = f32x4.add(s1, f32x4.mul(factor, v128.load(y, 16)));
        s2 = f32x4.add(s2, f32x4.mul(factor, v128.load(y, 32)));
        s3 = f32x4.add(s3, f32x4.mul(factor, v128.load(y, 48)));
        weight += innerStride;
        y += bytes;
      }
      v128.store(out + at, s0);
      v128.store(out + at, s1, 16);
      v128.store(out + at, s2, 32);
      v128.store(out + at, s3, 48);
    }
    for (; at < bytes; at += 4) {
      let total: f32 = add ? load<f32>(out + at) : 0;
      let weight = weights;
      let y = b + at;
      for (let k = 0; k < innerLength; k++) {
        total += load<f32>(weight) * load<f32>(y);
        weight += innerStride;
        y += bytes;
      }
      store<f32>(out + at, total);
    }
  }
}
