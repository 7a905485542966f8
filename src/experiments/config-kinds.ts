import { z } from 'zod';
import { UsageError } from '../errors.js';
import { isOpenPipe } from '../input-file.js';
import { readYaml } from '../runner/config/config.js';
import { isObject } from '../runner/config/own-files.js';
import { schemaAt } from '../runner/config/schema-keys.js';
import { looksLikeSweep, sweepSchema } from '../runner/sweep/definition.js';
import { shellCommand } from '../shell-words.js';
import type { Experiment } from './experiment.js';
import { experimentNamed, experiments } from './registry.js';

/** A kind of config file, with the schema of its keys. */
export interface ConfigKind {
  name: string;
  schema: z.ZodType;
  title: string;
}

/** Every kind of config file: one of each experiment, and sweeps. */
export const configKinds = (): ConfigKind[] => [
  ...experiments.map(({ name, config, train }) => {
    const commands = train.map(({ words }) => `\`didyprog ${words.join(' ')}\``).join(', ');
    return { name, schema: config, title: `Configs of ${commands}` };
  }),
  { name: 'sweep', schema: sweepSchema, title: 'Sweeps: `didyprog sweep FILE`' },
];

/**
 * What kind of config a file is: a sweep, or of the experiment whose keys it has most of.
 * @throws UsageError for what cannot be read or is no object
 */
export async function kindOf(path: string): Promise<ConfigKind> {
  const kinds = configKinds();
  if (await looksLikeSweep(path)) return kinds.find(({ name }) => name === 'sweep')!;
  const value = await readYaml(path);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new UsageError(`${path}: expected the keys of a config`);
  }
  const problems = (kind: ConfigKind) => {
    const parsed = kind.schema.safeParse(value);
    return parsed.success ? 0 : parsed.error.issues.length + unknownKeys(parsed.error.issues);
  };
  const all = kinds.filter(({ name }) => name !== 'sweep');
  return all.reduce((best, kind) => (problems(kind) < problems(best) ? kind : best));
}

const unknownKeys = (issues: readonly { code: string; keys?: string[] }[]) =>
  issues.reduce((sum, { keys }) => sum + (keys?.length ?? 0), 0);

/**
 * Call before a file is read as a sweep: the keys that it would lack tell little.
 * @throws UsageError for the config of a run, with the command that runs it
 */
export async function requireSweep(path: string): Promise<void> {
  // A pipe is read but once.
  if (isOpenPipe(path) || (await looksLikeSweep(path))) return;
  const value = await readYaml(path);
  if (!isObject(value)) return;
  const { name, schema } = await kindOf(path);
  const hasKeyOf = (one: z.ZodType, other: z.ZodType) =>
    Object.keys(value).some((key) => schemaAt(one, [key]) && !schemaAt(other, [key]));
  // What has a key that only sweeps have is one with something missing.
  if (hasKeyOf(sweepSchema, schema) || !hasKeyOf(schema, sweepSchema)) return;
  const [train] = experimentNamed(name).train;
  throw new UsageError(
    `${path} is the config of a run (${name}), not of a sweep: ` +
      shellCommand(['didyprog', ...train!.words, '--config', path]),
  );
}

/** The same for the config of a run. @throws UsageError for a sweep */
export async function requireConfig(path: string): Promise<void> {
  if (isOpenPipe(path) || !(await looksLikeSweep(path))) return;
  throw new UsageError(
    `${path} is a sweep, not the config of a run: ${shellCommand(['didyprog', 'sweep', path])}`,
  );
}

/** The experiment whose config a file is; throws as `kindOf`. */
export async function experimentOf(path: string): Promise<Experiment> {
  return experimentNamed((await kindOf(path)).name);
}
