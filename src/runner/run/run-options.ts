import { readdir, rename } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { DataError } from '../../errors.js';
import { parseJson, readTextIfThere } from '../../read-file.js';
import { shellCommand } from '../../shell-words.js';
import { checkCheckpoint, resumeFile } from './begun-config.js';
import { configHash, configYaml } from '../config/config.js';
import {
  checkSameData,
  dataFile,
  DataFiles,
  recordedData,
  type Fingerprint,
} from './data-files.js';
import { interruptible, type Interruption } from '../interrupt.js';
import { notice } from '../notice.js';
import { Provenance } from './provenance.js';
import { RunDirectory, type MayDiffer } from './run-directory.js';
import { checkFree } from './run-lock.js';
import { checkWritable } from './run-place.js';
import { parseResult } from './saved-result.js';
import { entryOf } from '../config/schema-keys.js';
import { choiceFile, choiceSchema, type Choice } from '../sweep/choices.js';
import { sweepOfCell } from '../sweep/sweep-directory.js';
import { jsonText } from '../write-aside.js';

/** What every run needs beside its config. */
export interface RunOptions {
  /** The run directory. */
  out: string;
  dataFolder: string;
  /** Go on where an earlier start of the same run stopped. */
  resume: boolean;
  /** Also write the metrics as a TensorBoard event file. */
  tensorboard?: boolean;
  /**
   * Starts the engine, once the data has been read: what is wrong with that is said without the wait.
   * @returns its name and version, for the provenance
   */
  startEngine(): Promise<string>;
  /** The command line, for the provenance. */
  command: string;
  /** The settings that another sweep chose; kept in choice.json. */
  choice?: Choice;
}

/** What the work of a run has to do with. */
export interface RunContext {
  directory: RunDirectory;
  interruption: Interruption;
  provenance: Provenance;
  /** Of every data file that was read. */
  data: Fingerprint[];
  /** Says on the screen and in run.log what the run does now: 'scoring the test set'. */
  phase(what: string): Promise<void>;
}

/** A run, in the order of its parts. */
export interface RunParts<Data, Result> {
  /** Reads the data, noting every file. Nothing is written before it is known to be the run's. */
  load(files: DataFiles): Promise<Data>;
  /** Does the work, up to the file that says that the run is done, and returns what is in it. */
  work(data: Data, context: RunContext): Promise<Result>;
  /** That file, and what it holds when the run is done already. */
  done: { file: string; read(value: unknown, path: string): Result };
  /** What may differ from the config that the run began with; by default nothing. */
  mayDiffer?: MayDiffer;
}

/**
 * Works in the directory of a run: loads the data, opens the directory, notes the start in run.log
 * and provenance.json, and when the work is interrupted says how to go on. A run that is done is left
 * as it is, with a notice.
 * @returns the result
 * @throws UsageError, StorageError as `RunDirectory.open`
 * @throws DataError when the data is missing, or is not what an earlier start of the run read, or when
 *   the checkpoint to go on from is gone
 */
