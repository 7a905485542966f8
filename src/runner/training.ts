import { z } from 'zod';
import { SeededRandom } from '../random.js';
import {
  evaluationSchema,
  readBestModel,
  restoreBestModel,
  saveBestModel,
  saveSpareModel,
  type BestModel,
  type Evaluation,
} from './best-model.js';
import { loadCheckpoint, saveCheckpoint, type NamedArrays } from './checkpoint.js';
import type { Interruption } from './interrupt.js';
import { namedValues } from './named-values.js';
import { notice } from './notice.js';
import { createTrainingProgress } from './progress.js';
import type { RunDirectory } from './run-directory.js';

/** The keys of a config that the training loop reads. */
export const trainingSchema = z.strictObject({
  epochs: z.int().min(1).max(100_000).describe('passes over the training data'),
  maximumSteps: z
    .int()
    .min(1)
    .optional()
    .describe('stop after so many steps; an epoch that they cut short is evaluated like any other'),
  patience: z
    .int()
    .min(1)
    .optional()
    .describe('stop after so many epochs without a better development score; never by default'),
  checkpointMinutes: z
    .number()
    .positive()
    .default(2)
    .describe('minutes between checkpoints: the most that is lost when the process is killed'),
  checkpointSteps: z.int().min(1).optional().describe('also a checkpoint every so many steps'),
  logSteps: z
    .int()
    .min(1)
    .default(100)
    .describe('a line in metrics.jsonl every so many steps, beside the one of each epoch'),
});

export type TrainingConfig = z.output<typeof trainingSchema>;

/** What one step gives: the loss summed over the batch, and what it is divided by. */
export interface StepResult {
  loss: number;
  /** Tokens, usually: the loss is reported per unit, the rate in units a second. */
  size: number;
}

/** What `EpochRecord` says of an epoch. */
export const epochSchema = z.object({
  epoch: z.int().min(1),
  /** The mean training loss per unit. */
  loss: z.number(),
  evaluation: evaluationSchema,
  /** Whether this epoch's score was the best so far. */
  best: z.boolean(),
});

/** One finished epoch. */
export type EpochRecord = z.output<typeof epochSchema>;

/** What an experiment supplies. Everything random must come from the generators it is handed. */
export interface TrainingTask<Batch> {
  /** What a step's size counts. */
  unit: string;
  /** The batches of epoch `epoch` (from 0) in their order. */
  batches(epoch: number, random: SeededRandom): readonly Batch[];
  /** Called before each epoch, also after a resume: a learning rate that follows from the past. */
  startEpoch?(epoch: number, history: readonly EpochRecord[]): void;
  /** One update on one batch. */
  step(batch: Batch, random: SeededRandom): StepResult | Promise<StepResult>;
  /**
   * Measures on the development set; a larger `score` is better. Left out, the score is minus the
   * loss, and the model is that of the last epoch, not of the best.
   */
  evaluate?(epoch: number): Evaluation | Promise<Evaluation>;
  /** What the model is: kept for the best epoch, and in every checkpoint. */
  parameters(): NamedArrays;
  setParameters(arrays: NamedArrays): void;
  /** What the optimiser remembers beside: in every checkpoint. */
  optimiserState(): NamedArrays;
  setOptimiserState(arrays: NamedArrays): void;
}

/** What a training needs beside its task. */
export interface TrainingRun {
  title: string;
  config: TrainingConfig;
  seed: number;
  directory: RunDirectory;
  interruption: Interruption;
  /**
   * For one of several trainings of a run, whose progress the run shows: the name of its checkpoint.
   * metrics.jsonl is the caller's, who learns of every epoch, of those before a resume first.
   */
  place?: { name: string; onEpoch?(record: EpochRecord): Promise<void> };
  /** Called after each checkpoint with what has been done by then. */
  onSave?: (reached: { epochs: number; steps: number }) => Promise<void>;
}

