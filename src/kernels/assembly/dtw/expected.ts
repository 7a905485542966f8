// The backward recursion of a tile: the expected alignment E from the local weights, and its
// derivative. E of a cell is what the cells after it pass back (Mensch & Blondel 2018, appendix).
import { COSTS, SLOPES, STATE, WEIGHTS_DOT, wholeVectors } from './problem';
import { Advance, CARRY, Classic, More, Moves, No, SIDE_MASS, Tile, Yes } from './tile';

const BUFFER: usize = 64 * 4 + 32;
const ALL: usize = 7 * BUFFER;
/** Less mass than this is none: it could only become a denormal number. */
const LEAST: f32 = 1e-20;

/**
 * The expected alignment of a tile, to the plane COSTS, and with `tangent` its derivative, to SLOPES.
 * @param mass what arrives at the last row's columns from below; on return what leaves the first
 *   row for the row above. In the workspace lie the same for the last column's rows from the right,
 *   SIDE_MASS, whose derivative is 256 bytes on, and what arrives diagonally above the tile's last
 *   column from the right tile, CARRY, whose derivative is 4 bytes on
 */
export function expectedTile(
  tile: Tile,
  mass: usize,
  massDot: usize,
  advance: bool,
  tangent: bool,
): void {
  if (advance) {
    if (tangent) sweep<Advance, Yes>(tile, mass, massDot);
    else sweep<Advance, No>(tile, mass, massDot);
  } else if (tangent) sweep<Classic, Yes>(tile, mass, massDot);
  else sweep<Classic, No>(tile, mass, massDot);
}

