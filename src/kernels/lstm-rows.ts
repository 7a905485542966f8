/** Where the steps of a batch of sequences of different lengths are. */
export interface SequenceRows {
  /** The items of at least one step, longest first: the order in which every step has them. */
  order: Int32Array;
  /** [steps + 1]: the first row of each step; the last entry is the number of rows. */
  offsets: Int32Array;
}

/**
 * Lays the steps of a batch out as rows without padding: all items' first steps, then all second
 * steps, and so on, the items always in the order of falling length. So each step's items are the
 * first ones of the step before, and a step is one block of memory.
 *
 * @param lengths steps of each item, 0 allowed
 */
export function sequenceRows(lengths: ArrayLike<number>): SequenceRows {
  const all = Int32Array.from({ length: lengths.length }, (_, item) => item);
  // Array sorts are stable: equal lengths keep their order.
  const order = all.filter((item) => lengths[item]! > 0).sort((a, b) => lengths[b]! - lengths[a]!);
  const steps = order.length > 0 ? lengths[order[0]!]! : 0;
  const offsets = new Int32Array(steps + 1);
  let items = order.length;
  for (let step = 0; step < steps; step++) {
    while (lengths[order[items - 1]!]! <= step) items--;
    offsets[step + 1] = offsets[step]! + items;
  }
  return { order, offsets };
}

/** For each row, item · time + position of what it reads: from the front, or from the last one. */
export function rowPositions(
  { order, offsets }: SequenceRows,
  lengths: ArrayLike<number>,
  time: number,
  reverse: boolean,
): Int32Array {
  const positions = new Int32Array(offsets[offsets.length - 1]!);
  for (let step = 0; step + 1 < offsets.length; step++) {
    const first = offsets[step]!;
    const count = offsets[step + 1]! - first;
    for (let i = 0; i < count; i++) {
      const item = order[i]!;
      positions[first + i] = item * time + (reverse ? lengths[item]! - 1 - step : step);
    }
  }
  return positions;
}

/**
 * For each row, the row of the state before it in [initial states of the items; all rows]: what
 * the recurrent kernel's gradient multiplies.
 */
export function previousRows({ order, offsets }: SequenceRows): Int32Array {
  const items = order.length;
  const rows = new Int32Array(offsets[offsets.length - 1]!);
  for (let step = 0; step + 1 < offsets.length; step++) {
    const first = offsets[step]!;
    const before = step === 0 ? 0 : items + offsets[step - 1]!;
    for (let row = first; row < offsets[step + 1]!; row++) rows[row] = before + row - first;
  }
  return rows;
}

/**
 * Splits the items into at most `parts` ranges of about equal numbers of steps, each but the last a
 * multiple of four items, which is what a tile of the matrix product has.
 */
export function splitItems(
  { order, offsets }: SequenceRows,
  lengths: ArrayLike<number>,
  parts: number,
): [from: number, to: number][] {
  const total = offsets[offsets.length - 1]!;
  const ranges: [number, number][] = [];
  let from = 0;
  let done = 0;
  for (let item = 0; item < order.length; item++) {
    done += lengths[order[item]!]!;
    const full = done >= (total * (ranges.length + 1)) / parts && (item + 1 - from) % 4 === 0;
    if (item + 1 === order.length || full) {
      ranges.push([from, item + 1]);
      from = item + 1;
    }
  }
  return ranges;
}
