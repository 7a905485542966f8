import type { Smoothing } from '../../../dp/program.js';
import { AlignmentTask, type Places } from '../../../alignment/evidence.js';
import { ExpectedOnsets } from '../../../alignment/expected-onsets.js';
import {
  pitchWindows,
  zeroParameters,
  type OnsetParameters,
  type PartName,
} from '../../../alignment/model.js';
import type { KeyRange } from '../../../alignment/keys.js';
import {
  windowScores,
  windowScoresBackward,
  type PitchSpectra,
} from '../../../alignment/pitch-evidence.js';
import { around, localDurations } from '../../../alignment/places.js';
import { pitchCount } from '../../../alignment/spectra.js';
import { Optimiser } from '../../../layers/optimiser.js';
import { fullBatch, type FullBatch } from '../full-batch.js';
import type { DescentConfig } from './config.js';

/** A recording with the true onset of each moment of its score. */
export interface TrainingPiece {
  name: string;
  task: AlignmentTask;
  /** In frames, fractions included [events]. */
  truth: Float64Array;
}

/** Half a cosine from the learning rate down to 0. */
const cosine = (step: number, steps: number) => (1 + Math.cos((Math.PI * step) / steps)) / 2;

/** The parameters that one training changes, by name. */
type Part<Name extends PartName> = Pick<OnsetParameters, Name>;

/**
 * Adam, its rate decaying along half a cosine.
 * @param slopes adds the gradient to zeros and gives the loss
 */
function descent<Name extends PartName>(
  parameters: OnsetParameters,
  names: readonly Name[],
  { steps, learningRate }: DescentConfig,
  slopes: (gradient: OnsetParameters) => number,
): FullBatch<Part<Name>> {
  const trained = Object.fromEntries(names.map((name) => [name, parameters[name]])) as Part<Name>;
  const optimiser = new Optimiser(trained, { kind: 'adam', learningRate });
  let done = 0;
  const step = () => {
    optimiser.learningRate = learningRate * cosine(done++, steps);
    const gradient = zeroParameters();
    const loss = slopes(gradient);
    // A loss that is not finite ends the training with a message of its own.
    if (Number.isFinite(loss)) {
      optimiser.step(Object.fromEntries(names.map((name) => [name, gradient[name]])));
    }
    return loss;
  };
  return fullBatch(trained, {
    ...{ epochs: steps, steps: 1, step },
    optimiser: {
      state: () => optimiser.stateArrays(),
      restore(arrays) {
        optimiser.restoreArrays(arrays);
        done = arrays['steps']![0]!;
      },
    },
  });
}

/** Frames that the pitch pre-training leaves out between two that it reads. */
const stride = 16;

/** Every `stride`th frame, with the event that sounds in it. */
export function thinned({ task, truth }: TrainingPiece) {
  const { spectra, moments } = task;
  const first = Math.ceil(truth[0]!);
  const chosen: number[] = [];
  for (let i = first; i < spectra.frames; i += stride) chosen.push(i);
  const windows = {} as PitchSpectra['windows'];
  for (const name of pitchWindows) {
    const values = new Float32Array(chosen.length * pitchCount);
    chosen.forEach((i, at) => {
      const row = spectra.windows[name].subarray(i * pitchCount, (i + 1) * pitchCount);
      values.set(row, at * pitchCount);
    });
    windows[name] = values;
  }
  let event = 0;
  const sounding = chosen.map((i) => {
    while (event + 1 < truth.length && truth[event + 1]! <= i) event++;
    return moments[event]!.pitches;
  });
  return { spectra: { frames: chosen.length, windows }, sounding };
}

/**
 * Pitches of one window frame by frame: the cross-entropies of the keys of each frame with those that
 * sound.
 */
export function pitchTraining(
  parameters: OnsetParameters,
  window: (typeof pitchWindows)[number],
  pieces: readonly ReturnType<typeof thinned>[],
  config: DescentConfig,
): FullBatch<object> {
  const frames = pieces.reduce((sum, piece) => sum + piece.spectra.frames, 0);
  const name = `pitch.${window}` as const;
  const part = parameters[name];
  return descent(parameters, [name], config, (gradient) => {
    let loss = 0;
    for (const { spectra, sounding } of pieces) {
      const scores = windowScores(spectra, window, part, chorus);
      for (let i = 0, at = 0; i < spectra.frames; i++) {
        for (let key = 0; key < chorus.count; key++, at++) {
          const x = scores[at]!;
          const on = sounding[i]!.includes(chorus.lowest + key) ? 1 : 0;
          loss += (Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))) - on * x) / frames;
          scores[at] = (1 / (1 + Math.exp(-x)) - on) / frames;
        }
      }
      windowScoresBackward(spectra, window, scores, chorus, gradient[name]);
    }
    for (let d = 0; d < part.length; d++) {
      loss += (config.lambda / 2) * part[d]! ** 2;
      gradient[name][d]! += config.lambda * part[d]!;
    }
    return loss;
  });
}

/** The keys of the pre-training: those of the chorales' instruments. */
const chorus: KeyRange = { lowest: 36, count: 49 };

/** Frames around the true onset among which the pre-training finds it. */
const window = 15;

