import { join } from 'node:path';
import { z } from 'zod';
import { backends, type Backend } from '../backends.js';
import { DataError } from '../errors.js';
import type { ReportSection } from '../report/pages/html.js';
import type { Table } from '../report/table.js';
import type { ConfigValue } from '../runner/config/config.js';
import { fingerprintSchema, type DataFiles } from '../runner/run/data-files.js';
import type { Estimate } from '../runner/training/estimate.js';
import { stretchSchema } from '../runner/run/provenance.js';
import { scoreSchema, type Score } from '../runner/run/recorded-run.js';
import type { RunContext, RunOptions } from '../runner/run/run-options.js';
import { parseSetting, type Setting } from '../runner/config/settings.js';
import { shortened } from '../visible.js';
import type { Claim } from './results/claims.js';
import type { Place } from './results/places.js';
import type { SentenceScores } from './results/sentence-scores.js';

/** The keys that every config has. */
export interface RunConfig {
  name: string;
  seed: number;
}

/** What every result.json has. */
export interface ResultHead<Config> {
  experiment: string;
  config: Config;
  /** One object in results of version 0.1.0; `stretchesOf` reads both. */
  provenance: Provenances;
  /** The data files that were read; left out by version 0.1.0. */
  files?: z.output<typeof fingerprintSchema>[] | undefined;
  /** The number that the run is judged by. */
  score?: Score | undefined;
}

type Stretches = z.output<typeof stretchSchema>;
type Provenances = Partial<Stretches>[] | Partial<Stretches>;

/** What result.json of an experiment holds. */
export type Result<Config, Measured> = ResultHead<Config> & Measured;

/** The schema of `ResultHead`, to be extended by what the experiment measures. */
export function resultHead<Config extends z.ZodType>(name: string, config: Config) {
  const stretch = stretchSchema.partial();
  return {
    experiment: z.string().refine((given) => given === name, `expected '${name}'`),
    config,
    provenance: z.union([z.array(stretch), stretch]),
    files: z.array(fingerprintSchema).optional(),
    score: scoreSchema.optional().catch(undefined),
  };
}

/** A figure of a run: figures/NAME.svg. */
export interface NamedFigure {
  name: string;
  svg: string;
  caption: string;
}

/** What the work of a run gives. */
export interface Outcome<Measured> {
  measured: Measured;
  /** Written with their captions. */
  figures?: readonly NamedFigure[];
  /** What it did on each sentence: test-scores.json, for tests of significance. */
  sentences?: readonly SentenceScores[];
}

/** A finished run, checked, and its result.json as it is. */
export interface FinishedRun<R> {
  path: string;
  result: R;
  recorded: object;
}

/** A page of results/: NAME.md, NAME.json with the results of its runs, and files beside. */
export interface Page<R> {
  name: string;
  text: string;
  /** In the order of the page. */
  runs: readonly FinishedRun<R>[];
  /** By path below results/. */
  files: Readonly<Record<string, string | Uint8Array>>;
}

/** A page as it is written: every file by its path below results/. */
export type PageFiles = Pick<Page<unknown>, 'name' | 'files'>;

/** Values of flags by their names in camel case. */
export type FlagValues = Readonly<Record<string, ConfigValue>>;

/** An option of a command. */
export interface Flag {
  /** As a help shows it: '--gamma <number>'. */
  flag: string;
  /** By default what the config's schema says of its key. */
  description?: string;
  /** By default the values of its key, where they are named. */
  choices?: readonly string[];
  /**
   * @param before the value so far of an option that may be given several times
   * @throws commander's InvalidArgumentError; the text itself by default
   */
  parse?(text: string, before: unknown): unknown;
  default?: unknown;
  /** Whether it chooses one of the configs that ship: nothing where --config or --train name the data. */
  choosesConfig?: boolean;
  /** The key of the config that it is the short name of: 'optimiser.kind'. */
  key?: string;
  /** The key that it is like, where it becomes more than that key's value. */
  about?: string;
  /** What the key becomes where it is not the value itself. */
  keyValue?(value: ConfigValue): ConfigValue;
}

export const dataFlag: Flag = {
  flag: '--data <folder>',
  description: 'where the data sets are (default: $DIDYPROG_DATA, or data)',
};

export const backendFlag: Flag = {
  flag: '--backend <name>',
  description: 'force an engine',
  choices: backends,
};

export const setFlag: Flag = {
  flag: '--set <key=value>',
  description: 'any key of the config, such as training.checkpointMinutes=5; as often as needed',
  parse: (text, before) => [...((before as Setting[] | undefined) ?? []), parseSetting(text)],
};

export const printConfigFlag: Flag = {
  flag: '--print-config',
  description: 'print the config with all options in it, and run nothing',
};

export const dryRunFlag: Flag = {
  flag: '--dry-run',
  description: 'say what would run on which data, how long and into which files; write nothing',
};

/** The options of commands that start an engine and print. */
export interface EngineFlags {
  backend?: Backend;
  json?: boolean;
}