/** What a training did; the task then holds the parameters that it chose. */
export interface TrainingSummary {
  history: EpochRecord[];
  bestEpoch: number;
  bestScore: number;
  steps: number;
  /** The time spent in the loop, over all starts of the run. */
  seconds: number;
  /** Of these, the time of earlier starts. */
  earlierSeconds: number;
}

const count = z.int().min(0);
const sumSchema = z.object({ loss: z.number(), size: z.number() });

const positionSchema = z.object({
  epoch: count,
  /** Batches done in this epoch, and in all. */
  batch: count,
  steps: count,
  /** The generator's state before this epoch's batches were drawn, and now. */
  epochRandom: z.number(),
  random: z.number(),
  /** Sums over this epoch, and since the last line of metrics.jsonl. */
  epochSum: sumSchema,
  lineSum: sumSchema,
  history: z.array(epochSchema),
  seconds: z.number().min(0),
  metricsBytes: count,
});

/** Where a training is; all of it is in the checkpoint, so that a resumed run goes on the same. */
type Position = z.output<typeof positionSchema>;

/**
 * Trains: epochs of steps, an evaluation after each epoch, the best model kept in best.bin, a
 * checkpoint every few minutes and after each epoch. Finds the run's checkpoint and goes on from
 * it; the numbers are those of an uninterrupted run. On Ctrl-C or SIGTERM it saves after the
 * current step and throws Interrupted.
 * @throws Error when the loss is not a finite number
 * @throws StorageError when the disk is full; the last checkpoint is kept
 */
export async function train<Batch>(
  task: TrainingTask<Batch>,
  run: TrainingRun,
): Promise<TrainingSummary> {
  const { config, directory, interruption, place } = run;
  const random = new SeededRandom(run.seed);
  const position = await resume(task, run, random);
  const pace = new Pace(position);
  const progress = place ? noProgress : createTrainingProgress(run.title, config.epochs, task.unit);
  const save = async () => {
    await savePosition(task, run, position, random, pace);
    await run.onSave?.({ epochs: position.epoch, steps: position.steps });
  };
  try {
    while (!isFinished(position, config)) {
      task.startEpoch?.(position.epoch, position.history);
      random.state = position.epochRandom;
      const batches = task.batches(position.epoch, random);
      if (position.batch > 0) random.state = position.random;
      while (position.batch < batches.length && !hasAllSteps(position, config)) {
        const result = await task.step(batches[position.batch]!, random);
        checkLoss(result, position);
        position.batch++;
        position.steps++;
        add(position.epochSum, result);
        add(position.lineSum, result);
        if (!place && position.steps % config.logSteps === 0) await logSteps(directory, position);
        progress.update({
          epochs: position.epoch + (position.batch / batches.length) * 0.9999,
          rate: pace.step(result.size),
          status: statusOf(position),
        });
        if (await interruption.requested()) {
          await save();
          interruption.stop();
        }
        if (isCheckpointDue(config, position, pace)) await save();
      }
      progress.update({
        epochs: position.epoch + 0.9999,
        rate: pace.rate,
        status: ['evaluating', ...statusOf(position)],
      });
      const best = await finishEpoch(task, run, position, pace);
      // The next epoch draws on from here.
      position.epochRandom = random.state;
      // An epoch without an evaluation may be a single step.
      if (task.evaluate || isFinished(position, config)) await save();
      if (best) await saveSpareModel(directory.path, best);
      progress.update({
        epochs: position.epoch,
        rate: pace.rate,
        status: statusOf(position),
      });
    }
  } finally {
    progress.stop();
  }
  const record = bestOf(position.history)!;
  if (task.evaluate) {
    const best = await readBestModel(directory.path, record.epoch);
    task.setParameters(best!.arrays);
  }
  return {
    history: position.history,
    bestEpoch: record.epoch,
    bestScore: record.evaluation.score,
    steps: position.steps,
    seconds: pace.seconds(),
    earlierSeconds: pace.before,
  };
}

