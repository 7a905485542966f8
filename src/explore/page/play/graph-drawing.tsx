/** The names of the nodes at the ends of an edge. */
export type Ends = readonly [from: string, to: string];

export interface GraphDrawingProps {
  edges: readonly Ends[];
  expected: Float32Array | undefined;
  cell: number;
  onCell(cell: number): void;
}

/** The graph from left to right; the more probable an edge, the thicker. The map has the same by keys. */
export function GraphDrawing({ edges, expected, cell, onCell }: GraphDrawingProps) {
  const places = placesOf(edges);
  return (
    <svg class="drawing graph" viewBox="0 0 200 90" aria-hidden="true">
      {edges.map(([from, to], edge) => {
        const [a, b] = [places.get(from)!, places.get(to)!];
        // Parallel edges, and those that pass over nodes, bend apart.
        const twins = edges.slice(0, edge).filter((one) => one[0] === from && one[1] === to).length;
        const bend = (b.x - a.x) / 12 + 10 * twins;
        const path = `M${a.x},${a.y} Q${(a.x + b.x) / 2},${(a.y + b.y) / 2 - bend} ${b.x},${b.y}`;
        const probability = expected?.[edge] ?? 0;
        return (
          <g onClick={() => onCell(edge)}>
            <path class={edge === cell ? 'edge-chosen' : 'edge-none'} d={path} />
            <path class="edge" d={path} stroke-width={0.25 + 3 * probability} />
          </g>
        );
      })}
      {[...places].map(([name, { x, y }]) => (
        <g>
          <circle class="node" cx={x} cy={y} r="5" />
          <text x={x} y={y + 1.7} text-anchor="middle">
            {[...name].slice(0, 3).join('')}
          </text>
        </g>
      ))}
    </svg>
  );
}

/** Each node in the column of its longest way from the root. */
function placesOf(edges: readonly Ends[]) {
  const names = [...new Set(edges.flat())];
  const depth = new Map(names.map((name) => [name, 0]));
  // As often as a path can be long: a circle ends too.
  for (let turn = 0; turn < names.length; turn++) {
    for (const [from, to] of edges) {
      depth.set(to, Math.min(names.length, Math.max(depth.get(to)!, depth.get(from)! + 1)));
    }
  }
  const deepest = Math.max(1, ...depth.values());
  const inColumn = new Map<number, string[]>();
  for (const name of names) {
    inColumn.set(depth.get(name)!, [...(inColumn.get(depth.get(name)!) ?? []), name]);
  }
  return new Map(
    names.map((name) => {
      const column = inColumn.get(depth.get(name)!)!;
      const y = (90 * (column.indexOf(name) + 1)) / (column.length + 1);
      return [name, { x: 10 + (180 * depth.get(name)!) / deepest, y }];
    }),
  );
}
