import type { NamedArrays } from '../../runner/checkpoint/checkpoint.js';
import type { Interruption } from '../../runner/interrupt.js';
import type { RunDirectory } from '../../runner/run/run-directory.js';
import { train } from '../../runner/training/training.js';
import {
  trainingSchema,
  type EpochRecord,
  type TrainingConfig,
  type TrainingTask,
} from '../../runner/training/training-task.js';

/** Where one of the trainings of a run keeps its state. */
export interface TrainingPlace {
  directory: RunDirectory;
  interruption: Interruption;
  /** A name of its own in the run. */
  name: string;
  /** The intervals of its checkpoints. */
  training?: Partial<TrainingConfig> | undefined;
  /** Called for each epoch in its order, those of an earlier start included. */
  onEpoch?(record: EpochRecord): Promise<void>;
}

/** Trained parameters, and how long earlier starts of the run trained them. */
export interface Trained<Parameters> {
  parameters: Parameters;
  earlierSeconds: number;
}

/** A training, its step the whole of the data, and the parameters that it changes. */
export interface FullBatch<Parameters> {
  task: TrainingTask<undefined>;
  parameters: Parameters;
  epochs: number;
}

/**
 * A training of `epochs` times `steps` steps, each on all of the data.
 * @param step updates the parameters in place and gives the loss
 */
export function fullBatch<Parameters extends object & Record<keyof Parameters, Float32Array>>(
  parameters: Parameters,
  options: {
    epochs: number;
    steps: number;
    step(): number;
    optimiser: { state(): NamedArrays; restore(arrays: NamedArrays): void };
  },
): FullBatch<Parameters> {
  const { epochs, steps, step, optimiser } = options;
  const task: TrainingTask<undefined> = {
    unit: 'steps',
    batches: () => new Array<undefined>(steps).fill(undefined),
    step: () => ({ loss: step(), size: 1 }),
    parameters: () => ({ ...parameters }),
    setParameters(arrays) {
      for (const name of Object.keys(parameters) as (keyof Parameters & string)[]) {
        parameters[name].set(arrays[name]!);
      }
    },
    optimiserState: () => optimiser.state(),
    setOptimiserState: (arrays) => {
      optimiser.restore(arrays);
    },
  };
  return { task, parameters, epochs };
}

/** Trains in the runner's loop, from the checkpoint of an earlier start on. */
export async function trainInPlace<Parameters>(
  { task, parameters, epochs }: FullBatch<Parameters>,
  { directory, interruption, name, training, onEpoch }: TrainingPlace,
): Promise<Trained<Parameters>> {
  const { earlierSeconds } = await train(task, {
    ...{ title: name, seed: 0, directory, interruption },
    config: trainingSchema.parse({ ...training, epochs }),
    place: { name, ...(onEpoch && { onEpoch }) },
  });
  return { parameters, earlierSeconds };
}
