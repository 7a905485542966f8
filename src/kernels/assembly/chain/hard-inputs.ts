// Where the potentials of one item of a chain are, as the best path's kernels read them.
import { ChainCall } from './call';

/** The score of a state in an array [batch, states] that may be left out. */
// @inline
export function scoreAt(scores: usize, item: i32, states: i32, state: i32): f64 {
  return scores ? <f64>load<f32>(scores + ((<usize>(item * states + state)) << 2)) : 0;
}

/** The address of a factored chain's scores of the states at a position. */
// @inline
export function unaryRow(call: ChainCall, item: i32, position: i32): usize {
  return call.unary + ((<usize>((item * (call.time + 1) + position) * call.states)) << 2);
}

// @inline
export function unaryAt(call: ChainCall, item: i32, position: i32, state: i32): f64 {
  return <f64>load<f32>(unaryRow(call, item, position) + ((<usize>state) << 2));
}

/** The address of the scores of the moves to state 0. */
// @inline
export function movesAt(call: ChainCall, item: i32, t: i32): usize {
  const size = call.states * call.states;
  if (call.factored == 1) return call.moves;
  if (call.factored == 2) return call.moves + ((<usize>(item * size)) << 2);
  return call.moves + ((<usize>((item * call.time + t) * size)) << 2);
}

/** The score of a state at the first position. */
// @inline
export function firstValue(call: ChainCall, item: i32, state: i32): f64 {
  const value = scoreAt(call.start, item, call.states, state);
  return call.factored ? unaryAt(call, item, 0, state) + value : value;
}
