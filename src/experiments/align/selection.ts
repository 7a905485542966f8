import { createHash } from 'node:crypto';
import { isAbsolute, resolve } from 'node:path';
import { z } from 'zod';
import { isBach10 } from '../../data/acquire/known-data.js';
import { UsageError } from '../../errors.js';
import { projectFile } from '../../project-file.js';
import { parseJson, readTextFile, readTextIfThere } from '../../read-file.js';
import { removeCheckpoints } from '../../runner/checkpoint/checkpoint.js';
import { validateConfig } from '../../runner/config/config.js';
import { fingerprintSchema, sameContents, type DataFiles } from '../../runner/run/data-files.js';
import { namedValues, namedValuesSchema } from '../../runner/checkpoint/named-values.js';
import { notice } from '../../runner/notice.js';
import { createProgress, type Progress } from '../../runner/progress.js';
import { inRunDirectory, type RunContext, type RunOptions } from '../../runner/run/run-options.js';
import { loadUnit, saveUnit } from '../../runner/training/units.js';
import { jsonText, writeAside } from '../../runner/write-aside.js';
import { shellWords } from '../../shell-words.js';
import type { TrainingPlace } from './full-batch.js';

/** What `--select` writes: for each piece left out, and for training on all of them, the choices. */
const choicesSchema = <Fold>(fold: z.ZodType<Fold>) =>
  z.strictObject({
    about: z.string(),
    config: z.string(),
    provenance: z.unknown(),
    /** The files of the pieces that it was chosen on; left out by version 0.1.0. */
    files: z.array(fingerprintSchema).optional(),
    folds: namedValuesSchema(fold),
  });

export type RecordedChoices<Fold> = z.output<ReturnType<typeof choicesSchema<Fold>>>;

/** The entry of `folds` for the training on all pieces. */
export const allPieces = 'all pieces';

/** What a config says of recorded choices. */
interface ChoosingConfig {
  name: string;
  seed: number;
  choices?: string | undefined;
}

/** Where recorded choices are: the configs that ship name theirs relative to the project. */
const choicesPath = (choices: string) => (isAbsolute(choices) ? choices : projectFile(choices));

/**
 * Reads the choices that the config names, if not by an absolute path relative to the project's folder.
 * @param fold the schema of one fold's choices
 * @returns undefined when the config names none
 * @throws UsageError when the file is missing or is not one that `--select` wrote
 */
export async function loadChoices<Fold>(
  config: ChoosingConfig,
  fold: z.ZodType<Fold>,
): Promise<RecordedChoices<Fold> | undefined> {
  if (config.choices === undefined) return undefined;
  const path = choicesPath(config.choices);
  let value: unknown;
  try {
    value = parseJson(await readTextFile(path), path);
  } catch (error) {
    throw new UsageError(
      `cannot read the recorded choices ${path}: ${(error as Error).message}; ` +
        'write them with --select, or remove the key choices from the config',
    );
  }
  return validateConfig(choicesSchema(fold), value, path);
}

/** The file of a run directory that says which choices it uses. */
const usedFile = 'used-choices.json';
const usedSchema = z.object({ file: z.string(), sha256: z.string() });

/**
 * Recorded choices, when they were made on the data of this run: on other recordings their piece
 * names may be the same. Otherwise a notice, and the config's settings stand.
 * @throws UsageError when the run began with other choices in the file: its folds would be of both
 */
export async function choicesFor<Fold>(
  { data, directory }: Pick<RunContext, 'data' | 'directory'>,
  config: ChoosingConfig,
  choices: RecordedChoices<Fold> | undefined,
): Promise<RecordedChoices<Fold> | undefined> {
  if (!choices) return undefined;
  const used = { file: config.choices!, sha256: await sumOf(choicesPath(config.choices!)) };
  const text = await readTextIfThere(directory.file(usedFile));
  const before = text && usedSchema.safeParse(parseJson(text, directory.file(usedFile))).data;
  if (before && before.sha256 !== used.sha256) {
    throw new UsageError(
      `${config.choices} is not what it was when ${directory.path} began (${usedFile}): some of its ` +
        'folds were trained with other choices; bring the file back, or choose another --out',
    );
  }
  await directory.write(usedFile, jsonText(used));
  // Version 0.1.0 recorded no files: what it shipped was chosen on Bach10.
  const same = choices.files ? sameContents(choices.files, data) : isBach10(data);
  if (same) return choices;
  notice(
    `${config.choices}: chosen on other recordings than these; the settings of the config are used`,
  );
  return undefined;
}

const sumOf = async (path: string) =>
  createHash('sha256')
    .update(await readTextFile(path))
    .digest('hex');