export async function inRunDirectory<Result, Data>(
  config: { seed: number },
  options: RunOptions,
  { load, work, done, ...parts }: RunParts<Data, Result>,
): Promise<Result> {
  const { out, resume, tensorboard = false, command } = options;
  const mayDiffer = await ofPlace(out, parts.mayDiffer);
  const opening = { path: out, config, resume, tensorboard, mayDiffer };
  const { isNew } = await RunDirectory.check(opening);
  const finished = async (): Promise<Result | undefined> => {
    const path = join(out, done.file);
    const text = await readTextIfThere(path);
    if (text === undefined) return undefined;
    const value = await parseResult(text, out, done.file);
    if (!isOf(config, value)) return undefined;
    notice(`${out} is done already: it stays as it is`);
    return done.read(value, path);
  };
  const result = isNew ? undefined : await finished();
  if (result !== undefined) return result;
  // Before the data is read, which may take minutes.
  await checkFree(join(out, 'lock'));
  await checkWritable(out);
  if (!isNew) await checkCheckpoint(out);
  const files = new DataFiles(options.dataFolder);
  const loading = performance.now();
  notice('Loading the data and building the model …');
  const loaded = await load(files).catch((error: unknown) => {
    if (isNew || !(error instanceof DataError)) throw error;
    throw new DataError(
      `${error.message}. ${out} was begun with this data: where it has moved, --data names the folder of data ` +
        'sets, and a symbolic link in its old place leads to a file of your own',
    );
  });
  const data = await files.fingerprints();
  const before = isNew ? undefined : await recordedData(out);
  if (before) checkSameData(out, before, data);
  const seconds = ((performance.now() - loading) / 1000).toFixed(1);
  const engine = await options.startEngine();
  const hint = `Continue with: ${shellCommand(['didyprog', 'resume', out])}, or the same command and: ${shellCommand(['--out', out, '--resume'])}`;
  // Around the directory: a signal that finds its lock taken must not leave it behind.
  return interruptible(hint, (interruption) =>
    RunDirectory.use(opening, async (directory) => {
      // Another process may have finished it, or begun it, while this one read the data.
      const result = await finished();
      if (result !== undefined) return result;
      const recorded = before ?? (await recordedData(out));
      if (recorded && !before) checkSameData(out, recorded, data);
      const { seed } = config;
      const provenance = await Provenance.begin(directory, { command, config, engine, seed });
      await directory.log(`started: ${command}; engine ${engine}`);
      // A start that saved nothing, as on a full disk, has left nothing that is of other data.
      if (!recorded && (await readdir(directory.file('checkpoint'))).length > 0) {
        await directory.notice(
          `${out} has no fingerprints of the data that it began with: whether the data is the same is ` +
            'not known',
        );
      }
      await setAside(directory, done.file, config);
      const found = {
        dataFolder: resolve(options.dataFolder),
        engine: engine.split(' ')[0],
        config,
      };
      await directory.write(resumeFile, `${JSON.stringify(found)}\n`);
      if (options.choice) await keepChoice(directory, options.choice);
      if (!recorded) await directory.write(dataFile, jsonText(data));
      const read = data.map(({ name }) => name).join(', ') || 'none: generated';
      await directory.log(`loaded and built in ${seconds} s; data files: ${read}`);
      const phase = async (what: string) => {
        notice(`${what[0]!.toUpperCase()}${what.slice(1)} …`);
        await directory.log(what);
      };
      try {
        return await work(loaded, { directory, interruption, provenance, data, phase });
      } finally {
        // Where the disk is full, the error of the work is the one to see.
        await provenance.save().catch(() => undefined);
      }
    }),
  );
}

/** What may differ in a run where it is: the cells of a sweep are compared, and go on as the sweep says. */
async function ofPlace(out: string, mayDiffer?: MayDiffer): Promise<MayDiffer | undefined> {
  const sweep = mayDiffer && (await sweepOfCell(out));
  if (!mayDiffer || sweep === undefined) return mayDiffer;
  return (key, ...values) => {
    const said = mayDiffer(key, ...values);
    return said === true ? `the run is a cell of the sweep ${sweep}, whose file says it` : said;
  };
}

/** Writes choice.json; says so where the choice of an earlier start was made otherwise. */
async function keepChoice(directory: RunDirectory, choice: Choice): Promise<void> {
  const before = choiceSchema.safeParse(await readJson(directory.file(choiceFile))).data;
  if (before && before.sha256 !== choice.sha256) {
    await directory.notice(
      `${choice.file} is not what it was when ${directory.path} began: its SHA-256 was ` +
        `${before.sha256} and is ${choice.sha256}; the settings chosen are the same`,
    );
  }
  await directory.write(choiceFile, jsonText(choice));
}

/** Whether a result is that of a config, not of the shorter run that it goes on from. */
function isOf(config: object, value: unknown): boolean {
  const before = entryOf(value, 'config');
  return typeof before !== 'object' || before === null || configYaml(before) === configYaml(config);
}

/** Keeps the result of a run that goes on to more epochs, under another name. */
async function setAside(directory: RunDirectory, file: string, config: object): Promise<void> {
  const value = await readJson(directory.file(file));
  if (value === undefined || isOf(config, value)) return;
  const aside = `before-${configHash(config)}-${file}`;
  await rename(directory.file(file), directory.file(aside));
  await directory.log(`goes on to more epochs; ${file} of before is ${aside}`);
}

async function readJson(path: string): Promise<unknown> {
  const text = await readTextIfThere(path);
  return text === undefined ? undefined : parseJson(text, path);
}