/** Onsets one by one: the cross-entropy of the true frame in a softmax over ± 150 ms. */
export function onsetTraining(
  parameters: OnsetParameters,
  pieces: readonly (TrainingPiece & { places: Places })[],
  config: DescentConfig,
): FullBatch<object> {
  const events = pieces.reduce((sum, piece) => sum + piece.truth.length, 0);
  const keyScores = pieces.map(({ task }) => task.keyScores(parameters));
  const inputs = pieces.map(({ task, places }, p) => task.allInputs(places, keyScores[p]!));
  const width = parameters.onset.length;
  return descent(parameters, ['onset'], config, (gradient) => {
    let loss = 0;
    pieces.forEach(({ truth, places }, p) => {
      inputs[p]!.forEach((rows, j) => {
        const low = places.low[j]!;
        const count = places.high[j]! - low;
        const scores = new Float64Array(count);
        let top = -Infinity;
        for (let at = 0; at < count; at++) {
          let sum = 0;
          for (let k = 0; k < width; k++) sum += parameters.onset[k]! * rows[at * width + k]!;
          scores[at] = sum;
          top = Math.max(top, sum);
        }
        let total = 0;
        for (let at = 0; at < count; at++) total += Math.exp(scores[at]! - top);
        // The truth is given to the millisecond, and heard less well: it is spread over frames.
        const near = Float64Array.from({ length: count }, (_, at) =>
          Math.exp(-0.5 * ((low + at - truth[j]!) / 1.2) ** 2),
        );
        const mass = near.reduce((sum, value) => sum + value, 0);
        for (let at = 0; at < count; at++) {
          const target = near[at]! / mass;
          const log = scores[at]! - top - Math.log(total);
          loss -= (target * log) / events;
          const slope = (Math.exp(log) - target) / events;
          for (let k = 0; k < width; k++) gradient.onset[k]! += slope * rows[at * width + k]!;
        }
      });
    });
    for (let k = 0; k < width; k++) {
      loss += (config.lambda / 2) * parameters.onset[k]! ** 2;
      gradient.onset[k]! += config.lambda * parameters.onset[k]!;
    }
    return loss;
  });
}

/** The corridor of the onsets' pre-training. */
export const onsetPlaces = ({ truth, task }: TrainingPiece): Places => ({
  ...around(truth, window, task.spectra.frames),
  durations: new Float64Array(truth.length),
  pause: 0,
});

/**
 * How far the corridor of the end-to-end training reaches from the truth, in frames: always, and where
 * the neighbouring onsets are further away up to them, so that held and repeated notes are told apart.
 */
const [nearReach, farReach] = [25, 100];

export interface EndToEndPiece extends TrainingPiece {
  places: Places;
  program: ExpectedOnsets;
  /** The edges of the true alignment. */
  path: readonly number[];
}

/** A piece's corridor and its program: the same for all parameters. */
export function endToEndPiece(piece: TrainingPiece, smoothing: Smoothing): EndToEndPiece {
  const { task, truth } = piece;
  const scoreSeconds = task.moments.map((moment) => moment.scoreOnsetSeconds);
  const { frames } = task.spectra;
  const reachTo = (gap: number) => Math.min(farReach, Math.max(nearReach, gap));
  const low = truth.map((frame, j) => frame - (j > 0 ? reachTo(frame - truth[j - 1]!) : nearReach));
  const high = truth.map((frame, j) =>
    j + 1 < truth.length ? frame + reachTo(truth[j + 1]! - frame) : frame + nearReach,
  );
  const places = {
    low: around(low, 0, frames).low,
    high: around(high, 1, frames).high,
    durations: localDurations(scoreSeconds, truth),
    pause: 100,
  };
  const program = new ExpectedOnsets(places, smoothing);
  const onsets = truth.map((frame, j) =>
    Math.min(places.high[j]! - 1, Math.max(places.low[j]!, Math.round(frame))),
  );
  return { ...piece, places, program, path: program.pathOf(onsets) };
}

/** Errors well below this many frames count by their square, well above it by their size. */
const knee = 3;

/**
 * End to end: the distance between the expected and the true onsets, through the alignment, and a share
 * of the convex (Fenchel–Young) loss, value − score of the true path, which still has a slope where the
 * alignment is sure of a wrong onset. (Of l2 and entmax15 a constant is left out.) A penalty pulls
 * towards the parameters that it starts from.
 */
export function endToEndTraining(
  parameters: OnsetParameters,
  pieces: readonly EndToEndPiece[],
  config: DescentConfig & { convex: number },
): FullBatch<object> {
  const names = Object.keys(parameters) as (keyof OnsetParameters)[];
  const start = structuredClone(parameters);
  return descent(parameters, names, config, (gradient) => {
    let loss = 0;
    for (const { task, truth, places, program, path } of pieces) {
      const segments = task.segments(parameters, places);
      const theta = program.scores(segments);
      const { value, edges, onsets } = program.expected(theta);
      const weight = 1 / (truth.length * pieces.length);
      const slopes = onsets.map((shares, j) => {
        const low = places.low[j]!;
        let expected = 0;
        shares.forEach((share, at) => (expected += share * (low + at)));
        const off = (expected - truth[j]!) / knee;
        const root = Math.sqrt(1 + off * off);
        loss += (root - 1) * weight;
        const slope = ((off / root) * weight) / knee;
        return Float64Array.from(shares, (_, at) => slope * (low + at - truth[j]!));
      });
      const edgeSlopes = program.backward(theta, slopes);
      const share = config.convex * weight;
      loss += share * value;
      for (let e = 0; e < edges.length; e++) edgeSlopes[e]! += share * edges[e]!;
      for (const edge of path) {
        loss -= share * theta[edge]!;
        edgeSlopes[edge]! -= share;
      }
      task.backward(parameters, segments, program, edgeSlopes, gradient);
    }
    for (const name of names) {
      for (let k = 0; k < parameters[name].length; k++) {
        const off = parameters[name][k]! - start[name][k]!;
        loss += (config.lambda / 2) * off * off;
        gradient[name][k]! += config.lambda * off;
      }
    }
    return loss;
  });
}
