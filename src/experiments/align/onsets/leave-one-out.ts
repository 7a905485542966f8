import { semitoneSpectra } from '../../../alignment/spectra.js';
import { AlignmentTask } from '../../../alignment/evidence.js';
import { setScales, zeroParameters, type OnsetParameters } from '../../../alignment/model.js';
import type { Chorale } from '../../../data/readers/bach10.js';
import { DataError } from '../../../errors.js';
import { atLevel, bach10Level } from '../../../features/level.js';
import { namedValues } from '../../../runner/named-values.js';
import type { RunContext } from '../../../runner/run-options.js';
import { loadUnit, saveUnit } from '../../../runner/units.js';
import { separateRow, type OnsetsConfig } from './config.js';
import { alignPieces, calibrated, measurePiece } from './evaluation.js';
import { onsetsFoldSchema, type OnsetsFold } from './result.js';
import {
  endToEndPiece,
  onsetPlaces,
  thinned,
  trainEndToEnd,
  trainOnsets,
  trainPitches,
  type EndToEndPiece,
  type TrainingPiece,
} from './training.js';

/** The spectra of a chorale, with its score and its true onsets in frames. */
export function pieceOf({ name, samples, sampleRate, events }: Chorale): TrainingPiece {
  const levelled = atLevel(samples, sampleRate, bach10Level);
  if (!levelled) throw new DataError(`${name}: the recording is silent from beginning to end`);
  const spectra = semitoneSpectra(levelled, sampleRate);
  const truth = Float64Array.from(events, ({ onsetSeconds }) => onsetSeconds / spectra.hopSeconds);
  return { name, task: new AlignmentTask(spectra, events), truth };
}

/** Trains on some pieces as a config says, and knows what each piece looks like to the trainings. */
export class OnsetsTrainer {
  readonly #config: OnsetsConfig;
  readonly #thinned = new Map<TrainingPiece, ReturnType<typeof thinned>>();
  /** By Ω and γ. */
  readonly #endToEnd = new Map<string, Map<TrainingPiece, EndToEndPiece>>();

  constructor(config: OnsetsConfig) {
    this.#config = config;
  }

  /** Pitches and onsets, each for itself. */
  async separately(pieces: readonly TrainingPiece[]): Promise<OnsetParameters> {
    const { pitches, onsets, scales } = this.#config;
    const parameters = zeroParameters();
    setScales(parameters, scales);
    await trainPitches(
      parameters,
      pieces.map((piece) => kept(this.#thinned, piece, () => thinned(piece))),
      pitches,
    );
    await trainOnsets(
      parameters,
      pieces.map((piece) => ({ ...piece, places: onsetPlaces(piece) })),
      onsets,
    );
    return parameters;
  }

  /** End to end, from `start`. */
  async endToEnd(
    pieces: readonly TrainingPiece[],
    start: OnsetParameters,
    setting: OnsetsConfig['endToEnd'][number],
    onStep: (step: number, loss: number) => Promise<void>,
  ): Promise<OnsetParameters> {
    const { omega, gamma } = setting;
    const smoothing = `${omega} ${gamma}`;
    const known = kept(this.#endToEnd, smoothing, () => new Map<TrainingPiece, EndToEndPiece>());
    const parameters = structuredClone(start);
    await trainEndToEnd(
      parameters,
      pieces.map((piece) => kept(known, piece, () => endToEndPiece(piece, { omega, gamma }))),
      setting,
      onStep,
    );
    return parameters;
  }
}

function kept<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  const value = map.get(key) ?? make();
  map.set(key, value);
  return value;
}

/**
 * Leaves one piece out at a time, trains on the others, and measures the onsets of the piece left out
 * and of the training pieces. A finished fold is saved; a resumed run takes it from there.
 */
export async function leaveOneOut(
  pieces: readonly TrainingPiece[],
  config: OnsetsConfig,
  trainer: OnsetsTrainer,
  context: Pick<RunContext, 'directory' | 'interruption'>,
  onFold: (fold: OnsetsFold, done: number) => Promise<void>,
): Promise<OnsetsFold[]> {
  const { directory, interruption } = context;
  const folds: OnsetsFold[] = [];
  for (const [index, left] of pieces.slice(0, config.folds).entries()) {
    const unit = `fold-${String(index + 1).padStart(2, '0')}`;
    let fold = await loadUnit(directory, unit, onsetsFoldSchema);
    if (!fold) {
      const started = performance.now();
      fold = {
        piece: left.name,
        rows: namedValues(),
        held: namedValues(),
        onsets: namedValues(),
        seconds: 0,
      };
      const training = pieces.filter((piece) => piece !== left);
      const separate = await trainer.separately(training);
      measureRow(fold, separateRow, modelOf(separate, training), left, training);
      for (const setting of config.endToEnd) {
        const row = setting.name;
        const parameters = await trainer.endToEnd(
          training,
          separate,
          setting,
          async (step, loss) => {
            await directory.metric({ fold: index + 1, row, epoch: step + 1, loss });
            await interruption.checkpoint();
          },
        );
        measureRow(fold, row, modelOf(parameters, training), left, training);
      }
      fold.seconds = (performance.now() - started) / 1000;
      await directory.syncMetrics();
      await saveUnit(directory, unit, fold);
      await directory.log(`${left.name} done in ${fold.seconds.toFixed(1)} s`);
    }
    folds.push(fold);
    await onFold(fold, folds.length);
  }
  return folds;
}

/** The calibrated model of trained parameters, with the training pieces aligned by it. */
export function modelOf(parameters: OnsetParameters, training: readonly TrainingPiece[]) {
  const aligned = alignPieces(training, parameters);
  return { model: calibrated(parameters, aligned), aligned };
}

function measureRow(
  fold: OnsetsFold,
  row: string,
  { model, aligned }: ReturnType<typeof modelOf>,
  left: TrainingPiece,
  training: readonly TrainingPiece[],
): void {
  const [test] = alignPieces([left], model.parameters);
  const { errors, held, onsets } = measurePiece(test!, model);
  fold.rows[row] = {
    test: errors,
    training: training.map((_, at) => measurePiece(aligned[at]!, model).errors),
  };
  fold.held[row] = held;
  fold.onsets[row] = Array.from(onsets, (seconds) => Math.round(seconds * 1000) / 1000);
}
