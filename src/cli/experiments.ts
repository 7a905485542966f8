import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { readFileSync } from 'node:fs';
import { Argument, Command, Help } from 'commander';
import { UsageError } from '../errors.js';
import {
  backendFlag,
  dataFlag,
  dryRunFlag,
  printConfigFlag,
  setFlag,
  type Experiment,
  type Flag,
  type FlagValues,
  type Result,
  type RunConfig,
  type TrainCommand,
  type UseCommand,
} from '../experiments/experiment.js';
import { requireConfig } from '../experiments/config-kinds.js';
import { experiments, sharedCommands } from '../experiments/registry.js';
import { wholeNumber } from '../option-values.js';
import { fileProblem } from '../input-file.js';
import { projectFile } from '../project-file.js';
import { parseYaml } from '../read-file.js';
import { screenTable } from '../report/table.js';
import {
  configFile,
  configYaml,
  loadConfig,
  merge,
  validateConfig,
  type ConfigValue,
} from '../runner/config/config.js';
import { dataFolderOf } from '../runner/run/data-files.js';
import { restartToTrain } from '../runner/training/training-process.js';
import { notice } from '../runner/notice.js';
import { startedCommand } from '../runner/run/provenance.js';
import { RunDirectory } from '../runner/run/run-directory.js';
import type { RunOptions } from '../runner/run/run-options.js';
import { accepts, defaultOf, entryOf, schemaAt } from '../runner/config/schema-keys.js';
import { applySettings, lastOfEach, settingText } from '../runner/config/settings.js';
import { checkPlace } from '../runner/run/run-place.js';
import { writeData, writeResult } from '../terminal.js';
import type { RunFlags } from './dry-run.js';
import { flagOption } from './flag-option.js';
import { startEngine } from '../experiments/start-engine.js';

/** The commands that hold those of experiments, by name. */
const groups: Record<string, { examples: string[]; trains?: boolean }> = {
  align: {
    examples: [
      'align synthetic --folds 2',
      'align bach10 --out runs/mine',
      'align file performance.wav score.mid',
    ],
  },
  train: {
    examples: ['train ner', 'train attention --corpus synthetic'],
    trains: true,
  },
};

/** The commands of all experiments by name; those that are not by themselves are in their group. */
export function experimentCommands(): Map<string, Command> {
  const made = new Map<string, Command>();
  for (const [name, { examples, trains }] of Object.entries(groups)) {
    const group = new Command(name);
    group.addHelpText('after', exampleText(examples));
    if (trains) group.hook('preAction', restartToTrain);
    made.set(name, group);
  }
  const place = (words: readonly string[], command: Command) => {
    const group = words.length > 1 ? made.get(words[0]!) : undefined;
    if (group) group.addCommand(command);
    else made.set(command.name(), command);
  };
  for (const use of sharedCommands) place(use.words, useCommand(use));
  for (const experiment of experiments) {
    for (const train of experiment.train) place(train.words, trainCommand(experiment, train));
    for (const use of experiment.use) place(use.words, useCommand(use));
  }
  return made;
}

const exampleText = (examples: readonly string[]) =>
  `\nExamples:\n${examples.map((example) => `  didyprog ${example}`).join('\n')}`;

function useCommand(use: UseCommand): Command {
  const command = new Command(use.words.at(-1)).description(use.description);
  for (const [name, description] of use.arguments) {
    command.addArgument(new Argument(name, description));
  }
  for (const flag of use.flags) command.addOption(flagOption(flag));
  return command
    .addHelpText('after', use.help)
    .action((...values: unknown[]) => use.run(...values.slice(0, -1)));
}

function trainCommand(experiment: Experiment, train: TrainCommand): Command {
  const command = new Command(train.words[1]).description(train.description);
  const flags = [...train.flags, ...runFlags(train.instead)];
  if (train.argument) command.addArgument(new Argument(train.argument[0], train.argument[1]));
  for (const flag of flags) command.addOption(flagOption(flag, experiment.config));
  let defaults: Map<string, string> | undefined;
  return command
    .configureHelp({
      optionDescription: (option) => {
        // Asked for each option, several times: the configs are read once.
        defaults ??= configDefaults(experiment, train, flags, command.opts());
        const value = defaults.get(option.attributeName());
        const shown = value === undefined ? '' : ` (default: ${value})`;
        return new Help().optionDescription(option) + shown;
      },
    })
    .addHelpText(
      'after',
      () => exampleText(train.examples) + defaultsText(experiment.name, train, command.opts()),
    )
    .action(async (...given: unknown[]) => {
      const values = command.opts<RunFlags & FlagValues>();
      const word = train.argument && given[0];
      const short = typeof word === 'string' ? { [train.argument![2]]: word } : {};
      checkTogether(command, flags, Object.keys(short));
      await makeRuns(experiment, train, { ...values, ...short });
    });
}

