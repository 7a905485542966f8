import { join } from 'node:path';
import { z } from 'zod';
import {
  checkArrays,
  CheckpointError,
  readArrays,
  saveArrays,
  type Checkpoint,
  type NamedArrays,
} from './checkpoint.js';
import { namedValuesSchema } from './named-values.js';

/** Measures of the development set by name; `score` is the one that chooses the best model. */
export type Evaluation = { score: number } & Record<string, number>;

/** A number; JSON has no NaN and writes null. */
export const measure = z
  .number()
  .nullable()
  .transform((value) => value ?? NaN);

/** An evaluation as checkpoints hold it. */
export const evaluationSchema = namedValuesSchema(measure).transform((values, context) => {
  const { score } = values;
  if (score !== undefined) return Object.assign(values, { score });
  context.addIssue({ code: 'custom', message: 'it has no score', input: values });
  return z.NEVER;
});

const bestSchema = z.object({ epoch: z.int().min(1), evaluation: evaluationSchema });

type Lengths = Readonly<Record<string, number>>;

export type BestModel = Checkpoint<{ epoch: number; evaluation: Evaluation }>;

export const bestModelFile = 'best.bin';

/** The same model once more. Written after the checkpoint, so that one of the two always fits it. */
const spareFile = join('checkpoint', 'best.bin');

export const saveBestModel = (run: string, model: BestModel) =>
  saveArrays(join(run, bestModelFile), model);

export const saveSpareModel = (run: string, model: BestModel) =>
  saveArrays(join(run, spareFile), model);

/**
 * The best model of a run directory, or its spare when best.bin is missing or damaged; `problem`
 * then says so.
 * @param epoch whose model it has to be; any by default
 * @param lengths of the arrays of that model; any by default
 * @returns undefined when there is neither file and no epoch is asked for
 * @throws CheckpointError when neither can be used
 */
export async function readBestModel(
  run: string,
  epoch?: number,
  lengths?: Lengths,
): Promise<(BestModel & { problem: string | undefined }) | undefined> {
  const problems: string[] = [];
  let found = false;
  for (const path of [join(run, bestModelFile), join(run, spareFile)]) {
    try {
      const model = await readModel(path, lengths);
      if (model && (epoch === undefined || model.json.epoch === epoch)) {
        return { ...model, problem: problems.length > 0 ? problems.join('; ') : undefined };
      }
      found ||= model !== undefined;
      problems.push(model ? `${path} is of epoch ${model.json.epoch}` : `${path} is missing`);
    } catch (error) {
      if (!(error instanceof CheckpointError)) throw error;
      found = true;
      problems.push(error.message);
    }
  }
  if (!found && epoch === undefined) return undefined;
  throw new CheckpointError(problems.join('; '));
}

async function readModel(path: string, lengths?: Lengths): Promise<BestModel | undefined> {
  const model = await readArrays(path, bestSchema);
  if (model && lengths) checkArrays(model.arrays, lengths, `${path} is of another model`);
  return model;
}

/**
 * Makes sure, when a run goes on, that the model of its best epoch is there twice.
 * @param lengths of the arrays of that model
 * @param current the parameters of the checkpoint, when they are that epoch's
 * @returns what was wrong and is mended, if anything
 * @throws CheckpointError when the model is lost: the rest of the training could not bring it back
 */
export async function restoreBestModel(
  run: string,
  best: { epoch: number; evaluation: Evaluation },
  lengths: Lengths,
  current: NamedArrays | undefined,
): Promise<string | undefined> {
  let model: BestModel;
  let problem: string | undefined;
  try {
    const read = (await readBestModel(run, best.epoch, lengths))!;
    model = { json: read.json, arrays: read.arrays };
    if (read.problem) problem = `${read.problem}; the spare is used`;
  } catch (error) {
    if (!(error instanceof CheckpointError)) throw error;
    if (!current) {
      throw new CheckpointError(
        `${error.message}: the model of epoch ${best.epoch}, the best so far, is lost; ` +
          'start the run again with another --out',
      );
    }
    model = { json: best, arrays: current };
    problem = `${error.message}; the checkpoint has that model, too`;
  }
  if (problem) await saveBestModel(run, model);
  const spare = await readModel(join(run, spareFile), lengths).catch(() => undefined);
  if (spare?.json.epoch !== best.epoch) await saveSpareModel(run, model);
  return problem;
}
