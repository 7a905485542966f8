// What one writes without a library: forward and backward in the log domain, in plain JavaScript, of
// value and gradient under negentropy. The benchmark's yardstick, checked against the programs there.

/** log(e^a + e^b) */
function logAdd(a: number, b: number): number {
  const top = Math.max(a, b);
  return top === -Infinity ? top : top + Math.log1p(Math.exp(Math.min(a, b) - top));
}

/** CTC of scores [batch, time, classes] with blank 0. */
export function plainCtc(
  theta: Float32Array,
  [batch, time, classes]: readonly [number, number, number],
  labels: readonly (readonly number[])[],
) {
  const value = new Float32Array(batch);
  const gradient = new Float32Array(theta.length);
  for (let item = 0; item < batch; item++) {
    const states = [0, ...labels[item]!.flatMap((label) => [label, 0])];
    const n = states.length;
    const at = (t: number, s: number) => (item * time + t) * classes + states[s]!;
    const skips = (s: number) => s > 1 && s < n && states[s] !== states[s - 2];
    const alpha = new Float64Array(time * n).fill(-Infinity);
    const beta = new Float64Array(time * n).fill(-Infinity);
    for (let s = 0; s < Math.min(2, n); s++) alpha[s] = theta[at(0, s)]!;
    for (let t = 1; t < time; t++) {
      for (let s = 0; s < n; s++) {
        const before = (t - 1) * n + s;
        let sum = alpha[before]!;
        if (s > 0) sum = logAdd(sum, alpha[before - 1]!);
        if (skips(s)) sum = logAdd(sum, alpha[before - 2]!);
        alpha[t * n + s] = sum + theta[at(t, s)]!;
      }
    }
    beta[time * n - 1] = 0;
    if (n > 1) beta[time * n - 2] = 0;
    for (let t = time - 2; t >= 0; t--) {
      for (let s = 0; s < n; s++) {
        const after = (t + 1) * n + s;
        let sum = beta[after]! + theta[at(t + 1, s)]!;
        if (s + 1 < n) sum = logAdd(sum, beta[after + 1]! + theta[at(t + 1, s + 1)]!);
        if (skips(s + 2)) sum = logAdd(sum, beta[after + 2]! + theta[at(t + 1, s + 2)]!);
        beta[t * n + s] = sum;
      }
    }
    const total = logAdd(alpha[time * n - 1]!, n > 1 ? alpha[time * n - 2]! : -Infinity);
    value[item] = total;
    for (let t = 0; t < time; t++) {
      for (let s = 0; s < n; s++) {
        gradient[at(t, s)]! += Math.exp(alpha[t * n + s]! + beta[t * n + s]! - total);
      }
    }
  }
  return { value, gradient };
}

/** A semi-Markov model with segment [batch, positions, durations, states] and transition [to, from]. */
export function plainSemiMarkov(
  segment: Float32Array,
  transition: Float32Array,
  [batch, positions, durations, states]: readonly [number, number, number, number],
) {
  const value = new Float32Array(batch);
  const gradient = {
    segment: new Float32Array(segment.length),
    transition: new Float32Array(transition.length),
  };
  for (let item = 0; item < batch; item++) {
    const at = (p: number, d: number, s: number) =>
      ((item * positions + p) * durations + d - 1) * states + s;
    // By position: segments that begin there, and that end there; before and after them.
    const arrays = Array.from({ length: 4 }, () =>
      new Float64Array((positions + 1) * states).fill(-Infinity),
    );
    const [begins, ends, fromBegin, fromEnd] = arrays as [
      Float64Array,
      Float64Array,
      Float64Array,
      Float64Array,
    ];
    begins.fill(0, 0, states);
    for (let p = 1; p <= positions; p++) {
      for (let s = 0; s < states; s++) {
        let sum = -Infinity;
        for (let d = 1; d <= Math.min(durations, p); d++) {
          sum = logAdd(sum, begins[(p - d) * states + s]! + segment[at(p - d, d, s)]!);
        }
        ends[p * states + s] = sum;
      }
      for (let to = 0; to < states; to++) {
        let sum = -Infinity;
        for (let from = 0; from < states; from++) {
          sum = logAdd(sum, ends[p * states + from]! + transition[to * states + from]!);
        }
        begins[p * states + to] = sum;
      }
    }
    let total = -Infinity;
    for (let s = 0; s < states; s++) total = logAdd(total, ends[positions * states + s]!);
    value[item] = total;
    fromEnd.fill(0, positions * states);
    for (let p = positions - 1; p >= 0; p--) {
      for (let s = 0; s < states; s++) {
        let sum = -Infinity;
        for (let d = 1; d <= Math.min(durations, positions - p); d++) {
          const rest = segment[at(p, d, s)]! + fromEnd[(p + d) * states + s]!;
          sum = logAdd(sum, rest);
          gradient.segment[at(p, d, s)] = Math.exp(begins[p * states + s]! + rest - total);
        }
        fromBegin[p * states + s] = sum;
      }
      for (let from = 0; p > 0 && from < states; from++) {
        let sum = -Infinity;
        for (let to = 0; to < states; to++) {
          const rest = transition[to * states + from]! + fromBegin[p * states + to]!;
          sum = logAdd(sum, rest);
          const mass = Math.exp(ends[p * states + from]! + rest - total);
          gradient.transition[to * states + from]! += mass;
        }
        fromEnd[p * states + from] = sum;
      }
    }
  }
  return { value, gradient };
}

