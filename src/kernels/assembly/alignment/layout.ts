// What a job keeps of an item: everything in steps of a strip, a vector of four rows each.
import { Item } from './call';
import { BORDER } from './running';

/** The shares of a step: three of pairs, two of rows against a gap, three of columns against one. */
export const SHARES: usize = 128;

@unmanaged
export class Layout {
  /** A strip's scores, later its masses of pairs. */
  cells: usize;
  /** The border above the current strip. */
  border: usize;
  tape: usize;
  /** Of a local alignment, the values of all pairs: fractions, and integers `endBytes` behind them. */
  ends: usize;
  endBytes: usize;
  /** Of a global one the six vectors that its last cell is in. */
  last: usize;
  end: usize;
}

const HEAD: usize = 128;

export function layOut(item: Item, at: usize, local: bool): Layout {
  const layout = changetype<Layout>((at + 63) & ~63);
  const steps = <usize>item.steps;
  const all = steps * <usize>item.strips;
  layout.last = changetype<usize>(layout) + HEAD;
  layout.cells = layout.last + 128;
  layout.border = layout.cells + (steps << 4);
  layout.tape = (layout.border + steps * BORDER + 64 + 63) & ~63;
  layout.ends = layout.tape + all * SHARES;
  layout.endBytes = local ? all << 4 : 0;
  layout.end = layout.ends + 2 * layout.endBytes;
  return layout;
}

/** The bytes that an item of so many rows and columns takes. */
export function layoutBytes(rows: i32, cols: i32, local: bool): usize {
  const steps = <usize>(cols + 4);
  const all = steps * <usize>((rows + 4) >> 2);
  return 1024 + steps * (16 + BORDER) + all * (SHARES + (local ? 32 : 0));
}
