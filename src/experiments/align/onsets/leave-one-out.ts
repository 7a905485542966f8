import { openSpectra } from '../../../alignment/spectra.js';
import { AlignmentTask } from '../../../alignment/evidence.js';
import {
  pitchWindows,
  setScales,
  zeroParameters,
  type OnsetParameters,
} from '../../../alignment/model.js';
import type { Chorale } from '../../../data/readers/bach10.js';
import { DataError } from '../../../errors.js';
import { bach10Level, levelled } from '../../../features/level.js';
import { namedValues } from '../../../runner/checkpoint/named-values.js';
import type { RunContext } from '../../../runner/run/run-options.js';
import { trainInPlace, type FullBatch, type TrainingPlace } from '../full-batch.js';
import { foldUnit, runFolds, withRows } from '../saved-folds.js';
import { foldSettings, type OnsetsFoldChoices } from './choices.js';
import { separateRow, type OnsetsConfig } from './config.js';
import { alignPieces, calibrated, measurePiece } from './evaluation.js';
import { onsetsFoldSchema, type OnsetsFold } from './result.js';
import {
  endToEndPiece,
  endToEndTraining,
  onsetPlaces,
  onsetTraining,
  pitchTraining,
  thinned,
  type EndToEndPiece,
  type TrainingPiece,
} from './training.js';

/** The spectra of a chorale, with its score and its true onsets in frames. */
export function pieceOf({ name, samples, sampleRate, events }: Chorale): TrainingPiece {
  const sound = levelled(samples, sampleRate, bach10Level);
  if (!sound) throw new DataError(`${name}: the recording is silent from beginning to end`);
  const reader = openSpectra(sound, sampleRate);
  const spectra = reader.read(0, reader.frames);
  const truth = Float64Array.from(events, ({ onsetSeconds }) => onsetSeconds / spectra.hopSeconds);
  return { name, task: new AlignmentTask(spectra, events), truth };
}

/** Trains on some pieces, and knows what each piece looks like to the trainings. */
export class OnsetsTrainer {
  readonly #config: OnsetsConfig;
  readonly #thinned = new Map<TrainingPiece, ReturnType<typeof thinned>>();
  /** By Ω and γ. */
  readonly #endToEnd = new Map<string, Map<TrainingPiece, EndToEndPiece>>();

  constructor(config: OnsetsConfig) {
    this.#config = config;
  }

  /** Pitches and onsets, each for itself; the scales are those of the config. */
  async separately(
    pieces: readonly TrainingPiece[],
    place: TrainingPlace,
  ): Promise<{ parameters: OnsetParameters; earlierSeconds: number }> {
    const { pitches, onsets, scales } = this.#config;
    const parameters = zeroParameters();
    setScales(parameters, scales);
    let earlierSeconds = 0;
    const inPlace = async (part: string, training: FullBatch<object>) => {
      const trained = await trainInPlace(training, { ...place, name: `${place.name}-${part}` });
      earlierSeconds += trained.earlierSeconds;
    };
    const frames = pieces.map((piece) => kept(this.#thinned, piece, () => thinned(piece)));
    for (const window of pitchWindows) {
      await inPlace(`pitch-${window}`, pitchTraining(parameters, window, frames, pitches));
    }
    const placed = pieces.map((piece) => ({ ...piece, places: onsetPlaces(piece) }));
    await inPlace('onset', onsetTraining(parameters, placed, onsets));
    return { parameters, earlierSeconds };
  }

  /** End to end, from `start`. */
  async endToEnd(
    pieces: readonly TrainingPiece[],
    start: OnsetParameters,
    setting: OnsetsConfig['endToEnd'][number],
    place: TrainingPlace,
  ): Promise<{ parameters: OnsetParameters; earlierSeconds: number }> {
    const { omega, gamma } = setting;
    const smoothing = `${omega} ${gamma}`;
    const known = kept(this.#endToEnd, smoothing, () => new Map<TrainingPiece, EndToEndPiece>());
    const parameters = structuredClone(start);
    const training = endToEndTraining(
      parameters,
      pieces.map((piece) => kept(known, piece, () => endToEndPiece(piece, { omega, gamma }))),
      setting,
    );
    const { earlierSeconds } = await trainInPlace(training, place);
    return { parameters, earlierSeconds };
  }
}

function kept<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  const value = map.get(key) ?? make();
  map.set(key, value);
  return value;
}

/** The folds of a run: the indices of the pieces left out. */
export const foldsOf = ({ folds }: OnsetsConfig, pieces: readonly TrainingPiece[]) =>
  pieces.map((_, index) => index).slice(0, folds);

/** The settings chosen for a fold on its training pieces; undefined: those of the config. */
export type Chooser = (
  leftOut: string,
  training: readonly TrainingPiece[],
  place: TrainingPlace,
) => Promise<OnsetsFoldChoices | undefined>;

/**
 * Leaves one piece out at a time, trains on the others, and measures the onsets of the piece left out
 * and of the training pieces.
 */
export function leaveOneOut(
  pieces: readonly TrainingPiece[],
  config: OnsetsConfig,
  choose: Chooser,
  trainer: OnsetsTrainer,
  { directory, interruption }: Pick<RunContext, 'directory' | 'interruption'>,
  called: { onSaved(folds: number): Promise<void>; onFold(fold: OnsetsFold): void },
): Promise<OnsetsFold[]> {
  const rows = [separateRow, ...config.endToEnd.map(({ name }) => name)];
  return runFolds(directory, foldsOf(config, pieces), withRows(onsetsFoldSchema, rows), {
    ...called,
    async run(index, metric) {
      const started = performance.now();
      const left = pieces[index]!;
      const training = pieces.filter((piece) => piece !== left);
      const { training: intervals } = config;
      const place = { directory, interruption, training: intervals, name: foldUnit(index) };
      const choices = await choose(left.name, training, place);
      const settings = foldSettings(config, choices);
      const { parameters: start, ...separate } = await trainer.separately(training, place);
      let { earlierSeconds } = separate;
      setScales(start, settings.scales);
      const fold: OnsetsFold = {
        piece: left.name,
        rows: namedValues(),
        held: namedValues(),
        onsets: namedValues(),
        settings,
        ...(choices && { choices }),
        seconds: 0,
      };
      measureRow(fold, separateRow, modelOf(start, training), left, training);
      for (const [at, setting] of settings.endToEnd.entries()) {
        const row = setting.name;
        const trained = await trainer.endToEnd(training, start, setting, {
          ...place,
          name: `${place.name}-${at}`,
          onEpoch: ({ epoch, loss }) => metric({ fold: index + 1, row, epoch, loss }),
        });
        earlierSeconds += trained.earlierSeconds;
        measureRow(fold, row, modelOf(trained.parameters, training), left, training);
      }
      fold.seconds = earlierSeconds + (performance.now() - started) / 1000;
      return fold;
    },
  });
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
