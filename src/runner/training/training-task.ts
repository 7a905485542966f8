import { z } from 'zod';
import type { SeededRandom } from '../../random.js';
import { evaluationSchema, type Evaluation } from '../checkpoint/best-model.js';
import type { NamedArrays } from '../checkpoint/checkpoint.js';
import type { Interruption } from '../interrupt.js';
import type { RunDirectory } from '../run/run-directory.js';

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
  /** Takes arrays of the names and lengths that `parameters` has. */
  setParameters(arrays: NamedArrays): void;
  /** What the optimiser remembers beside: in every checkpoint. */
  optimiserState(): NamedArrays;
  /** Takes arrays of the names and lengths that `optimiserState` has. */
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
