// Several items side by side: entry k of a run of floats of every item becomes one vector with a
// lane an item, so that all that follows is vertical, whatever the number of states.

/** The byte offset of the run that starts at `offset` of the item in a lane. */
// @inline
function runOf(base: usize, itemBytes: usize, items: usize, lane: usize): usize {
  return base + <usize>load<i32>(items + (lane << 2)) * itemBytes;
}

/**
 * Copies a run of `count` floats of each of four items into lanes, `step` bytes from entry to entry,
 * and returns the largest of each lane. The sum of each lane is added to the vector at `check`: it
 * stays below +Infinity unless there was a NaN or +Infinity.
 */
export function spread(
  base: usize,
  itemBytes: usize,
  items: usize,
  count: i32,
  to: usize,
  step: usize,
  check: usize,
): v128 {
  let a0 = runOf(base, itemBytes, items, 0);
  let a1 = runOf(base, itemBytes, items, 1);
  let a2 = runOf(base, itemBytes, items, 2);
  let a3 = runOf(base, itemBytes, items, 3);
  let top = f32x4.splat(-Infinity);
  let top2 = top;
  let sum = v128.load(check);
  let sum2 = f32x4.splat(0);
  let k = 0;
  for (; k + 4 <= count; k += 4) {
    const v0 = v128.load(a0);
    const v1 = v128.load(a1);
    const v2 = v128.load(a2);
    const v3 = v128.load(a3);
    const low01 = v128.shuffle<f32>(v0, v1, 0, 4, 1, 5);
    const high01 = v128.shuffle<f32>(v0, v1, 2, 6, 3, 7);
    const low23 = v128.shuffle<f32>(v2, v3, 0, 4, 1, 5);
    const high23 = v128.shuffle<f32>(v2, v3, 2, 6, 3, 7);
    const r0 = v128.shuffle<f64>(low01, low23, 0, 2);
    const r1 = v128.shuffle<f64>(low01, low23, 1, 3);
    const r2 = v128.shuffle<f64>(high01, high23, 0, 2);
    const r3 = v128.shuffle<f64>(high01, high23, 1, 3);
    v128.store(to, r0);
    v128.store(to + step, r1);
    v128.store(to + 2 * step, r2);
    v128.store(to + 3 * step, r3);
    top = f32x4.pmax(top, f32x4.pmax(r0, r1));
    top2 = f32x4.pmax(top2, f32x4.pmax(r2, r3));
    sum = f32x4.add(sum, f32x4.add(r0, r1));
    sum2 = f32x4.add(sum2, f32x4.add(r2, r3));
    to += 4 * step;
    a0 += 16;
    a1 += 16;
    a2 += 16;
    a3 += 16;
  }
  for (; k < count; k++) {
    let r = v128.load32_zero(a0);
    r = v128.load_lane<f32>(a1, r, 1);
    r = v128.load_lane<f32>(a2, r, 2);
    r = v128.load_lane<f32>(a3, r, 3);
    v128.store(to, r);
    top = f32x4.pmax(top, r);
    sum = f32x4.add(sum, r);
    to += step;
    a0 += 4;
    a1 += 4;
    a2 += 4;
    a3 += 4;
  }
  v128.store(check, f32x4.add(sum, sum2));
  return f32x4.pmax(top, top2);
}

/** Writes four vectors turned: their first floats to a0, their second ones to a1, and so on. */
// @inline
export function turn(
  r0: v128,
  r1: v128,
  r2: v128,
  r3: v128,
  a0: usize,
  a1: usize,
  a2: usize,
  a3: usize,
): void {
  const low01 = v128.shuffle<f32>(r0, r1, 0, 4, 1, 5);
  const high01 = v128.shuffle<f32>(r0, r1, 2, 6, 3, 7);
  const low23 = v128.shuffle<f32>(r2, r3, 0, 4, 1, 5);
  const high23 = v128.shuffle<f32>(r2, r3, 2, 6, 3, 7);
  v128.store(a0, v128.shuffle<f64>(low01, low23, 0, 2));
  v128.store(a1, v128.shuffle<f64>(low01, low23, 1, 3));
  v128.store(a2, v128.shuffle<f64>(high01, high23, 0, 2));
  v128.store(a3, v128.shuffle<f64>(high01, high23, 1, 3));
}