/** A command that makes runs: `didyprog train ner`, `didyprog align bach10`. */
export interface TrainCommand<Config = RunConfig, Values extends FlagValues = FlagValues> {
  words: readonly [group: string, name: string];
  description: string;
  /** Without the program's name. */
  examples: readonly string[];
  flags: readonly Flag[];
  /** A word that may follow the command, and the flag that it is the short form of, in camel case. */
  argument?: readonly [name: string, description: string, flag: string];
  /** What --config takes the place of, after 'instead of the': 'one that ships'. */
  instead: string;
  /** The configs that it runs, one after the other, below configs/ of the project. */
  configs(values: Values): readonly string[];
  /** Changes a config as the flags without a key ask. */
  adjust?(config: Config, values: Values): Config;
  /** Makes something else of the config than a run, where the flags ask for it; says what. */
  other?(config: Config, options: RunOptions, values: Values): Promise<string> | undefined;
  /** Whether it also writes a report; its JSON is then a list of results. */
  report?: boolean;
  /** A line on what to do with the run directory `out`. */
  next?(out: string): string;
}

/** A command with what a finished run can do: `didyprog tag`, `didyprog align file`. */
export interface UseCommand {
  words: readonly string[];
  description: string;
  /** '<run>', '[sentence...]', each with its description. */
  arguments: readonly (readonly [name: string, description: string])[];
  flags: readonly Flag[];
  /** The end of its help, with examples. */
  help: string;
  /** @param values of its arguments in order, then of its flags */
  run(...values: unknown[]): Promise<void>;
}

/**
 * What an experiment is to the runner, the command line, sweeps, reports and results. Its module is
 * loaded for every help text: what it runs on, TensorFlow.js above all, it imports when it is called.
 */
export interface Experiment<Config extends RunConfig = RunConfig, Measured = object> {
  /** `experiment` in sweeps and result.json. */
  name: string;
  config: z.ZodType<Config>;
  /** result.json, as this version or an older one wrote it. */
  result: z.ZodType<Result<Config, Measured>>;
  train: readonly TrainCommand<Config>[];
  use: readonly UseCommand[];
  /**
   * Reads the data, noting every file, before anything is written.
   * @returns the work of the run, up to what it measured
   */
  load(
    config: Config,
    files: DataFiles,
  ): Promise<(context: RunContext) => Promise<Outcome<Measured>>>;
  /** How long that work would take, from a few measured steps; reads the data, writes nothing. */
  estimate?(config: Config, files: DataFiles): Promise<Estimate>;
  /** The key by which a run may go on to more epochs, and why one cannot, if so. */
  epochs: { key: string; fixed(config: Config): string | undefined };
  /** What a value of a key, which an older version wrote, is to this one. */
  sameToday?(key: string, before: unknown): unknown;
  /** The number that a run is judged by. */
  score(result: Result<Config, Measured>): Score;
  /** The numbers of a result that a sweep's table shows, by heading. */
  columns(result: Result<Config, Measured>): Record<string, number>;
  /** Which of these are of the development set: settings may be chosen by them. */
  developmentColumns?(result: Result<Config, Measured>): readonly string[];
  /** The tables of finished runs, the paper's numbers beside ours; each is what result.json holds. */
  tables(results: readonly Result<Config, Measured>[]): Table[];
  /** The place of each result in those tables, where rows can be compared by their sentences. */
  places?(results: readonly Result<Config, Measured>[]): Place[];
  /** The paper's findings, held against results. */
  claims?(results: readonly Result<Config, Measured>[]): Claim[];
  /** What a finished run is, by its data and settings; the config's own title may say otherwise. */
  title(result: Result<Config, Measured>): string;
  /** What reports show beside what every run directory has: something to listen to, say. */
  sections?(
    run: FinishedRun<Result<Config, Measured>>,
    dataFolder: string,
  ): Promise<ReportSection[]>;
  /** Puts results that belong together into one: the folds of a leave-one-out. */
  combine?(results: readonly Result<Config, Measured>[]): Result<Config, Measured>[];
  /** Files and folders of a run directory that `page` reads, beside those that every run has. */
  pageFiles?: readonly string[];
  /** What the project commits about finished runs. */
  page(
    runs: readonly FinishedRun<Result<Config, Measured>>[],
  ): Promise<Page<Result<Config, Measured>>>;
}

/**
 * Checks that result.json holds what its experiment writes: it may come from anyone. What fails after
 * that is a fault of this program, and looks like one.
 * @param file its path, for the message
 * @throws DataError that names the first key that is not so
 */
export function checkResult<Config extends RunConfig, Measured>(
  { result }: Experiment<Config, Measured>,
  value: unknown,
  file: string,
): Result<Config, Measured> {
  const checked = result.safeParse(value);
  if (checked.success) return checked.data;
  const [issue] = checked.error.issues;
  const key = shortened(issue!.path.map(String).join('.')) || 'the whole';
  throw new DataError(
    `${file} is not what its experiment writes (${key}: ${issue!.message}): ` +
      'was it changed, or written by another version?',
  );
}

/** result.json of a run. */
export const resultFile = (run: string) => join(run, 'result.json');
