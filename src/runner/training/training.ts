import { SeededRandom } from '../../random.js';
import {
  readBestModel,
  saveBestModel,
  saveSpareModel,
  type BestModel,
} from '../checkpoint/best-model.js';
import { lengthsOf } from '../checkpoint/checkpoint.js';
import { createTrainingProgress } from '../progress.js';
import type { RunDirectory } from '../run/run-directory.js';
import { Pace } from './training-pace.js';
import {
  bestOf,
  hasAllSteps,
  isFinished,
  resume,
  savePosition,
  type Position,
} from './training-position.js';
import type {
  StepResult,
  TrainingConfig,
  TrainingRun,
  TrainingSummary,
  TrainingTask,
} from './training-task.js';

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
  const show = (done: number, status = statusOf(position)) =>
    progress.update({ epochs: position.epoch + done, rate: pace.rate, status });
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
        const result = await finite(stepOf(position), () =>
          task.step(batches[position.batch]!, random),
        );
        checkLoss(result, position);
        position.batch++;
        position.steps++;
        add(position.epochSum, result);
        add(position.lineSum, result);
        if (!place && position.steps % config.logSteps === 0) await logSteps(directory, position);
        pace.step(result.size);
        show((position.batch / batches.length) * 0.9999);
        if (await interruption.requested()) {
          await save();
          interruption.stop();
        }
        if (isCheckpointDue(config, position, pace)) await save();
      }
      show(0.9999, ['evaluating', ...statusOf(position)]);
      const best = await finishEpoch(task, run, position, pace);
      // The next epoch draws on from here.
      position.epochRandom = random.state;
      // An epoch without an evaluation may be a single step.
      if (task.evaluate || isFinished(position, config)) await save();
      if (best) await saveSpareModel(directory.path, best);
      show(0);
    }
  } finally {
    progress.stop();
  }
  const record = bestOf(position.history)!;
  if (task.evaluate) {
    const lengths = lengthsOf(task.parameters());
    const best = await readBestModel(directory.path, record.epoch, lengths);
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
  const evaluation = task.evaluate
    ? await finite(`the evaluation of epoch ${epoch + 1}`, () => task.evaluate!(epoch))
    : { score: -loss };
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

const noProgress = { update: () => undefined, stop: () => undefined };

function isCheckpointDue(config: TrainingConfig, { steps }: Position, pace: Pace): boolean {
  if (config.checkpointSteps && steps % config.checkpointSteps === 0) return true;
  return pace.secondsSinceSave() >= config.checkpointMinutes * 60;
}

const stepOf = ({ epoch, batch, steps }: Position) =>
  `epoch ${epoch + 1}, batch ${batch + 1} (step ${steps + 1})`;

const remedy = 'try a smaller learning rate or a stronger clipping of the gradient';

function checkLoss({ loss }: StepResult, position: Position): void {
  if (Number.isFinite(loss)) return;
  throw new Error(`the loss became ${loss} in ${stepOf(position)}: ${remedy}`);
}

/**
 * Does `work` of a model. Where its scores are no numbers, a program refuses them before there is a loss,
 * and the optimiser refuses such gradients: then this says when in the training that was.
 */
async function finite<T>(when: string, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof RangeError) || !/ is (NaN |-?Infinity |not finite$)/.test(error.message))
      throw error;
    throw new Error(`the model’s scores or gradients stopped being numbers in ${when}: ${remedy}`, {
      cause: error,
    });
  }
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
