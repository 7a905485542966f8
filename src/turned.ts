/** Rows of `width` values as columns. */
export function turned(rows: Float32Array, width: number): Float32Array<ArrayBuffer> {
  const count = rows.length / width;
  const columns = new Float32Array(rows.length);
  for (let row = 0, at = 0; row < count; row++) {
    for (let column = 0; column < width; column++) columns[column * count + row] = rows[at++]!;
  }
  return columns;
}
