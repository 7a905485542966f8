import { checkOptions } from '../../option-names.js';
import { quoted } from '../../visible.js';
import { checkLengths, checkSizes, smoothingOptions } from '../checks.js';
import { graphProgram } from '../define-program.js';
import { ctcPath } from '../fast/ctc-float32.js';
import { graphPath } from '../fast/graph.js';
import type { GraphProgram } from '../fast/graph-registry.js';
import { GraphArrays, graphsByKey } from '../graph.js';
import type { DynamicProgram, Smoothing } from '../program.js';

/** The problem and the smoothing of `ctc`. */
export interface CtcOptions extends Smoothing {
  batch: number;
  /** The most frames of an item. */
  time: number;
  /** The classes of a frame, the blank among them. */
  classes: number;
  /** The labels of each item in order: classes, none of them the blank; may be empty. */
  labels: readonly ArrayLike<number>[];
  /** The class that stands for no label; default 0. */
  blank?: number;
  /** The frames of each item, 1 … time; default all. */
  lengths?: ArrayLike<number>;
}
const optionNames = [
  'batch',
  'time',
  'classes',
  'labels',
  'blank',
  'lengths',
  ...smoothingOptions,
] satisfies (keyof CtcOptions)[];

/** `DynamicProgram` over theta [batch, time, classes]. */
export type CtcProgram = DynamicProgram<'array'>;

/**
 * Connectionist temporal classification: the smoothed best alignment of an item's frames with its
 * labels, where theta[b][t][c] scores class c at frame t. A label lasts one frame or more, blanks may
 * stand between labels, and must between two equal ones. With negentropy and log-softmax scores the
 * value is the log-likelihood of the labels, and minus it the CTC loss.
 *
 * A path is the class of each frame. It takes one maximum a frame and one at the end. Ties under 'hard'
 * go to staying, then to the state before, then to skipping a blank.
 *
 * O(batch · time · labels) time and memory. Float32 values, gradients and best paths have kernels of their
 * own; the rest runs on the graph, which items with the same labels and length share.
 *
 * @throws RangeError that names item and place for a label that is no class or the blank, and for
 *   labels that do not fit an item's frames: each label takes one, and each pair of equal neighbours one
 *   more; later as every program
 *
 * Source: Graves et al., Connectionist temporal classification, 2006.
 *
 * @example
 * ```ts
 * import { ctc } from 'didyprog';
 *
 * // Three frame labellings of score 0 spell the label: 1 1, 0 1 and 1 0.
 * const program = ctc({ batch: 1, time: 2, classes: 2, labels: [[1]], omega: 'negentropy' });
 * console.log(Math.exp(program.value(new Float64Array(4))[0]!).toFixed(3)); // 3.000
 * ```
 */
export function ctc(options: CtcOptions): CtcProgram {
  checkOptions('ctc', options, optionNames);
  const { batch, time, classes, blank = 0, omega, gamma } = options;
  checkSizes({ batch, time, classes });
  if (!Number.isInteger(blank) || blank < 0 || blank >= classes) {
    throw new RangeError(`blank is ${quoted(blank)}: classes are numbered 0 to ${classes - 1}`);
  }
  const lengths = checkLengths('lengths', options.lengths, batch, 1, time);
  const stateClasses = checkLabels(options, blank, lengths);
  const smoothing = { omega, ...(gamma !== undefined && { gamma }) };
  const problem: GraphProgram = {
    ...smoothing,
    ...{ batch, sense: 1, form: { parts: [{ name: '', shape: [time, classes] }] } },
    graph: graphsByKey(
      (item) => `${lengths[item]}:${stateClasses[item]!.join()}`,
      (item) => frameGraph(stateClasses[item]!, lengths[item]!, classes),
    ),
  };
  return graphProgram({
    ...problem,
    fast: ctcPath(
      { ...smoothing, time, classes, states: stateClasses, lengths },
      graphPath(problem),
    ),
    reads(node, _edge, item) {
      const states = stateClasses[item]!;
      return node > lengths[item]! * states.length ? [] : [states[(node - 1) % states.length]!];
    },
  });
}

/** The classes of each item's states: blank, label, blank, …, label, blank. */
function checkLabels(
  { batch, classes, labels }: CtcOptions,
  blank: number,
  lengths: Int32Array,
): number[][] {
  if (typeof labels?.length !== 'number') {
    throw new TypeError(`labels is ${quoted(labels)}: it must be a list of labels for each item`);
  }
  if (labels.length !== batch) {
    throw new RangeError(`labels has ${labels.length} items: the batch has ${batch}`);
  }
  return Array.from(labels, (own, item) => {
    if (typeof own?.length !== 'number') {
      throw new TypeError(`labels[${item}] is ${quoted(own)}: it must be a list of classes`);
    }
    const list = Array.from(own);
    let needed = list.length;
    list.forEach((label, at) => {
      const where = `labels[${item}][${at}] is ${quoted(label)}`;
      if (!Number.isInteger(label) || label < 0 || label >= classes) {
        throw new RangeError(`${where}: classes are numbered 0 to ${classes - 1}`);
      }
      if (label === blank) throw new RangeError(`${where}, the blank: it stands for no label`);
      if (at > 0 && list[at - 1] === label) needed++;
    });
    if (needed > lengths[item]!) {
      throw new RangeError(
        `labels[${item}] has ${list.length} labels, which take at least ${needed} frames with a ` +
          `blank between equal ones: the item has ${lengths[item]}`,
      );
    }
    return [blank, ...list.flatMap((label) => [label, blank])];
  });
}

/** A node a frame and state, frame by frame; those that no path reaches have no edges. */
function frameGraph(states: readonly number[], frames: number, classes: number): GraphArrays {
  const n = states.length;
  // Over a blank, from one label to another one.
  const skips = states.map((own, s) => s % 2 === 1 && s > 1 && own !== states[s - 2]);
  const edgesOfFrame = 2 * n - 1 + skips.filter((skip) => skip).length;
  const inFrames = Math.min(2, n) + (frames - 1) * edgesOfFrame;
  const graph = new GraphArrays(2 + frames * n, inFrames + Math.min(2, n), inFrames);
  for (let frame = 0; frame < frames; frame++) {
    /** The node of state 0 a frame before. */
    const before = 1 + (frame - 1) * n;
    for (let s = 0; s < n; s++) {
      const entry = frame * classes + states[s]!;
      if (frame === 0) {
        if (s < 2) graph.edge(0, entry);
      } else {
        graph.edge(before + s, entry);
        if (s > 0) graph.edge(before + s - 1, entry);
        if (skips[s]) graph.edge(before + s - 2, entry);
      }
      graph.next();
    }
  }
  const last = frames * n;
  graph.edge(last);
  if (n > 1) graph.edge(last - 1);
  graph.next();
  return graph;
}
