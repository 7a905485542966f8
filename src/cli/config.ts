import { dirname, relative, resolve } from 'node:path';
import { Argument, Command } from 'commander';
import { counted } from '../counted.js';
import { UsageError } from '../errors.js';
import { jsonSchemaOf, keysTable } from '../experiments/config-docs.js';
import { configKinds, kindOf, type ConfigKind } from '../experiments/config-kinds.js';
import { experimentNamed, experiments } from '../experiments/registry.js';
import { setFlag } from '../experiments/experiment.js';
import type { MakeStarter } from '../experiments/starter.js';
import { isThere } from '../make-folder.js';
import { eitherColumns, foreignColumn, type EitherColumns } from '../option-values.js';
import { checkOutputs } from '../output-places.js';
import { projectFile } from '../project-file.js';
import { screenTable } from '../report/table.js';
import {
  configFile,
  configYaml,
  loadConfig,
  readYaml,
  shippedConfigs,
  type ConfigValue,
} from '../runner/config/config.js';
import { isObject, isOwnData } from '../runner/config/own-files.js';
import { entryOf } from '../runner/config/schema-keys.js';
import type { Setting } from '../runner/config/settings.js';
import { loadSweep } from '../runner/sweep/definition.js';
import { makeOutputFolder, writeNew } from '../runner/write-aside.js';
import { shellCommand } from '../shell-words.js';
import { writeData, writeResult, writeWrapped } from '../terminal.js';
import { flagOption } from './flag-option.js';

export function configCommand(): Command {
  return new Command('config')
    .addHelpText(
      'after',
      `
Examples:
  didyprog config list
  didyprog config show ner/en
  didyprog config check mine.yaml
  didyprog config keys ner
  didyprog config init ner --from my/data`,
    )
    .addCommand(listCommand())
    .addCommand(showCommand())
    .addCommand(checkCommand())
    .addCommand(initCommand())
    .addCommand(keysCommand())
    .addCommand(schemaCommand());
}

function listCommand(): Command {
  return new Command('list')
    .description('the configs that ship')
    .option('--json', 'print the list as JSON')
    .addHelpText('after', '\nExample:\n  didyprog config list')
    .action(async ({ json }: { json?: boolean }) => {
      const all = await Promise.all(
        (await shippedConfigs()).map(async (name) => {
          const path = projectFile(`configs/${name}.yaml`);
          const { title, data, corpus } = (await readYaml(path)) as Record<string, ConfigValue>;
          const { source } = (data ?? corpus ?? {}) as { source?: string };
          return { name, title: String(title ?? ''), data: source ?? '', path };
        }),
      );
      if (json) return writeResult(`${JSON.stringify(all)}\n`);
      const rows = all.map(({ name, title, data }) => [name, data, title]);
      writeResult(`${screenTable({ columns: ['name', 'data', 'what it is'], rows })}\n`);
    });
}

function showCommand(): Command {
  return new Command('show')
    .description('a config with every key that it leaves to its default')
    .argument('<name>', 'one that ships (ner/en), a file, or a run directory')
    .addOption(flagOption(setFlag))
    .option('--json', 'print it as JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  didyprog config show ner/en\n  didyprog config show runs/mine',
    )
    .action(async (name: string, { json, set }: { json?: boolean; set?: readonly Setting[] }) => {
      const path = await configFile(name);
      const kind = await kindOf(path);
      const config = (await loadConfig(kind.schema, path, { settings: set ?? [] })) as object;
      if (json) writeResult(`${JSON.stringify(config)}\n`);
      else writeData(configYaml(config));
    });
}

function checkCommand(): Command {
  return new Command('check')
    .description('say whether a config or a sweep is valid, and what is wrong in which line')
    .argument('<file>', 'the file, a run directory, or the name of one that ships')
    .addOption(flagOption(setFlag))
    .option('--json', 'print the outcome as JSON')
    .addHelpText('after', '\nExample:\n  didyprog config check mine.yaml --set training.epochs=3')
    .action(
      async (name: string, { json, set = [] }: { json?: boolean; set?: readonly Setting[] }) => {
        const path = await configFile(name);
        const kind = await kindOf(path);
        let more = '';
        let isOwn = false;
        if (kind.name === 'sweep') {
          const { cells } = await loadSweep(path, (name) => experimentNamed(name).config, set);
          more = `, ${counted(cells.length, 'cell')}`;
        } else {
          const config = await loadConfig(kind.schema, path, { settings: set });
          isOwn = ['data', 'corpus'].some((key) => {
            const value = entryOf(config, key) as ConfigValue;
            return isObject(value) && isOwnData(value);
          });
        }
        if (json) writeResult(`${JSON.stringify({ path, kind: kind.name, valid: true })}\n`);
        else
          writeResult(
            `${path} is a valid config (${kind.name}${more})\nTo run it: ${commandFor(kind, path, isOwn)}\n`,
          );
      },
    );
}

/** The command that runs a config of a kind; `align train` for recordings of one's own. */
function commandFor(kind: ConfigKind, path: string, isOwn = false): string {
  if (kind.name === 'sweep') return shellCommand(['didyprog', 'sweep', path]);
  const { train } = experiments.find(({ name }) => name === kind.name)!;
  const own = isOwn ? train.find(({ words }) => words.includes('train')) : undefined;
  return shellCommand(['didyprog', ...(own ?? train[0]!).words, '--config', path]);
}

