import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import type { z } from 'zod';
import { DataError, UsageError } from '../errors.js';
import { parseYaml, readTextFile } from '../read-file.js';
import { quoted, shortened } from '../visible.js';

/** A value that a YAML or JSON file can hold. */
export type ConfigValue =
  string | number | boolean | null | undefined | ConfigValue[] | { [key: string]: ConfigValue };

/**
 * Reads a YAML config, lets the overrides of the command line win, and validates the whole.
 * @param overrides merged into the file's object key by key; undefined entries are left out
 * @throws UsageError that names the file and, for each problem, the key's path, the value and what
 *   is allowed
 */
export async function loadConfig<Schema extends z.ZodType>(
  schema: Schema,
  path: string,
  overrides: ConfigValue = {},
): Promise<z.output<Schema>> {
  return validateConfig(schema, merge(await readYaml(path), overrides), path);
}

/**
 * The value that a YAML file holds.
 * @throws UsageError that names the file, when it cannot be read or is not YAML
 */
export async function readYaml(path: string): Promise<ConfigValue> {
  let text: string;
  try {
    text = await readTextFile(path);
  } catch (error) {
    const { message } = error as Error;
    throw new UsageError(
      error instanceof DataError ? message : `cannot read the config ${path}: ${message}`,
    );
  }
  return configValue(text, path);
}

/** Validates YAML text that came from `source`; throws as `loadConfig`. */
export function parseConfig<Schema extends z.ZodType>(
  schema: Schema,
  text: string,
  source: string,
): z.output<Schema> {
  return validateConfig(schema, configValue(text, source), source);
}

function configValue(text: string, path: string): ConfigValue {
  try {
    return parseYaml(text, path) as ConfigValue;
  } catch (error) {
    throw error instanceof DataError ? new UsageError(error.message) : error;
  }
}

/** More would push the first off the screen. */
const mostProblems = 20;

/** Validates a config object that came from `source`; throws as `loadConfig`. */
export function validateConfig<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  source: string,
): z.output<Schema> {
  const parsed = schema.safeParse(value, { reportInput: true });
  if (parsed.success) return parsed.data;
  const lines = parsed.error.issues.flatMap((issue) => describe(issue, value));
  const shown = lines.slice(0, mostProblems);
  if (shown.length < lines.length) shown.push(`  … and ${lines.length - shown.length} more`);
  throw new UsageError(`${source}: the config is not valid\n${shown.join('\n')}`);
}

/** What is wrong, where: a line for each problem. */
function describe(issue: z.core.$ZodIssue, root: unknown): string[] {
  const path = shortened(issue.path.map(String).join('.')) || '(the whole config)';
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map(
      (key) =>
        `  ${shortened([...issue.path.map(String), key].join('.'))}: there is no such key here`,
    );
  }
  const got = issue.path.reduce<unknown>(
    (value, key) =>
      typeof value === 'object' && value !== null && Object.hasOwn(value, key)
        ? (value as Record<PropertyKey, unknown>)[key]
        : undefined,
    root,
  );
  const allowed = issue.message.replace(/^Invalid input: /, '').replace(/, received [^,]*$/, '');
  return [`  ${path}: got ${quoted(got)}; ${allowed}`];
}

/** `overrides` laid over `base`: objects key by key, everything else replaced. */
export function merge(base: ConfigValue, overrides: ConfigValue): ConfigValue {
  if (overrides === undefined) return base;
  if (!isObject(base) || !isObject(overrides)) return overrides;
  // A Map, since a key may be called __proto__.
  const merged = new Map(Object.entries(base));
  for (const [key, value] of Object.entries(overrides)) {
    if (value !== undefined) merged.set(key, merge(merged.get(key), value));
  }
  return Object.fromEntries(merged);
}

function isObject(value: ConfigValue): value is { [key: string]: ConfigValue } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The resolved config as the YAML that reproduces it. */
export function configYaml(config: object): string {
  return stringify(config, { lineWidth: 100 });
}

/** A file of the project, by its path from the project's folder. */
export const projectFile = (path: string) =>
  fileURLToPath(new URL(`../../${path.replaceAll('\\', '/')}`, import.meta.url));

/** The first 12 hexadecimal digits of the SHA-256 of the resolved config. */
export function configHash(config: object): string {
  return createHash('sha256').update(configYaml(config)).digest('hex').slice(0, 12);
}