/**
 * @param short options whose argument is given
 * @throws UsageError for an option that would count for nothing beside another
 */
function checkTogether(command: Command, flags: readonly Flag[], short: readonly string[]): void {
  const given = flags
    .map((flag) => ({ flag, option: flagOption(flag) }))
    .filter(({ option }) => command.getOptionValueSource(option.attributeName()) === 'cli');
  const twice = given.find(({ option }) => short.includes(option.attributeName()));
  if (twice) throw new UsageError(`${twice.option.long} is the same as the argument: give one`);
  const chosen = given.find(({ flag }) => flag.choosesConfig);
  const named = given.find(({ option }) => ['config', 'train'].includes(option.attributeName()));
  if (!chosen || !named) return;
  throw new UsageError(
    `${chosen.option.long} chooses a config that ships, and ${named.option.long} names another ` +
      'or your own data: give one of them',
  );
}

const filesOf = (train: TrainCommand, values: FlagValues) =>
  train.configs(values).map((path) => join('configs', path));

/** What the configs that a command line asks for say of its options, by their attribute names. */
function configDefaults(
  { config: schema }: Experiment,
  train: TrainCommand,
  flags: readonly Flag[],
  values: FlagValues,
): Map<string, string> {
  let configs: unknown[];
  try {
    const paths = filesOf(train, values).map(projectFile);
    configs = paths.map((path) => parseYaml(readFileSync(path, 'utf8'), path));
  } catch {
    // Options that do not go together are for the run to refuse, not for its help.
    return new Map();
  }
  const shown = new Map<string, string>();
  for (const flag of flags) {
    const path = (flag.key ?? flag.about)?.split('.');
    if (!path || flagOption(flag, schema).negate) continue;
    const own = configs.map((config) => {
      const key = schemaAt(schema, path, config);
      return path.reduce(entryOf, config) ?? (key && defaultOf(key));
    });
    const named = schemaAt(schema, path);
    const isText = named !== undefined && accepts(named, '\0 any text');
    // A file of a data set is no default for a file of one's own.
    const words = own.filter(
      (value) => value !== undefined && typeof value !== 'object' && !isText,
    );
    const different = [...new Set(words.map(String))];
    if (different.length > 0)
      shown.set(flagOption(flag, schema).attributeName(), different.join(' or '));
  }
  return shown;
}

function defaultsText(name: string, train: TrainCommand, values: FlagValues): string {
  const files = filesOf(train, values);
  return `\n\nDefaults of settings are those of\n${files.join(' and ')}.\n--set takes every key of: didyprog config keys ${name}`;
}

/** @param instead what `--config` takes the place of */
const runFlags = (instead: string): Flag[] => [
  {
    flag: '--config <file|run>',
    description: `the config to run instead of the ${instead}: a file, one that ships, or a run directory’s`,
  },
  setFlag,
  dataFlag,
  { flag: '--seed <n>', parse: wholeNumber, key: 'seed' },
  { flag: '--out <folder>', description: 'the run directory (default: a new one under runs)' },
  { flag: '--resume', description: 'continue the run in --out' },
  printConfigFlag,
  dryRunFlag,
  backendFlag,
  { flag: '--tensorboard', description: 'also write the metrics as a TensorBoard event file' },
  { flag: '--json', description: 'print the result as JSON' },
];

/**
 * Runs the configs of a command, says what came out and where it is.
 * @returns the results
 */
export async function makeRuns<Config extends RunConfig, Measured>(
  experiment: Experiment<Config, Measured>,
  train: TrainCommand<Config>,
  values: RunFlags & FlagValues,
): Promise<Result<Config, Measured>[]> {
  const configs = await configsOf(experiment, train, values);
  if (values.printConfig) {
    if (values.json) writeResult(`${JSON.stringify(configs)}\n`);
    else writeData(configs.map(configYaml).join('---\n'));
    return [];
  }
  if (values.dryRun) {
    const { dryRun } = await import('./dry-run.js');
    await dryRun(experiment, train, configs, values);
    return [];
  }
  const several = configs.length > 1;
  const name = train.report ? train.words.join('-') : configs[0]!.name;
  const prepared = await prepareRun(values, name, several ? configs.map(({ name }) => name) : []);
  const { runExperiment } = await import('../experiments/run-experiment.js');
  const results: Result<Config, Measured>[] = [];
  const paths: string[] = [];
  for (const config of configs) {
    const out = several ? join(prepared.out, config.name) : prepared.out;
    const options = { ...prepared, out };
    const other = train.other?.(config, options, values);
    if (other) writeResult(`${await other}\n`);
    else {
      if (values.resume && (await fileProblem(join(out, 'config.yaml')))) {
        notice(`there is no run in ${out} to go on with: a new one starts`);
      }
      results.push(await runExperiment(experiment, config, options));
      paths.push(out);
    }
  }
  if (results.length > 0) await conclude(experiment, train, { values, prepared, results, paths });
  return results;
}

