import { Omega } from './omega';

/** Ω = 0: the maximum itself. */
@unmanaged
export class Hard extends Omega {
  @inline
  override get rate(): f64 {
    return 1;
  }

  /** The operations of the definition in its order: value and path are its to the last bit. */
  @inline
  override cell(d: v128, u: v128, l: v128, score: v128, hasLeft: bool): v128 {
    const top = f64x2.pmax(d, u);
    return f64x2.add(hasLeft ? f64x2.pmax(top, l) : top, score);
  }
}
