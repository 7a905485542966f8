// The running values of a recursion, as borders have them, and how a tile of them is computed.
import { Omega, Smooth, UNREACHED } from '../algebra/omega';
import { layRows } from './costs';
import { doubleTile } from './double';
import { planeBytes, Problem, SLOPES, wholeVectors } from './problem';
import { softTile } from './soft';
import { tangentTile } from './tangent';
import { Tile } from './tile';

@unmanaged
export abstract class Running {
  /** The bytes from number to number of a border. */
  abstract get step(): usize;

  /** The value before the first cell of all. */
  abstract get start(): u64;

  abstract get unreached(): u64;

  /** The value at `border`, whose integers, if it has them apart, lie `integers` bytes on. */
  abstract read(border: usize, integers: usize): u64;

  /** Fills a border with what no path reaches. */
  abstract unreach(border: usize, count: i32, integers: usize): void;

  abstract compute(p: Problem, tile: Tile): void;
}

/** float64. */
@unmanaged
export class Double<O extends Omega> extends Running {
  @inline
  override get step(): usize {
    return 8;
  }

  @inline
  override get start(): u64 {
    return 0;
  }

  @inline
  override get unreached(): u64 {
    return reinterpret<u64>(<f64>-Infinity);
  }

  @inline
  override read(border: usize, _integers: usize): u64 {
    return load<u64>(border);
  }

  override unreach(border: usize, count: i32, _integers: usize): void {
    for (let j: usize = 0; j < <usize>count; j++) store<f64>(border + (j << 3), -Infinity);
  }

  override compute(p: Problem, tile: Tile): void {
    doubleTile<O>(tile, <f64>p.scale + <f64>p.scaleRest, p.advance != 0);
  }
}

/** Fractions in float32, and integers apart: see algebra/omega.ts. */
@unmanaged
export class Soft<O extends Smooth> extends Running {
  @inline
  override get step(): usize {
    return 4;
  }

  @inline
  override get start(): u64 {
    return reinterpret<u32>(changetype<O>(0).zero);
  }

  @inline
  override get unreached(): u64 {
    return (<u64>UNREACHED) << 32;
  }

  @inline
  override read(border: usize, integers: usize): u64 {
    return load<u32>(border) | ((<u64>load<u32>(border + integers)) << 32);
  }

  override unreach(border: usize, count: i32, integers: usize): void {
    memory.fill(border, 0, (<usize>count) << 2);
    for (let j: usize = 0; j < <usize>count; j++) {
      store<i32>(border + integers + (j << 2), UNREACHED);
    }
  }

  override compute(p: Problem, tile: Tile): void {
    tile.plane = planeBytes(wholeVectors(tile.h), tile.w);
    softTile<O>(tile, p.scale, p.advance != 0);
    if (p.tangent) {
      layRows(p.slopes, p.stride, tile.workspace + SLOPES, tile);
      tangentTile<O>(tile, p.inverseGamma, p.advance != 0);
    }
  }
}