/** The configs that a command line asks for, resolved. */
async function configsOf<Config extends RunConfig, Measured>(
  { config: schema }: Experiment<Config, Measured>,
  train: TrainCommand<Config>,
  values: RunFlags & FlagValues,
): Promise<Config[]> {
  const { set: settings = [] } = values;
  const path = values.config === undefined ? undefined : await configFile(values.config);
  if (path !== undefined) await requireConfig(path);
  const files = filesOf(train, values).map(projectFile);
  const changes = { ...overridesOf([...train.flags, ...runFlags('')], values), settings };
  const configs: Config[] = [];
  for (const file of path === undefined ? files : [path]) {
    const config = await loadConfig(schema, file, changes);
    const adjusted = train.adjust?.(config, values);
    if (!adjusted || isDeepStrictEqual(adjusted, config)) configs.push(config);
    else {
      const changed = adjusted as object as ConfigValue;
      for (const setting of lastOfEach(settings)) {
        const valueIn = (one: object) => setting.key.split('.').reduce<unknown>(entryOf, one);
        if (isDeepStrictEqual(valueIn(adjusted), valueIn(config))) continue;
        notice(`${settingText(setting)} counts, whatever other options say of it`);
      }
      configs.push(validateConfig(schema, applySettings(schema, changed, settings), file));
    }
  }
  return configs;
}

/** What is written and printed of finished runs. */
export async function conclude<Config extends RunConfig, Measured>(
  experiment: Experiment<Config, Measured>,
  train: TrainCommand<Config>,
  run: {
    values: RunFlags;
    prepared: Pick<RunOptions, 'out' | 'dataFolder'>;
    results: Result<Config, Measured>[];
    paths: string[];
  },
): Promise<void> {
  const { values, prepared, results, paths } = run;
  const { out, dataFolder } = prepared;
  const lines = [`Run directory  ${out}`];
  if (train.report) {
    notice('Writing the report …');
    const { writeReport } = await import('../experiments/results/report.js');
    lines.push(`Report         ${await writeReport(out, { dataFolder })}`);
    const { readRunFigures } = await import('../report/figures/run-figures.js');
    for (const path of paths) {
      for (const { name } of (await readRunFigures(path)).figures) {
        lines.push(`Figure         ${join(path, 'figures', `${name}.svg`)}`);
      }
    }
  }
  if (values.results !== undefined) {
    const { publishRuns } = await import('../experiments/results/results.js');
    await publishRuns(paths, values.results);
  }
  if (train.next) lines.push(train.next(out));
  if (values.json) {
    writeResult(`${JSON.stringify(train.report ? results : results[0])}\n`);
    return;
  }
  const tables = results.map((result) => experiment.tables([result]).map(screenTable).join('\n\n'));
  writeResult(`${tables.join('\n\n\n')}\n\n${lines.join('\n')}\n`);
}

/** The config keys that flags are the short names of, and these flags by their keys. */
function overridesOf(flags: readonly Flag[], values: FlagValues) {
  let overrides: ConfigValue = {};
  const options = new Map<string, string>();
  for (const flag of flags) {
    const { key, keyValue } = flag;
    const option = flagOption(flag);
    const value = values[option.attributeName()];
    if (key === undefined || value === undefined) continue;
    const set = keyValue ? keyValue(value) : value;
    const nested = key
      .split('.')
      .reduceRight<ConfigValue>((inner, part) => ({ [part]: inner }), set);
    overrides = merge(overrides, nested);
    options.set(key, option.long ?? key);
  }
  return { overrides, options };
}

/**
 * What a run needs beside its config.
 * @param name of a new run directory
 * @param parts the names of runs inside it, where a command makes several
 * @throws UsageError when it is not said which run to continue, or no run can be written at --out
 */
async function prepareRun(
  flags: RunFlags,
  name: string,
  parts: readonly string[],
): Promise<RunOptions> {
  if (flags.resume && flags.out === undefined) {
    throw new UsageError('--resume needs --out, the run directory to continue');
  }
  if (flags.out !== undefined) await checkPlace(flags.out, [...parts, 'report.html']);
  return {
    out: flags.out ?? (await RunDirectory.fresh(name)),
    dataFolder: dataFolderOf(flags.data),
    resume: flags.resume === true,
    tensorboard: flags.tensorboard === true,
    startEngine: () => startEngine(flags.backend),
    command: startedCommand(),
  };
}