/** Evaluates, keeps and returns the model if it is the best, and writes the epoch's line. */
async function finishEpoch<Batch>(
  task: TrainingTask<Batch>,
  { directory, place }: TrainingRun,
  position: Position,
  pace: Pace,
): Promise<BestModel | undefined> {
  const { epoch, epochSum } = position;
  const loss = epochSum.size > 0 ? epochSum.loss / epochSum.size : 0;
  const evaluation = task.evaluate ? await task.evaluate(epoch) : { score: -loss };
  const before = bestOf(position.history);
  const best = before === undefined || evaluation.score > before.evaluation.score;
  const record = { epoch: epoch + 1, loss, evaluation, best };
  position.history.push(record);
  const model =
    best && task.evaluate
      ? { json: { epoch: epoch + 1, evaluation }, arrays: task.parameters() }
      : undefined;
  if (model) await saveBestModel(directory.path, model);
  if (place) await place.onEpoch?.(record);
  else {
    const seconds = Math.round(pace.seconds() * 10) / 10;
    await directory.metric({
      kind: 'epoch',
      ...{ epoch: epoch + 1, step: position.steps, loss, best, ...evaluation, seconds },
    });
  }
  position.epoch++;
  position.batch = 0;
  position.epochSum = { loss: 0, size: 0 };
  return model;
}

async function logSteps(directory: RunDirectory, position: Position): Promise<void> {
  const { epoch, steps, lineSum } = position;
  const loss = lineSum.loss / lineSum.size;
  await directory.metric({ kind: 'step', epoch: epoch + 1, step: steps, loss });
  position.lineSum = { loss: 0, size: 0 };
}

/** The position to go on from: the checkpoint's, or the start. Sets up task and generator. */
async function resume<Batch>(
  task: TrainingTask<Batch>,
  { directory, seed, place }: TrainingRun,
  random: SeededRandom,
): Promise<Position> {
  const folder = directory.file('checkpoint');
  const checkpoint = await loadCheckpoint(folder, positionSchema, prefixOf(place));
  if (!checkpoint) {
    if (!place) await directory.rewindMetrics(0);
    const start = new SeededRandom(seed).state;
    return {
      ...{ epoch: 0, batch: 0, steps: 0, epochRandom: start, random: start },
      ...{ epochSum: { loss: 0, size: 0 }, lineSum: { loss: 0, size: 0 } },
      ...{ history: [], seconds: 0, metricsBytes: 0 },
    };
  }
  const say = async (what: string) => {
    notice(what);
    await directory.log(what);
  };
  const position = checkpoint.json;
  const parameters = withPrefix(checkpoint.arrays, 'parameters/');
  const best = bestOf(position.history);
  if (checkpoint.problem)
    await say(`${checkpoint.problem}; going on from the checkpoint before it`);
  if (best && task.evaluate) {
    const isCurrent = position.batch === 0 && position.epoch === best.epoch;
    const mended = await restoreBestModel(
      directory.path,
      { epoch: best.epoch, evaluation: best.evaluation },
      isCurrent ? parameters : undefined,
    );
    if (mended) await say(mended);
  }
  if (place) for (const record of position.history) await place.onEpoch?.(record);
  else await directory.rewindMetrics(position.metricsBytes);
  const where = place ? `${place.name}: ` : '';
  await directory.log(`${where}going on from epoch ${position.epoch + 1}, step ${position.steps}`);
  task.setParameters(parameters);
  task.setOptimiserState(withPrefix(checkpoint.arrays, 'optimiser/'));
  random.state = position.random;
  return position;
}

