/** The corners of the simplex on the drawing. */
const corners = [
  [50, 8],
  [8, 80],
  [92, 80],
] as const;

/** The gradient of the smoothed maximum as a point of the simplex. */
export function SimplexDrawing({ point }: { point: Float32Array | undefined }) {
  const at = (axis: 0 | 1) =>
    corners.reduce((sum, corner, n) => sum + corner[axis] * (point?.[n] ?? 1 / 3), 0);
  return (
    <svg class="drawing" viewBox="0 0 100 90" role="img" aria-label="The simplex with the gradient">
      <polygon class="line" points={corners.map((corner) => corner.join()).join(' ')} />
      {['A', 'B', 'C'].map((name, n) => (
        <text x={corners[n]![0]} y={corners[n]![1] + (n === 0 ? -2 : 8)} text-anchor="middle">
          {name}
        </text>
      ))}
      <circle class="point" cx={at(0)} cy={at(1)} r="2.5" />
    </svg>
  );
}
