import { basename, dirname, resolve } from 'node:path';
import { UsageError } from '../../errors.js';
import type { ConfigValue } from './config-value.js';

/**
 * A name for a run on files of one's own: that of the training file without its endings, or where it
 * is only called 'train', that of its folder. Letters, digits, - and _.
 */
export function runNameOf(prefix: string, trainingFile: string): string {
  const path = resolve(trainingFile);
  const [stem = ''] = basename(path).split('.');
  const name = /^(train|training|)$/i.test(stem) ? basename(dirname(path)) : stem;
  const plain = name
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .replace(/[^\w-]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 40);
  return plain === '' ? prefix : `${prefix}-${plain}`;
}

/**
 * Checks flags that name files of one's own: a training file needs a development file beside it, and
 * none of the others goes without it, unless a config names one.
 * @throws UsageError that says which flag is missing
 */
export function checkOwnFiles(values: {
  train?: unknown;
  dev?: unknown;
  test?: unknown;
  config?: unknown;
}): void {
  const { train, dev, test, config } = values;
  if (train !== undefined && dev === undefined) {
    throw new UsageError(
      '--train needs --dev: the best epoch is the one with the best score on the development file',
    );
  }
  if (train === undefined && config === undefined && (dev ?? test) !== undefined) {
    throw new UsageError(
      `--${dev === undefined ? 'test' : 'dev'} goes with --train, your own training file`,
    );
  }
}

/** What `source` says of data of one's own: files of a kind, or a table. */
const ownSources = new Set<unknown>(['files', 'table']);

/** Whether an object of a config says where data of one's own are. */
export const isOwnData = (value: { [key: string]: unknown }) => ownSources.has(value['source']);

/** What names a file in such an object: one path, or several by language. */
const fileKeys = new Set(['train', 'development', 'test', 'folder']);

/**
 * What stays of an object of a config where data of one's own take its place: how such data are read, where it is of
 * the same source, such as its columns; no files.
 */
export const keptBeside = (value: { [key: string]: ConfigValue }, source: ConfigValue) =>
  value['source'] === source
    ? Object.fromEntries(Object.entries(value).filter(([key]) => !fileKeys.has(key)))
    : {};

/**
 * A config in which the files of one's own have absolute paths, so that a run finds them again from
 * any folder: those that data of one's own name.
 * @param folder what they are relative to
 */
export function withOwnFiles(value: ConfigValue, folder: string): ConfigValue {
  if (!isObject(value)) return value;
  const entries = Object.entries(value).map(([key, entry]): [string, ConfigValue] => {
    const isFile = isOwnData(value) && fileKeys.has(key);
    return [key, isFile ? absolute(entry, folder) : withOwnFiles(entry, folder)];
  });
  return Object.fromEntries(entries);
}

function absolute(value: ConfigValue, folder: string): ConfigValue {
  if (typeof value === 'string') return value === '' ? value : resolve(folder, value);
  if (Array.isArray(value)) return value.map((entry) => absolute(entry, folder));
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, entry]) => [key, absolute(entry, folder)]),
  );
}

export function isObject(value: ConfigValue): value is { [key: string]: ConfigValue } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
