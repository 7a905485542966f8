import { z } from 'zod';
import { SeededRandom } from '../../random.js';
import { restoreBestModel } from '../checkpoint/best-model.js';
import {
  checkArrays,
  lengthsOf,
  loadCheckpoint,
  saveCheckpoint,
  type NamedArrays,
} from '../checkpoint/checkpoint.js';
import { namedValues } from '../checkpoint/named-values.js';
import type { Pace } from './training-pace.js';
import {
  epochSchema,
  type EpochRecord,
  type TrainingConfig,
  type TrainingRun,
  type TrainingTask,
} from './training-task.js';

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
export type Position = z.output<typeof positionSchema>;

/** The position to go on from: the checkpoint's, or the start. Sets up task and generator. */
export async function resume<Batch>(
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
  const { json: position, arrays, path } = checkpoint;
  const parameters = withPrefix(arrays, 'parameters/');
  // First of all: with one of another run, nothing of this run is to change.
  const where = `${path} is not of this run’s model (has its data changed?)`;
  checkArrays(arrays, lengthsOf(arraysOf(task)), where);
  task.setParameters(parameters);
  task.setOptimiserState(withPrefix(arrays, 'optimiser/'));
  const best = bestOf(position.history);
  if (checkpoint.problem) {
    await directory.notice(`${checkpoint.problem}; going on from the checkpoint before it`);
  }
  if (best && task.evaluate) {
    const isCurrent = position.batch === 0 && position.epoch === best.epoch;
    const mended = await restoreBestModel(
      directory.path,
      { epoch: best.epoch, evaluation: best.evaluation },
      lengthsOf(parameters),
      isCurrent ? parameters : undefined,
    );
    if (mended) await directory.notice(mended);
  }
  if (place) for (const record of position.history) await place.onEpoch?.(record);
  else await directory.rewindMetrics(position.metricsBytes);
  const what = place ? `${place.name}: ` : '';
  await directory.log(`${what}going on from epoch ${position.epoch + 1}, step ${position.steps}`);
  random.state = position.random;
  return position;
}

/** Saves where the training is, the model and the optimiser's state. */
export async function savePosition<Batch>(
  task: TrainingTask<Batch>,
  { directory, place }: TrainingRun,
  position: Position,
  random: SeededRandom,
  pace: Pace,
): Promise<void> {
  if (!place) position.metricsBytes = await directory.syncMetrics();
  position.random = random.state;
  position.seconds = pace.seconds();
  const checkpoint = { json: position, arrays: arraysOf(task) };
  await saveCheckpoint(directory.file('checkpoint'), checkpoint, prefixOf(place));
  pace.saved();
}

const prefixOf = (place: TrainingRun['place']) => (place ? `${place.name}.` : '');

/** What a checkpoint holds of a task. */
function arraysOf<Batch>(task: TrainingTask<Batch>): NamedArrays {
  const arrays: NamedArrays = namedValues();
  for (const [name, array] of Object.entries(task.parameters())) {
    arrays[`parameters/${name}`] = array;
  }
  for (const [name, array] of Object.entries(task.optimiserState())) {
    arrays[`optimiser/${name}`] = array;
  }
  return arrays;
}

function withPrefix(arrays: NamedArrays, prefix: string): NamedArrays {
  return namedValues(
    Object.entries(arrays)
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, array]) => [name.slice(prefix.length), array] as const),
  );
}

/** Whether as many steps are done as may be. */
export function hasAllSteps(
  { steps }: Position,
  { maximumSteps = Infinity }: TrainingConfig,
): boolean {
  return steps >= maximumSteps;
}

export function isFinished(position: Position, config: TrainingConfig): boolean {
  const { epoch, history } = position;
  const { epochs, patience } = config;
  // With all steps done, one epoch may still be without its evaluation.
  if (epoch >= epochs || (hasAllSteps(position, config) && position.batch === 0)) return true;
  const best = bestOf(history);
  return patience !== undefined && best !== undefined && epoch - best.epoch >= patience;
}

/** The first epoch with the best score. */
export function bestOf(history: readonly EpochRecord[]): EpochRecord | undefined {
  return history.findLast(({ best }) => best);
}