function sweep<M extends Moves, Tangent extends More>(
  tile: Tile,
  mass: usize,
  massDot: usize,
): void {
  const hasLeft = changetype<M>(0).left;
  const tangent = changetype<Tangent>(0).on;
  const workspace = tile.workspace;
  const h = tile.h;
  const w = tile.w;
  const weights = tile.weights;
  const weightsDot = workspace + WEIGHTS_DOT;
  const plane = tile.plane;
  const expected = workspace + COSTS;
  const expectedDot = workspace + SLOPES;
  const side = workspace + SIDE_MASS;
  const carry = workspace + CARRY;
  const padded = wholeVectors(h);
  const pitch = (<usize>padded) << 2;
  const diagonals = h + w - 1;
  // E begins as what crosses the border.
  memory.fill(expected, 0, <usize>diagonals * pitch);
  if (tangent) memory.fill(expectedDot, 0, <usize>diagonals * pitch);
  for (let j = 0; j < w; j++) {
    const at = <usize>(h - 1 + j) * pitch + ((<usize>(h - 1)) << 2);
    store<f32>(expected + at, load<f32>(mass + ((<usize>j) << 2)));
    if (tangent) store<f32>(expectedDot + at, load<f32>(massDot + ((<usize>j) << 2)));
  }
  for (let i = 0; i < h; i++) {
    const at = <usize>(w - 1 + i) * pitch + ((<usize>i) << 2);
    store<f32>(expected + at, load<f32>(expected + at) + load<f32>(side + ((<usize>i) << 2)));
    if (tangent) {
      const dot = load<f32>(side + ((<usize>i) << 2), 256);
      store<f32>(expectedDot + at, load<f32>(expectedDot + at) + dot);
    }
  }
  // What each cell passes on: diagonally, up and left.
  let diagonal2 = workspace + STATE;
  let diagonal1 = diagonal2 + BUFFER;
  let diagonal0 = diagonal1 + BUFFER;
  let up1 = diagonal0 + BUFFER;
  let up0 = up1 + BUFFER;
  let left1 = up0 + BUFFER;
  let left0 = left1 + BUFFER;
  memory.fill(diagonal2, 0, (tangent ? 2 : 1) * ALL);
  let corner = load<f32>(carry);
  let cornerDot: f32 = tangent ? load<f32>(carry, 4) : 0;
  let aside: f32 = 0;
  let asideDot: f32 = 0;
  const least = f32x4.splat(LEAST);
  const lanes = i32x4(0, 1, 2, 3);

  for (let d = diagonals - 1; d >= 0; d--) {
    const low = max(0, d - w + 1);
    const high = min(h - 1, d);
    const first = i32x4.splat(low);
    const last = i32x4.splat(high);
    const row = <usize>d * pitch;
    // Two rows more than there are cells: they pass on nothing, which the next two diagonals read.
    // What a lane outside holds for weights may be no number, hence the masks.
    for (let i = max(0, low - 2) & ~3; i <= high; i += 4) {
      const o = (<usize>i) << 2;
      const index = i32x4.add(i32x4.splat(i), lanes);
      const inside = v128.and(i32x4.ge_s(index, first), i32x4.le_s(index, last));
      let e = f32x4.add(v128.load(expected + row + o), v128.load(diagonal2 + o, 4));
      e = f32x4.add(e, v128.load(up1 + o, 4));
      if (hasLeft) e = f32x4.add(e, v128.load(left1 + o));
      const alive = v128.and(inside, f32x4.gt(e, least));
      e = v128.and(e, alive);
      v128.store(expected + row + o, e);
      const wd = v128.load(weights + row + o);
      const wu = v128.load(weights + plane + row + o);
      v128.store(diagonal0 + o, v128.and(f32x4.mul(wd, e), alive));
      v128.store(up0 + o, v128.and(f32x4.mul(wu, e), alive));
      if (tangent) {
        let eDot = f32x4.add(v128.load(expectedDot + row + o), v128.load(diagonal2 + o, ALL + 4));
        eDot = f32x4.add(eDot, v128.load(up1 + o, ALL + 4));
        if (hasLeft) eDot = f32x4.add(eDot, v128.load(left1 + o, ALL));
        eDot = v128.and(eDot, inside);
        v128.store(expectedDot + row + o, eDot);
        const vd = v128.load(weightsDot + row + o);
        const vu = v128.load(weightsDot + plane + row + o);
        const passed = f32x4.add(f32x4.mul(vd, e), f32x4.mul(wd, eDot));
        v128.store(diagonal0 + o, v128.and(passed, inside), ALL);
        const passedUp = f32x4.add(f32x4.mul(vu, e), f32x4.mul(wu, eDot));
        v128.store(up0 + o, v128.and(passedUp, inside), ALL);
      }
      if (hasLeft) {
        const wl = v128.load(weights + 2 * plane + row + o);
        v128.store(left0 + o, v128.and(f32x4.mul(wl, e), alive));
        if (tangent) {
          const vl = v128.load(weightsDot + 2 * plane + row + o);
          const eDot = v128.load(expectedDot + row + o);
          const passedLeft = f32x4.add(f32x4.mul(vl, e), f32x4.mul(wl, eDot));
          v128.store(left0 + o, v128.and(passedLeft, inside), ALL);
        }
      }
    }
    if (d < w) {
      const at = (<usize>d) << 2;
      store<f32>(mass + at, corner + load<f32>(up0));
      corner = load<f32>(diagonal0);
      if (tangent) {
        store<f32>(massDot + at, cornerDot + load<f32>(up0, ALL));
        cornerDot = load<f32>(diagonal0, ALL);
      }
    }
    if (d < h) {
      const at = (<usize>d) << 2;
      store<f32>(side + at, aside + (hasLeft ? load<f32>(left0 + at) : 0));
      aside = load<f32>(diagonal0 + at);
      if (tangent) {
        store<f32>(side + at, asideDot + (hasLeft ? load<f32>(left0 + at, ALL) : 0), 256);
        asideDot = load<f32>(diagonal0 + at, ALL);
      }
    }
    const spare = diagonal2;
    diagonal2 = diagonal1;
    diagonal1 = diagonal0;
    diagonal0 = spare;
    const spareUp = up1;
    up1 = up0;
    up0 = spareUp;
    const spareLeft = left1;
    left1 = left0;
    left0 = spareLeft;
  }
  store<f32>(carry, corner);
  if (tangent) store<f32>(carry, cornerDot, 4);
}