async function savePosition<Batch>(
  task: TrainingTask<Batch>,
  { directory, place }: TrainingRun,
  position: Position,
  random: SeededRandom,
  pace: Pace,
): Promise<void> {
  if (!place) position.metricsBytes = await directory.syncMetrics();
  position.random = random.state;
  position.seconds = pace.seconds();
  const arrays: NamedArrays = namedValues();
  for (const [name, array] of Object.entries(task.parameters())) {
    arrays[`parameters/${name}`] = array;
  }
  for (const [name, array] of Object.entries(task.optimiserState())) {
    arrays[`optimiser/${name}`] = array;
  }
  const checkpoint = { json: position, arrays };
  await saveCheckpoint(directory.file('checkpoint'), checkpoint, prefixOf(place));
  pace.saved();
}

const prefixOf = (place: TrainingRun['place']) => (place ? `${place.name}.` : '');

const noProgress = { update: () => undefined, stop: () => undefined };

function withPrefix(arrays: NamedArrays, prefix: string): NamedArrays {
  return namedValues(
    Object.entries(arrays)
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, array]): [string, Float32Array | Int32Array] => [
        name.slice(prefix.length),
        array,
      ]),
  );
}

function hasAllSteps({ steps }: Position, { maximumSteps = Infinity }: TrainingConfig): boolean {
  return steps >= maximumSteps;
}

function isFinished(position: Position, config: TrainingConfig): boolean {
  const { epoch, history } = position;
  const { epochs, patience } = config;
  // With all steps done, one epoch may still be without its evaluation.
  if (epoch >= epochs || (hasAllSteps(position, config) && position.batch === 0)) return true;
  const best = bestOf(history);
  return patience !== undefined && best !== undefined && epoch - best.epoch >= patience;
}

function isCheckpointDue(config: TrainingConfig, { steps }: Position, pace: Pace): boolean {
  if (config.checkpointSteps && steps % config.checkpointSteps === 0) return true;
  return pace.secondsSinceSave() >= config.checkpointMinutes * 60;
}

/** The first epoch with the best score. */
function bestOf(history: readonly EpochRecord[]): EpochRecord | undefined {
  return history.findLast(({ best }) => best);
}

function checkLoss({ loss }: StepResult, { epoch, batch, steps }: Position): void {
  if (Number.isFinite(loss)) return;
  throw new Error(
    `the loss became ${loss} in epoch ${epoch + 1}, batch ${batch + 1} (step ${steps + 1}): ` +
      'try a smaller learning rate or a stronger clipping of the gradient',
  );
}

function add(sum: StepResult, { loss, size }: StepResult): void {
  sum.loss += loss;
  sum.size += size;
}

function statusOf({ epochSum, history }: Position): string[] {
  const loss = epochSum.size > 0 ? epochSum.loss / epochSum.size : history.at(-1)?.loss;
  const best = bestOf(history);
  const score = best ? [`best ${best.evaluation.score.toFixed(2)} (epoch ${best.epoch})`] : [];
  return [`loss ${loss?.toPrecision(4) ?? '–'}`, ...score];
}

/** The clock of a training: seconds over all its starts, and units a second of late. */
class Pace {
  /** The seconds of earlier starts. */
  readonly before: number;
  readonly #started = performance.now();
  #lastSave = performance.now();
  #lastStep = performance.now();
  /** Units and seconds, both fading with the number of steps. */
  #units = 0;
  #time = 0;

  constructor({ seconds }: Position) {
    this.before = seconds;
  }

  seconds(): number {
    return this.before + (performance.now() - this.#started) / 1000;
  }

  step(units: number): number {
    const now = performance.now();
    this.#units = this.#units * 0.98 + units;
    this.#time = this.#time * 0.98 + (now - this.#lastStep) / 1000;
    this.#lastStep = now;
    return this.rate;
  }

  get rate(): number {
    return this.#time > 0 ? this.#units / this.#time : 0;
  }

  saved(): void {
    this.#lastSave = performance.now();
    this.#lastStep = this.#lastSave;
  }

  secondsSinceSave(): number {
    return (performance.now() - this.#lastSave) / 1000;
  }
}
