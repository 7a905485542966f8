import { measuredScalars } from '../../runner/run/tensorboard.js';
import type { ShownCurve } from '../shown.js';

/** More points than this on a line cannot be told apart. */
const mostPoints = 1000;
/** More measures than any experiment has; a file that claims more is not one of ours. */
const mostCurves = 500;

interface Growing extends ShownCurve {
  steps: number[];
  values: number[];
  /** Of so many points one is kept. */
  stride: number;
  /** Points so far. */
  count: number;
}

/** The curves of a metrics.jsonl, however long it is, in bounded memory. */
export class Curves {
  readonly #curves = new Map<string, Growing>();
  #records = 0;
  /** Whether there were more measures than are kept. */
  tooMany = false;
  /** The best development score so far, also of records that no curve keeps. */
  bestScore: number | undefined;

  add(record: object): void {
    const { score } = record as { score?: unknown };
    if (typeof score === 'number') this.bestScore = Math.max(this.bestScore ?? -Infinity, score);
    const { step, labels, scalars } = measuredScalars(record, this.#records++);
    for (const [measure, value] of scalars) {
      const name = [...labels, measure].join('/');
      const curve = this.#curves.get(name) ?? this.#begin(name, labels, measure);
      if (curve) push(curve, step, value);
    }
  }

  #begin(name: string, labels: readonly string[], measure: string): Growing | undefined {
    if (this.#curves.size === mostCurves) {
      this.tooMany = true;
      return undefined;
    }
    const curve = { name, labels, measure, steps: [], values: [], stride: 1, count: 0 };
    this.#curves.set(name, curve);
    return curve;
  }

  /** All of them, or those with points past `known` of each, in the order in which they began. */
  all(known?: ReadonlyMap<string, number>): ShownCurve[] {
    return [...this.#curves.values()]
      .filter(({ name, count }) => count !== known?.get(name))
      .map(({ name, labels, measure, steps, values }) => ({
        ...{ name, labels, measure, steps, values },
      }));
  }

  /** How many points each has had. */
  counts(): Map<string, number> {
    return new Map([...this.#curves.values()].map(({ name, count }) => [name, count]));
  }
}

/** Keeps every point, then every second, every fourth, …, and always the last one. */
function push(curve: Growing, step: number, value: number): void {
  const { steps, values, stride, count } = curve;
  // The last one stands only until the next comes, unless it is one of those to keep.
  if (count > 0 && (count - 1) % stride !== 0) {
    steps.pop();
    values.pop();
  }
  steps.push(step);
  values.push(value);
  curve.count++;
  if (values.length <= mostPoints) return;
  const kept = (_: number, index: number) => index % 2 === 0 || index === values.length - 1;
  const newest = [steps.filter(kept), values.filter(kept)] as const;
  [curve.steps, curve.values] = newest;
  curve.stride *= 2;
}
