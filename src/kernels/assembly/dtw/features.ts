// The chain rule from the expected alignment of a tile to feature vectors.
import { COSTS, Problem, SQUARED_EUCLIDEAN, wholeVectors } from './problem';
import { Tile } from './tile';

/**
 * Adds the tile's part of the gradient with respect to the features: Σ_j E_ij ∂c(x_i, y_j)/∂x_i to
 * row i's, Σ_i E_ij ∂c(x_i, y_j)/∂y_j to column j's. Strips do a tile in order, so that the sum
 * over strips is the same on any number of threads. Cells without mass cost nothing.
 */
export function addFeatureGradients(p: Problem, tile: Tile): void {
  const rowFrom = tile.rowFrom;
  const h = tile.h;
  const colFrom = tile.colFrom;
  const w = tile.w;
  const expected = tile.workspace + COSTS;
  const pitch = wholeVectors(h);
  const width = (<usize>p.depthPadded) << 2;
  const squared = p.cost == SQUARED_EUCLIDEAN;
  for (let i = 0; i < h; i++) {
    const x = p.rowVectors + <usize>(rowFrom + i) * width;
    const dx = p.rowGradient + <usize>(rowFrom + i) * width;
    for (let j = 0; j < w; j++) {
      const e = load<f32>(expected + ((<usize>((i + j) * pitch + i)) << 2));
      if (e == 0) continue;
      const mass = f32x4.splat(squared ? 2 * e : e);
      const y = p.colVectors + <usize>(colFrom + j) * width;
      const dy = p.colGradient + <usize>(colFrom + j) * width;
      for (let k: usize = 0; k < width; k += 16) {
        const vx = v128.load(x + k);
        const vy = v128.load(y + k);
        if (squared) {
          const slope = f32x4.mul(mass, f32x4.sub(vx, vy));
          v128.store(dx + k, f32x4.add(v128.load(dx + k), slope));
          v128.store(dy + k, f32x4.sub(v128.load(dy + k), slope));
        } else {
          v128.store(dx + k, f32x4.add(v128.load(dx + k), f32x4.mul(mass, vy)));
          v128.store(dy + k, f32x4.add(v128.load(dy + k), f32x4.mul(mass, vx)));
        }
      }
    }
  }
}
