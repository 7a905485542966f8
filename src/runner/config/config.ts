import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import { readdir, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { stringify } from 'yaml';
import type { z } from 'zod';
import { DataError, UsageError } from '../../errors.js';
import { fileProblem } from '../../input-file.js';
import { projectFile } from '../../project-file.js';
import { nearest } from '../../nearest.js';
import { mostTextBytes, parseJson, parseYaml, readWholeFile } from '../../read-file.js';
import { quoted, visible } from '../../visible.js';
import type { ConfigValue } from './config-value.js';
import { configError, linesOf, type Origin } from './config-problems.js';
import { notice } from '../notice.js';
import { isObject, isOwnData, keptBeside, withOwnFiles } from './own-files.js';
import { entryOf } from './schema-keys.js';
import { applySettings, overruled, sayRepeated, settingText, type Setting } from './settings.js';

export type { ConfigValue } from './config-value.js';

/** What a config file is changed by before it is validated. */
export interface ConfigChanges {
  /** Merged into the file's object key by key; undefined entries are left out. */
  overrides?: ConfigValue;
  /** The option behind an override, by its key: 'optimiser.kind' to '--optimiser'. */
  options?: ReadonlyMap<string, string>;
  /** `--set`: these win. */
  settings?: readonly Setting[];
}

/**
 * Reads a YAML config, lets the options of the command line win, and validates the whole. Files of
 * one's own (`withOwnFiles`) are relative to the config, in options to the working folder.
 * @param path a file, or a run directory: its resolved config
 * @throws UsageError that names the file and, for each problem, its line or option, the key's path,
 *   the value and what is allowed
 */
export async function loadConfig<Schema extends z.ZodType>(
  schema: Schema,
  path: string,
  { overrides = {}, options = new Map(), settings = [] }: ConfigChanges = {},
): Promise<z.output<Schema>> {
  const file = await configFile(path);
  const text = await readConfigText(file);
  const written = configValue(text, file);
  const merged = merge(withOwnFiles(written, dirname(file)), overrides);
  sayRepeated(settings, notice);
  const value = withOwnFiles(applySettings(schema, merged, settings, notice), '.');
  for (const { setting, value: said } of overruled(schema, merged, settings)) {
    const option = options.get(setting.key);
    if (option) notice(`${settingText(setting)} counts, not ${option} ${quoted(said)}`);
  }
  const lines = linesOf(text);
  const origin: Origin = (path) => {
    const key = path.map(String).join('.');
    const within = (outer: string) => key === outer || key.startsWith(`${outer}.`);
    const setting = settings.findLast((one) => within(one.key));
    if (setting) return settingText(setting);
    const option = [...options].findLast(([outer]) => within(outer));
    const inFile = path.reduce<unknown>(entryOf, written) !== undefined;
    const made = inFile ? undefined : settings.find((one) => one.key.startsWith(`${key}.`));
    return option?.[1] ?? (made ? settingText(made) : lines(path));
  };
  return validateConfig(schema, value, file, origin);
}

/** The configs that ship, by their names: 'ner/en', 'sweeps/ner-losses'. */
export async function shippedConfigs(): Promise<string[]> {
  const files = await readdir(projectFile('configs'), { recursive: true });
  return files
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => file.replaceAll('\\', '/').slice(0, -'.yaml'.length))
    .sort();
}

/**
 * The file that a config's name means: a file, a run directory's resolved config, or one that ships.
 * @param folder what a file is relative to; the working folder by default
 * @throws UsageError for another folder, and for what is neither; it names what is close
 */
