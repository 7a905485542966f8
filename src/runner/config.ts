import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { parseDocument, stringify } from 'yaml';
import type { z } from 'zod';
import { UsageError } from '../errors.js';

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
    text = await readFile(path, 'utf8');
  } catch (error) {
    throw new UsageError(`cannot read the config ${path}: ${(error as Error).message}`);
  }
  return parseYaml(text, path);
}

/** Validates YAML text that came from `source`; throws as `loadConfig`. */
export function parseConfig<Schema extends z.ZodType>(
  schema: Schema,
  text: string,
  source: string,
): z.output<Schema> {
  return validateConfig(schema, parseYaml(text, source), source);
}

function parseYaml(text: string, path: string): ConfigValue {
  const document = parseDocument(text);
  const [problem] = document.errors;
  if (problem) throw new UsageError(`${path}: not valid YAML: ${problem.message}`);
  try {
    return document.toJS({ maxAliasCount: 100 }) as ConfigValue;
  } catch (error) {
    throw new UsageError(`${path}: not valid YAML: ${(error as Error).message}`);
  }
}

/** Validates a config object that came from `source`; throws as `loadConfig`. */
export function validateConfig<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  source: string,
): z.output<Schema> {
  const parsed = schema.safeParse(value, { reportInput: true });
  if (parsed.success) return parsed.data;
  const lines = parsed.error.issues.flatMap((issue) => describe(issue, value));
  throw new UsageError(`${source}: the config is not valid\n${lines.join('\n')}`);
}

/** What is wrong, where: a line for each problem. */
function describe(issue: z.core.$ZodIssue, root: unknown): string[] {
  const path = issue.path.map(String).join('.') || '(the whole config)';
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map(
      (key) => `  ${[...issue.path.map(String), key].join('.')}: there is no such key here`,
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
  const text = got === undefined ? 'nothing' : JSON.stringify(got);
  const shown = text.length > 200 ? `${text.slice(0, 200)}…` : text;
  return [`  ${path}: got ${shown}; ${allowed}`];
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

/** The first 12 hexadecimal digits of the SHA-256 of the resolved config. */
export function configHash(config: object): string {
  return createHash('sha256').update(configYaml(config)).digest('hex').slice(0, 12);
}