/** An alignment of match [batch, rows, cols] with the same two gap scores for each item. */
export function plainAlignment(
  match: Float32Array,
  [open, extend]: readonly [number, number],
  [batch, rows, cols]: readonly [number, number, number],
  local: boolean,
) {
  const value = new Float32Array(batch);
  const gradient = new Float32Array(match.length);
  const width = cols + 1;
  const tables = () =>
    [0, 1, 2].map(() => new Float64Array((rows + 1) * width).fill(-Infinity)) as [
      Float64Array,
      Float64Array,
      Float64Array,
    ];
  for (let item = 0; item < batch; item++) {
    const [m, x, y] = tables();
    const [mOut, xOut, yOut] = tables();
    const at = (i: number, j: number) => (item * rows + i - 1) * cols + j - 1;
    let total = -Infinity;
    for (let i = 0; i <= rows; i++) {
      for (let j = 0; j <= cols; j++) {
        const here = i * width + j;
        const [up, left, diagonal] = [here - width, here - 1, here - width - 1];
        if (here === 0 && !local) m[0] = 0;
        if (i > 0 && j > 0) {
          const before = logAdd(logAdd(m[diagonal]!, x[diagonal]!), y[diagonal]!);
          m[here] = logAdd(local ? 0 : -Infinity, before) + match[at(i, j)]!;
          if (local) total = logAdd(total, m[here]!);
        }
        if (i > 0) x[here] = logAdd(m[up]! + open, x[up]! + extend);
        if (j > 0) y[here] = logAdd(logAdd(m[left]!, x[left]!) + open, y[left]! + extend);
      }
    }
    const last = (rows + 1) * width - 1;
    if (!local) total = logAdd(logAdd(m[last]!, x[last]!), y[last]!);
    value[item] = total;
    for (let i = rows; i >= 0; i--) {
      for (let j = cols; j >= 0; j--) {
        const here = i * width + j;
        const pair =
          i < rows && j < cols ? mOut[here + width + 1]! + match[at(i + 1, j + 1)]! : -Infinity;
        const down = i < rows ? xOut[here + width]! : -Infinity;
        const right = j < cols ? yOut[here + 1]! : -Infinity;
        const ends = local ? i > 0 && j > 0 : here === last;
        const gaps = logAdd(pair, right + open);
        mOut[here] = logAdd(logAdd(gaps, down + open), ends ? 0 : -Infinity);
        xOut[here] = logAdd(logAdd(gaps, down + extend), ends && !local ? 0 : -Infinity);
        yOut[here] = logAdd(logAdd(pair, right + extend), ends && !local ? 0 : -Infinity);
        if (i > 0 && j > 0) gradient[at(i, j)] = Math.exp(m[here]! + mOut[here]! - total);
      }
    }
  }
  return { value, gradient };
}

/** Soft-DTW of squared distances of series [batch, length, depth], γ = 1, with gradients by both. */
export function plainSoftDtw(
  a: Float32Array,
  b: Float32Array,
  [batch, rows, cols, depth]: readonly [number, number, number, number],
) {
  const value = new Float32Array(batch);
  const [byA, byB] = [new Float32Array(a.length), new Float32Array(b.length)];
  const width = cols + 2;
  for (let item = 0; item < batch; item++) {
    const cost = new Float64Array((rows + 2) * width);
    const sums = new Float64Array((rows + 2) * width).fill(Infinity);
    const mass = new Float64Array((rows + 2) * width);
    sums[0] = 0;
    for (let i = 1; i <= rows; i++) {
      for (let j = 1; j <= cols; j++) {
        let sum = 0;
        for (let k = 0; k < depth; k++) {
          sum +=
            (a[(item * rows + i - 1) * depth + k]! - b[(item * cols + j - 1) * depth + k]!) ** 2;
        }
        const here = i * width + j;
        cost[here] = sum;
        const [d, u, l] = [sums[here - width - 1]!, sums[here - width]!, sums[here - 1]!];
        const least = Math.min(d, u, l);
        const weight = Math.exp(least - d) + Math.exp(least - u) + Math.exp(least - l);
        sums[here] = sum + least - Math.log(weight);
      }
    }
    const last = rows * width + cols;
    value[item] = sums[last]!;
    mass[last] = 1;
    for (let i = rows; i > 0; i--) {
      for (let j = cols; j > 0; j--) {
        const here = i * width + j;
        const share = (to: number) =>
          sums[to] === Infinity ? 0 : mass[to]! * Math.exp(sums[to]! - cost[to]! - sums[here]!);
        if (here !== last)
          mass[here] = share(here + width + 1) + share(here + width) + share(here + 1);
        for (let k = 0; k < depth; k++) {
          const [p, q] = [(item * rows + i - 1) * depth + k, (item * cols + j - 1) * depth + k];
          const slope = 2 * mass[here]! * (a[p]! - b[q]!);
          byA[p]! += slope;
          byB[q]! -= slope;
        }
      }
    }
  }
  return { value, byA, byB };
}
