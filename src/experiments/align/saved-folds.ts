import { z } from 'zod';
import { readTextIfThere } from '../../read-file.js';
import { removeCheckpoints } from '../../runner/checkpoint/checkpoint.js';
import { measure } from '../../runner/checkpoint/best-model.js';
import { namedValuesSchema } from '../../runner/checkpoint/named-values.js';
import type { RunDirectory } from '../../runner/run/run-directory.js';
import { loadUnit, saveUnit } from '../../runner/training/units.js';
import { endToEndSchema, frameWiseSchema } from './config.js';

/** What `OnsetErrors` has, each measure by this schema. */
export const ofEachMeasure = <Value extends z.ZodType>(value: Value) =>
  z.object({
    rmse: value,
    meanAbsolute: value,
    medianAbsolute: value,
    within50ms: value,
    within100ms: value,
    max: value,
  });

const onsetErrorsSchema = ofEachMeasure(measure);

/** The errors of each way of training, by row of the table; `training` has one a training piece. */
export const foldRowsSchema = namedValuesSchema(
  z.object({ test: onsetErrorsSchema, training: z.array(onsetErrorsSchema) }),
);

export const foldResultSchema = z.object({
  /** The piece left out. */
  piece: z.string(),
  rows: foldRowsSchema,
  /** Where each trained row puts the events of the piece left out: seconds, to the millisecond. */
  onsets: namedValuesSchema(z.array(z.number())).optional(),
  settings: z.object({
    frameWise: frameWiseSchema,
    endToEnd: z.array(endToEndSchema),
    /**
     * The rows whose settings were chosen on the training pieces, not by the config. Version 0.1.0
     * wrote whether any was.
     */
    chosen: z.union([z.array(z.string()), z.boolean()]),
  }),
  seconds: z.number(),
});

/** One fold: the piece left out, and the errors by row of the table. */
export type FoldResult = z.output<typeof foldResultSchema>;

/** The schema of a fold, to have all these rows of the table. */
export const withRows = <Fold extends { rows: object }>(
  fold: z.ZodType<Fold>,
  names: readonly string[],
) =>
  fold.refine(({ rows }) => names.every((name) => Object.hasOwn(rows, name)), {
    path: ['rows'],
    message: `the rows that are expected: ${names.join('; ')}`,
  });

/** A finished fold and its lines of metrics.jsonl. Version 0.1.0 kept the file's length instead. */
const savedFoldSchema = <Fold>(fold: z.ZodType<Fold>) =>
  z.object({ result: fold, metrics: z.array(z.string()).optional() });

/** A fold that an earlier start of the run finished. */
export interface SavedFold<Fold> {
  result: Fold;
  /** Its lines of metrics.jsonl, without line breaks. */
  metrics: readonly string[];
}

/** What files of a fold are called in checkpoint/. */
export const foldUnit = (fold: number) => `fold-${String(fold + 1).padStart(2, '0')}`;

export const saveFold = (directory: RunDirectory, fold: number, saved: SavedFold<object>) =>
  saveUnit(directory, foldUnit(fold), saved);

/**
 * Runs folds one after the other. A finished fold is saved, an unfinished one has the checkpoints of
 * its trainings, called by its `foldUnit`; a resumed run goes on from there.
 * @param schema of a fold that is whole
 * @param options.run one fold; `metric` writes a line of metrics.jsonl
 * @param options.onSaved called after each fold that was run, with the number of folds that are done
 */
export async function runFolds<Fold extends { piece: string; seconds: number }>(
  directory: RunDirectory,
  folds: readonly number[],
  schema: z.ZodType<Fold>,
  options: {
    run(fold: number, metric: (record: object) => Promise<void>): Promise<Fold>;
    onSaved?(folds: number): Promise<void>;
    onFold(fold: Fold): void;
  },
): Promise<Fold[]> {
  const results: Fold[] = [];
  const saved = await resumeFolds(directory, folds, schema);
  let complete = true;
  for (const fold of folds) {
    const before = saved.get(fold);
    let result = before?.result;
    if (before && !complete) {
      for (const line of before.metrics) await directory.metric(JSON.parse(line) as object);
    }
    if (!result) {
      complete = false;
      const metrics: string[] = [];
      result = await options.run(fold, async (record) => {
        metrics.push(JSON.stringify(record));
        await directory.metric(record);
      });
      await directory.syncMetrics();
      await saveFold(directory, fold, { result, metrics });
      await options.onSaved?.(results.length + 1);
      await directory.log(`${result.piece} done in ${result.seconds.toFixed(1)} s`);
    }
    await removeCheckpoints(directory.file('checkpoint'), `${foldUnit(fold)}-`);
    results.push(result);
    options.onFold(result);
  }
  return results;
}

/**
 * The folds that are saved, and metrics.jsonl with the lines of those before the first that is not:
 * the others' lines come after that fold's.
 * @param schema of a fold that is whole
 */
export async function resumeFolds<Fold>(
  directory: RunDirectory,
  folds: readonly number[],
  schema: z.ZodType<Fold>,
): Promise<Map<number, SavedFold<Fold>>> {
  const path = directory.file('metrics.jsonl');
  const text = (await readTextIfThere(path)) ?? '';
  const saved = new Map<number, SavedFold<Fold>>();
  for (const fold of folds) {
    const unit = await loadUnit(directory, foldUnit(fold), savedFoldSchema(schema));
    if (!unit) continue;
    const { result, metrics = linesOfFold(text, fold) } = unit;
    saved.set(fold, { result, metrics });
  }
  const firstMissing = folds.findIndex((fold) => !saved.has(fold));
  const done = firstMissing < 0 ? folds : folds.slice(0, firstMissing);
  const lines = done.flatMap((fold) => saved.get(fold)!.metrics);
  const wanted = lines.map((line) => `${line}\n`).join('');
  if (text.startsWith(wanted)) {
    await directory.rewindMetrics(Buffer.byteLength(wanted));
  } else {
    await directory.log('metrics.jsonl is not what the saved folds wrote: it is written again');
    await directory.write('metrics.jsonl', wanted);
  }
  return saved;
}

/** The last line of each row and epoch: a fold that ran twice may stand there twice. */
function linesOfFold(text: string, fold: number): string[] {
  const lines = new Map<string, string>();
  for (const line of text.split('\n').slice(0, -1)) {
    const record = parsedLine(line);
    if (record?.fold !== fold + 1) continue;
    const key = JSON.stringify([record.row, record.epoch]);
    lines.delete(key);
    lines.set(key, line);
  }
  return [...lines.values()];
}

const lineSchema = z.object({ fold: z.number(), row: z.string(), epoch: z.number() });

function parsedLine(line: string) {
  try {
    return lineSchema.parse(JSON.parse(line));
  } catch {
    return undefined;
  }
}