export async function configFile(name: string, folder?: string): Promise<string> {
  const path = folder === undefined ? name : resolve(folder, name);
  const found = await stat(path).catch(() => undefined);
  if (found && !found.isDirectory()) return path;
  if (found) {
    const file = join(path, 'config.yaml');
    if (!(await fileProblem(file))) return file;
    await readdir(path).catch((error: Error) => {
      throw new UsageError(`cannot read the folder ${path}: ${error.message}`);
    });
    throw new UsageError(
      `${path} is a folder without config.yaml: give a config file or a run directory`,
    );
  }
  const names = await shippedConfigs();
  const plain = name
    .replaceAll('\\', '/')
    .replace(/^configs\//, '')
    .replace(/\.yaml$/, '');
  if (names.includes(plain)) return projectFile(`configs/${plain}.yaml`);
  const near = nearest(plain, names);
  throw new UsageError(
    `${visible(path)}: there is no such file, and no such config` +
      (near ? `; did you mean ${near}?` : '; didyprog config list names those that ship'),
  );
}

/**
 * The value that a YAML file holds.
 * @throws UsageError that names the file, when it cannot be read or is not YAML
 */
export async function readYaml(path: string): Promise<ConfigValue> {
  return configValue(await readConfigText(path), path);
}

async function readConfigText(path: string): Promise<string> {
  try {
    const bytes = await readWholeFile(path, mostTextBytes);
    if (isUtf8(bytes)) return bytes.toString('utf8');
    throw new DataError(`${path}: not UTF-8 text: save it as UTF-8`);
  } catch (error) {
    const { message } = error as Error;
    throw new UsageError(
      error instanceof DataError ? message : `cannot read the config ${path}: ${message}`,
    );
  }
}

/** Validates YAML text that came from `source`; throws as `loadConfig`. */
export function parseConfig<Schema extends z.ZodType>(
  schema: Schema,
  text: string,
  source: string,
): z.output<Schema> {
  return validateConfig(schema, configValue(text, source), source, linesOf(text));
}

function configValue(text: string, path: string): ConfigValue {
  let value: ConfigValue;
  try {
    value = parseYaml(text, path) as ConfigValue;
  } catch (error) {
    throw error instanceof DataError ? new UsageError(error.message) : error;
  }
  // An empty file is a config of which everything is missing.
  if (value === null || value === undefined || isObject(value)) return value;
  throw new UsageError(`${path}: expected keys and their values, not ${quoted(value)}`);
}

/** Validates a config object that came from `source`; throws as `loadConfig`. */
export function validateConfig<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  source: string,
  origin?: Origin,
): z.output<Schema> {
  const parsed = schema.safeParse(value, { reportInput: true });
  if (parsed.success) return parsed.data;
  throw configError(parsed.error, { schema, value, source, origin });
}

/** `validateConfig` of JSON that a run wrote. @throws DataError for what is not so */
export function parseSaved<Schema extends z.ZodType>(
  schema: Schema,
  text: string,
  path: string,
): z.output<Schema> {
  const value = parseJson(text, path);
  const parsed = schema.safeParse(value, { reportInput: true });
  if (parsed.success) return parsed.data;
  const what = 'what the run wrote there';
  throw new DataError(configError(parsed.error, { schema, value, source: path, what }).message);
}

/**
 * `overrides` laid over `base`: objects key by key, everything else replaced; files of one's own take
 * the place of a data set with all its keys, and of other such files, which were read in the same way.
 */
export function merge(base: ConfigValue, overrides: ConfigValue): ConfigValue {
  if (overrides === undefined) return base;
  if (!isObject(base) || !isObject(overrides)) return overrides;
  const kept = isOwnData(overrides) ? keptBeside(base, overrides['source']) : base;
  // A Map, since a key may be called __proto__.
  const merged = new Map(Object.entries(kept));
  for (const [key, value] of Object.entries(overrides)) {
    if (value !== undefined) merged.set(key, merge(merged.get(key), value));
  }
  return Object.fromEntries(merged);
}

/** The resolved config as the YAML that reproduces it. */
export function configYaml(config: object): string {
  return stringify(config, { lineWidth: 100 });
}

/** The first 12 hexadecimal digits of the SHA-256 of the resolved config. */
export const configHash = (config: object) => hashOf(configYaml(config));

/** `configHash` of a config as `configYaml` writes it. */
export const hashOf = (yaml: string) =>
  createHash('sha256').update(yaml).digest('hex').slice(0, 12);
