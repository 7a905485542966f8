import type { Layer } from './graph.js';

/** The first layer of a graph that has others: the root alone. */
export const rootLayer: Layer = {
  nodes: 1,
  edgeStart: new Int32Array(2),
  from: new Int32Array(0),
  entryStart: new Int32Array(1),
  entries: new Int32Array(0),
  slices: [],
};
