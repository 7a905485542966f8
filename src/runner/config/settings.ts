import { isDeepStrictEqual } from 'node:util';
import type { z } from 'zod';
import { UsageError } from '../../errors.js';
import { parseYaml } from '../../read-file.js';
import { quoted, shortened } from '../../visible.js';
import type { ConfigValue } from './config-value.js';
import { accepts, discriminatorOf, entryOf, keysOf, schemaAt } from './schema-keys.js';

/** One `--set key.path=value`. */
export interface Setting {
  /** With dots for keys within keys; numbers index lists. */
  key: string;
  /** What stands behind the first =, as it was typed. */
  text: string;
}

/** @throws UsageError for what is not like model.dropout=0.3 */
export function parseSetting(text: string): Setting {
  const [, key, value] = /^([^=]*)=(.*)$/s.exec(text) ?? [];
  if (key === undefined || value === undefined || key.split('.').includes('')) {
    throw new UsageError(`--set ${shortened(text)}: it must be like model.dropout=0.3`);
  }
  if (value.trim() === '') {
    throw new UsageError(`--set ${shortened(text)}: its value is empty; ${key}=null takes it out`);
  }
  return { key, text: value };
}

export const settingText = ({ key, text }: Setting) => shortened(`--set ${key}=${text}`);

/**
 * A config with settings laid over it. A value is YAML, or plain text where the key takes text that
 * YAML would read as something else. null takes out a key that may be left out. A key that tells
 * kinds apart (data.source, features.kind) is set first, and leaves out what the other kind alone has.
 * @param say told of what is left out
 * @throws UsageError that names the setting, when it leads through what has no keys
 */
export function applySettings(
  schema: z.ZodType,
  config: ConfigValue,
  settings: readonly Setting[],
  say: (what: string) => void = () => undefined,
): ConfigValue {
  let changed = config;
  for (const setting of kindsFirst(schema, config, settings)) {
    const path = setting.key.split('.');
    const value = settingValue(schemaAt(schema, path, changed), setting);
    try {
      changed = setTyped(schema, changed, setting.key, value, (left) => {
        say(`${settingText(setting)} leaves out ${left.join(', ')}`);
      });
    } catch (error) {
      throw error instanceof UsageError
        ? new UsageError(`${settingText(setting)}: ${error.message}`)
        : error;
    }
  }
  return changed;
}

/** Changes of keys that tell the kinds of a union apart, then the others, each in their order. */
export function kindsFirst<T extends { key: string }>(
  schema: z.ZodType,
  config: ConfigValue,
  changes: readonly T[],
): T[] {
  const tellsKinds = ({ key }: T) => {
    const path = key.split('.');
    const parent = schemaAt(schema, path.slice(0, -1), config);
    return parent !== undefined && discriminatorOf(parent) === path.at(-1);
  };
  return [...changes.filter(tellsKinds), ...changes.filter((change) => !tellsKinds(change))];
}