/** The argument that names a kind of config. */
const kindArgument = () =>
  new Argument('<kind>', 'the kind').choices(configKinds().map(({ name }) => name));
const kindNamed = (name: string) => configKinds().find((kind) => kind.name === name)!;

function keysCommand(): Command {
  return new Command('keys')
    .description('every key of a kind of config, with its values and default')
    .addArgument(kindArgument())
    .addHelpText('after', '\nExample:\n  didyprog config keys ner')
    .action((name: string) => {
      writeResult(`${screenTable(keysTable(kindNamed(name)))}\n`);
    });
}

function schemaCommand(): Command {
  return new Command('schema')
    .description('the JSON Schema of a kind of config, for an editor')
    .addArgument(kindArgument())
    .addHelpText('after', '\nExample:\n  didyprog config schema ner > ner.schema.json')
    .action((name: string) => {
      writeResult(`${JSON.stringify(jsonSchemaOf(kindNamed(name)), undefined, 2)}\n`);
    });
}

/** What writes a config for a user's data, by the experiment. */
const starters: Record<string, () => Promise<MakeStarter>> = {
  ner: async () => (await import('../experiments/ner/starter-config.js')).nerStarter,
  attention: async () =>
    (await import('../experiments/attention/starter-config.js')).attentionStarter,
  align: async () => (await import('../experiments/align/starter-config.js')).alignStarter,
};

interface InitFlags {
  from: string;
  out?: string;
  columns?: EitherColumns;
  json?: boolean;
}

/** What the columns of an experiment's files hold. */
const columnRoles: Record<string, readonly string[]> = {
  ner: ['word', 'tag'],
  attention: ['source', 'target'],
};

/** @throws UsageError for other columns than those of the experiment's files */
function checkColumns(experiment: string, columns: EitherColumns | undefined): void {
  const own = columnRoles[experiment];
  if (columns && !own) {
    throw new UsageError(
      `--columns is for column files and tables, of ner and attention; ${experiment} reads none`,
    );
  }
  const foreign = own && foreignColumn(columns, own);
  if (foreign !== undefined) {
    throw new UsageError(
      `--columns ${foreign}=…: the files of ${experiment} have columns for ${own!.join(' and ')}`,
    );
  }
}

function initCommand(): Command {
  return new Command('init')
    .description('write a config with comments for data of your own')
    .addArgument(new Argument('<kind>', 'the experiment').choices(Object.keys(starters)))
    .requiredOption(
      '--from <folder>',
      'the folder with the data, or one file of text; attention: or train.it,train.en',
    )
    .option('--out <file>', 'where to write it (default: NAME.yaml here, after the folder)')
    .option(
      '--columns <choice>',
      'the columns of the files, such as word=2,tag=3, or of a table source=2,target=1',
      eitherColumns,
    )
    .option('--json', 'print the path as JSON')
    .addHelpText(
      'after',
      `
Files of text are known by their names: train (training), dev (development, valid, testa), test (testing,
testb), and parallel text by the languages in which they end. Of one file of text all parts are drawn;
parallel text in one file has two columns, .csv or with tabs between them. Recordings are STEM.wav with STEM.mid and,
if known, onsets in STEM.csv.

Examples:
  didyprog config init ner --from my/data --out mine.yaml
  didyprog config init ner --from my/data --columns word=2,tag=3
  didyprog config init ner --from my/tagged.csv
  didyprog config init attention --from my/train.it,my/train.en
  didyprog config init attention --from my/pairs.tsv --columns source=2,target=1
  didyprog config init align --from my/recordings`,
    )
    .action(async (name: string, flags: InitFlags) => {
      checkColumns(name, flags.columns);
      const stem = resolve(flags.from.split(',')[0]!)
        .split(/[\\/]/)
        .at(-1)!
        .replaceAll(/[^\w-]+/g, '-')
        .replace(/^-+/, '');
      const out = flags.out ?? `${name}-${stem || 'config'}.yaml`;
      const isDefault = flags.out === undefined;
      await checkOutputs([{ path: out, option: '--out', isDefault, makesFolder: true }], []);
      if (await isThere(out)) {
        throw new UsageError(`${out} is there already and stays as it is: choose another --out`);
      }
      const fromOut = (file: string) => relative(dirname(resolve(out)), file).replaceAll('\\', '/');
      const { text, found } = await (
        await starters[name]!()
      )(flags.from, `${name}-${stem || 'own'}`, fromOut, flags.columns);
      const schema = fromOut(projectFile(`configs/schema/${name}.json`));
      const first = `# yaml-language-server: $schema=${schema}\n`;
      await makeOutputFolder(dirname(resolve(out)));
      await writeNew(out, first + text);
      const next = commandFor(kindNamed(name), out, true);
      if (flags.json) writeResult(`${JSON.stringify({ config: out, found, next })}\n`);
      else
        writeWrapped(
          `Found ${found.join(', ')}\nWritten to ${out}; change what you like, then:\n  ${next} --dry-run\n  ${next}\n`,
        );
    });
}