/** How an experiment chooses the settings of its folds. */
export interface Selection<Piece, Fold> {
  /** Of one fold's choices. */
  schema: z.ZodType<Fold>;
  /** The pieces that folds leave out, by their index. */
  folds(pieces: readonly Piece[]): readonly number[];
  nameOf(piece: Piece): string;
  /** Chooses on training pieces alone. */
  choose(training: readonly Piece[], place: TrainingPlace): Promise<Fold>;
  /** What the progress line says of a choice. */
  say(choice: Fold): string;
}

/**
 * `--select`: chooses every fold's settings on its training pieces and writes them to the run directory,
 * and to the file that the config names, if it names one. The piece that a fold leaves out is never seen by
 * its choice. One more choice, on all pieces, is for the model of all of them.
 * @returns where they are, in a sentence
 */
export async function runSelection<Piece, Fold>(
  { choices: file, ...config }: ChoosingConfig & { training?: TrainingPlace['training'] },
  options: RunOptions,
  load: (files: DataFiles) => Promise<readonly Piece[]>,
  selection: Selection<Piece, Fold>,
): Promise<string> {
  const schema = choicesSchema(selection.schema);
  const choices = await inRunDirectory<RecordedChoices<Fold>, readonly Piece[]>(config, options, {
    load,
    async work(pieces, { directory, interruption, provenance, data }) {
      const choices: RecordedChoices<Fold> = {
        about:
          'Settings chosen for each fold on its training pieces alone, by the mean validation ' +
          'error over inner folds. The piece that names an entry was never seen by its choice.',
        config: config.name,
        provenance: provenance.stretches,
        files: [...data],
        folds: await chosen(pieces, config, { directory, interruption }, selection),
      };
      await directory.write(choicesFile, jsonText(choices));
      return choices;
    },
    done: { file: choicesFile, read: (value, file) => validateConfig(schema, value, file) },
  });
  if (file === undefined) {
    const path = resolve(options.out, choicesFile);
    return `Choices written to ${path}; a run uses them by ${shellWords(['--set', `choices=${path}`])}`;
  }
  const path = choicesPath(file);
  await writeAside(path, jsonText(choices));
  return `Choices written to ${path}`;
}

const choicesFile = 'choices.json';

async function chosen<Piece, Fold>(
  pieces: readonly Piece[],
  config: ChoosingConfig & { training?: TrainingPlace['training'] },
  run: Pick<RunContext, 'directory' | 'interruption'>,
  { schema, folds, nameOf, choose, say }: Selection<Piece, Fold>,
): Promise<Record<string, Fold>> {
  // The choice on all pieces is the last.
  const all = [...folds(pieces), undefined];
  const progress: Progress = createProgress(`${config.name} --select`, all.length);
  const choices = namedValues<Fold>();
  const { directory } = run;
  try {
    for (const fold of all) {
      const whole = fold === undefined;
      const name = whole ? allPieces : nameOf(pieces[fold]!);
      const unit = whole ? 'select-all' : `select-${String(fold + 1).padStart(2, '0')}`;
      let choice = await loadUnit(directory, unit, schema);
      if (choice === undefined) {
        const training = whole ? pieces : pieces.filter((_, index) => index !== fold);
        choice = await choose(training, { ...run, training: config.training, name: unit });
        await saveUnit(directory, unit, choice as Fold & object);
      }
      await removeCheckpoints(directory.file('checkpoint'), `${unit}-`);
      choices[name] = choice;
      progress.step(`${name}: ${say(choice)}`);
    }
  } finally {
    progress.stop();
  }
  return choices;
}

/** The inner folds: piece i is held out by fold i mod n. */
export const innerFoldsOf = <Piece>(pieces: readonly Piece[], count: number) =>
  Array.from({ length: count }, (_, inner) => ({
    training: pieces.filter((_, index) => index % count !== inner),
    validation: pieces.filter((_, index) => index % count === inner),
  }));

/** A setting with its error on the validation pieces, and what is kept of its trial. */
interface Trial<Setting, Kept> {
  setting: Setting;
  error: number;
  kept: Kept;
}

/**
 * Tries settings one after the other: the one of least error, what is kept of it, and all errors.
 * @throws Error when no setting has a finite error
 */
export async function bestSetting<Setting, Kept>(
  settings: readonly Setting[],
  measure: (setting: Setting) => Promise<{ error: number; kept: Kept }>,
): Promise<{ best: Trial<Setting, Kept>; tried: { setting: Setting; error: number }[] }> {
  const tried: { setting: Setting; error: number }[] = [];
  let best: Trial<Setting, Kept> | undefined;
  for (const setting of settings) {
    const { error, kept } = await measure(setting);
    tried.push({ setting, error });
    if (error < (best?.error ?? Infinity)) best = { setting, error, kept };
  }
  if (!best) throw new Error('no setting of the grid gave a finite validation error');
  return { best, tried };
}