/** What a setting means to the schema of its key; undefined takes the key out. */
function settingValue(schema: z.core.$ZodType | undefined, setting: Setting): ConfigValue {
  const { text } = setting;
  // No room for a comment: in text # is a character, as in a file's name.
  if (schema && /^\s*(?!["'[{])(.*\s)?#/s.test(text)) {
    if (accepts(schema, text)) return text;
    throw new UsageError(`${settingText(setting)}: a value has no comment`);
  }
  let value: ConfigValue;
  try {
    value = parseYaml(text, settingText(setting)) as ConfigValue;
  } catch (error) {
    if (schema && accepts(schema, text)) return text;
    throw new UsageError((error as Error).message);
  }
  if (!schema || accepts(schema, value)) return value;
  if (value === null && accepts(schema, undefined)) return undefined;
  // 007 or a: b may be a name; null and [1] are never text.
  const mayBeText = value !== null && !/^\s*[[{]/.test(text);
  return mayBeText && accepts(schema, text) ? text : value;
}

/**
 * `setKey` by a schema: another kind of a union keeps of the old one what is valid in the new one.
 * @param onLeft told the paths of what goes
 */
export function setTyped(
  schema: z.ZodType,
  config: ConfigValue,
  key: string,
  value: ConfigValue,
  onLeft: (paths: string[]) => void = () => undefined,
): ConfigValue {
  const path = key.split('.');
  const above = path.slice(0, -1);
  const parent = schemaAt(schema, above, config);
  const before = above.reduce<unknown>(entryOf, config);
  const changed = setKey(config, key, value);
  if (!parent || discriminatorOf(parent) !== path.at(-1)) return changed;
  if (entryOf(before, path.at(-1)!) === value) return changed;
  const object = above.reduce<unknown>(entryOf, changed) as Record<string, ConfigValue>;
  const keys = keysOf(parent, object);
  const fits = ([name, entry]: [string, ConfigValue]) => {
    const own = keys.get(name);
    return name === path.at(-1) || (own !== undefined && accepts(own, entry));
  };
  const left = Object.entries(object).filter((entry) => !fits(entry));
  // An unknown kind is an error of the whole: what belongs to it cannot be told.
  if (left.length === 0 || !accepts(keys.get(path.at(-1)!)!, value)) return changed;
  onLeft(left.map(([name]) => [...above, name].join('.')));
  const kept = Object.fromEntries(Object.entries(object).filter(fits));
  return above.length === 0 ? kept : setKey(changed, above.join('.'), kept);
}

/** Of settings of one key the last, which counts. */
export const lastOfEach = (settings: readonly Setting[]): Setting[] =>
  settings.filter(({ key }, at) => settings.findLastIndex((other) => other.key === key) === at);

/** Says of each setting that a later one of the same key takes its place. */
export function sayRepeated(settings: readonly Setting[], say: (what: string) => void): void {
  for (const last of lastOfEach(settings)) {
    const before = settings.find(({ key, text }) => key === last.key && text !== last.text);
    if (before) say(`${settingText(last)} counts, not ${settingText(before)} before it`);
  }
}

/** The settings whose key has another value in a config than they say. */
export function overruled(
  schema: z.ZodType,
  config: ConfigValue,
  settings: readonly Setting[],
): { setting: Setting; value: unknown }[] {
  return lastOfEach(settings).flatMap((setting) => {
    const path = setting.key.split('.');
    const value = path.reduce<unknown>(entryOf, config);
    const said = settingValue(schemaAt(schema, path, config), setting);
    return isDeepStrictEqual(value, said) ? [] : [{ setting, value }];
  });
}

/**
 * A config with the value at a dotted key replaced, or taken out where it is undefined; numbers index
 * lists.
 * @throws UsageError when the key leads through something that has no keys, or past a list's end
 */
export function setKey(config: ConfigValue, key: string, value: ConfigValue): ConfigValue {
  return setPath(config, key.split('.'), value, key);
}

function setPath(
  config: ConfigValue,
  path: readonly string[],
  value: ConfigValue,
  key: string,
): ConfigValue {
  const [first, ...rest] = path;
  if (first === undefined) return value;
  if (Array.isArray(config)) {
    const index = Number(first);
    if (!/^\d+$/.test(first) || index >= config.length) {
      throw new UsageError(
        `${shortened(key)}: ${quoted(first)} is not one of the ${config.length} entries, 0 to ${config.length - 1}`,
      );
    }
    return config.map((entry, i) => (i === index ? setPath(entry, rest, value, key) : entry));
  }
  if (typeof config === 'object' && config !== null) {
    const below = Object.hasOwn(config, first) ? config[first] : undefined;
    const set = { ...config, [first]: setPath(below, rest, value, key) };
    if (rest.length > 0 || value !== undefined) return set;
    return Object.fromEntries(Object.entries(set).filter(([name]) => name !== first));
  }
  if (config === undefined || config === null) {
    return { [first]: setPath(undefined, rest, value, key) };
  }
  throw new UsageError(`${shortened(key)}: there is no ${quoted(first)} in ${quoted(config)}`);
}