/** The way back: `count` entries in lanes to runs of the first `real` of four items. */
export function gather(
  from: usize,
  step: usize,
  count: i32,
  base: usize,
  itemBytes: usize,
  items: usize,
  real: i32,
): void {
  let a0 = runOf(base, itemBytes, items, 0);
  let a1 = runOf(base, itemBytes, items, 1);
  let a2 = runOf(base, itemBytes, items, 2);
  let a3 = runOf(base, itemBytes, items, 3);
  let k = 0;
  for (; k + 4 <= count; k += 4) {
    const r0 = v128.load(from);
    const r1 = v128.load(from + step);
    const r2 = v128.load(from + 2 * step);
    const r3 = v128.load(from + 3 * step);
    const low01 = v128.shuffle<f32>(r0, r1, 0, 4, 1, 5);
    const high01 = v128.shuffle<f32>(r0, r1, 2, 6, 3, 7);
    const low23 = v128.shuffle<f32>(r2, r3, 0, 4, 1, 5);
    const high23 = v128.shuffle<f32>(r2, r3, 2, 6, 3, 7);
    v128.store(a0, v128.shuffle<f64>(low01, low23, 0, 2));
    if (real > 1) v128.store(a1, v128.shuffle<f64>(low01, low23, 1, 3));
    if (real > 2) v128.store(a2, v128.shuffle<f64>(high01, high23, 0, 2));
    if (real > 3) v128.store(a3, v128.shuffle<f64>(high01, high23, 1, 3));
    from += 4 * step;
    a0 += 16;
    a1 += 16;
    a2 += 16;
    a3 += 16;
  }
  for (; k < count; k++) {
    const r = v128.load(from);
    v128.store_lane<f32>(a0, r, 0);
    if (real > 1) v128.store_lane<f32>(a1, r, 1);
    if (real > 2) v128.store_lane<f32>(a2, r, 2);
    if (real > 3) v128.store_lane<f32>(a3, r, 3);
    from += step;
    a0 += 4;
    a1 += 4;
    a2 += 4;
    a3 += 4;
  }
}

/** Adds a run of `count` floats to the vector at `check`, as `spread` does. */
export function scan(from: usize, count: i32, check: usize): void {
  let sum = v128.load(check);
  let sum1 = f32x4.splat(0);
  let sum2 = sum1;
  let sum3 = sum1;
  let k = 0;
  for (; k + 16 <= count; k += 16, from += 64) {
    sum = f32x4.add(sum, v128.load(from));
    sum1 = f32x4.add(sum1, v128.load(from, 16));
    sum2 = f32x4.add(sum2, v128.load(from, 32));
    sum3 = f32x4.add(sum3, v128.load(from, 48));
  }
  sum = f32x4.add(f32x4.add(sum, sum1), f32x4.add(sum2, sum3));
  for (; k + 4 <= count; k += 4, from += 16) sum = f32x4.add(sum, v128.load(from));
  for (; k < count; k++, from += 4) sum = f32x4.add(sum, v128.load32_zero(from));
  v128.store(check, sum);
}

/** Whether what was added to the vector at `check` were numbers, of which -Infinity may be one. */
export function sawNumbers(check: usize): bool {
  return v128.all_true<i32>(f32x4.lt(v128.load(check), f32x4.splat(Infinity)));
}

/** Whether they were finite. */
export function sawFinite(check: usize): bool {
  return v128.all_true<i32>(f32x4.lt(f32x4.abs(v128.load(check)), f32x4.splat(Infinity)));
}

/** Sums each of `count` vectors over its lanes. */
export function sumLanes(from: usize, count: i32, to: usize): void {
  let k = 0;
  for (; k + 4 <= count; k += 4, from += 64, to += 16) {
    v128.store(
      to,
      sumOfFour(v128.load(from), v128.load(from, 16), v128.load(from, 32), v128.load(from, 48)),
    );
  }
  for (; k < count; k++, from += 16, to += 4) store<f32>(to, sumOf(v128.load(from)));
}

/** The sums of four vectors over their lanes. */
// @inline
export function sumOfFour(r0: v128, r1: v128, r2: v128, r3: v128): v128 {
  const even = f32x4.add(
    v128.shuffle<f32>(r0, r1, 0, 4, 1, 5),
    v128.shuffle<f32>(r0, r1, 2, 6, 3, 7),
  );
  const odd = f32x4.add(
    v128.shuffle<f32>(r2, r3, 0, 4, 1, 5),
    v128.shuffle<f32>(r2, r3, 2, 6, 3, 7),
  );
  return f32x4.add(v128.shuffle<f64>(even, odd, 0, 2), v128.shuffle<f64>(even, odd, 1, 3));
}

/** The sum over lanes, in the order of `sumOfFour`. */
// @inline
export function sumOf(r: v128): f32 {
  return (
    f32x4.extract_lane(r, 0) +
    f32x4.extract_lane(r, 2) +
    (f32x4.extract_lane(r, 1) + f32x4.extract_lane(r, 3))
  );
}

/** x where it is finite or above -Infinity, else 0: a constant that can be subtracted. */
// @inline
export function allowedOrZero(x: v128): v128 {
  return v128.and(x, f32x4.gt(x, f32x4.splat(-Infinity)));
}

/** Adds four floats to the four doubles at `totals`. */
export function addToTotals(totals: usize, x: v128): void {
  const high = v128.shuffle<f64>(x, x, 1, 1);
  v128.store(totals, f64x2.add(v128.load(totals), f64x2.promote_low_f32x4(x)));
  v128.store(totals, f64x2.add(v128.load(totals, 16), f64x2.promote_low_f32x4(high)), 16);
}
