import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { backends } from '../../backends.js';
import { DataError } from '../../errors.js';
import { parseYaml, readTextIfThere, readUndamaged } from '../../read-file.js';
import { configHash, hashOf, type ConfigValue } from '../config/config.js';
import { provenanceFile, stretchesOf } from './provenance.js';
import { isObject } from '../config/own-files.js';
import { entryOf } from '../config/schema-keys.js';

/** The file of a run directory by which `didyprog resume` finds data, engine and settings again. */
export const resumeFile = 'resume.json';

const recordSchema = z.object({
  dataFolder: z.string().optional(),
  engine: z.enum(backends).optional(),
  /** Resolved. Version 0.1.0 did not write it. */
  config: z.custom<object>((value) => isObject(value as ConfigValue)).optional(),
});

/**
 * What a run's last start was made with; nothing where that is not known.
 * @param notify told where it was written down, and is damaged
 */
export async function howBefore(
  path: string,
  notify?: (text: string) => void,
): Promise<z.output<typeof recordSchema>> {
  const file = join(path, resumeFile);
  const value = await readUndamaged(file);
  const { data } = recordSchema.safeParse(value);
  // Where there is no file the value is null.
  if (!data && value !== null) {
    notify?.(
      `${file} is damaged: which data, engine and settings the last start had is not known from it`,
    );
  }
  return data ?? {};
}

/** The settings that a run was last trained with, whatever its config.yaml says by now. */
export async function begunConfig(path: string): Promise<object | undefined> {
  const result = entryOf(await readUndamaged(join(path, 'result.json')), 'config') as ConfigValue;
  return isObject(result) ? result : (await howBefore(path)).config;
}

/**
 * Why a run's config.yaml is not that of its last start, where only their hash is known.
 * @param text config.yaml
 */
export async function hashProblem(path: string, text: string): Promise<string | undefined> {
  const hash = stretchesOf(await readUndamaged(join(path, provenanceFile))).at(-1)?.configHash;
  if (hash === undefined || hashOf(text) === hash) return undefined;
  const value = parseYaml(text, join(path, 'config.yaml')) as ConfigValue;
  // A comment changes nothing.
  const now = isObject(value) ? configHash(value) : hashOf(text);
  return now === hash ? undefined : `its hash was ${hash} and is ${now}`;
}

/**
 * Makes sure that a run which had saved its work can go on from there: begun from scratch it would throw its
 * curve and its best model away.
 * @throws DataError that names what is missing, and what can be done
 */
export async function checkCheckpoint(path: string): Promise<void> {
  const files = await readdir(join(path, 'checkpoint')).catch(() => []);
  // best.bin is the spare model, and what is damaged has another ending.
  if (files.some((name) => name.endsWith('.bin') && name !== 'best.bin')) return;
  const starts = stretchesOf(await readUndamaged(join(path, provenanceFile)));
  const reached = starts.findLast((start) => start.reached)?.reached;
  const isDone = (await readTextIfThere(join(path, 'result.json'))) !== undefined;
  if (!reached && !isDone) return;
  const far = Object.entries(reached ?? {}).map(([what, count]) => `${what} ${count}`);
  throw new DataError(
    `${join(path, 'checkpoint', 'latest.bin')} is missing: the run ` +
      (far.length > 0 ? `had saved its work (${far.join(', ')})` : 'was done') +
      ' and cannot go on without it. Bring its checkpoint back; copies that results --keep has made hold ' +
      `none, the run itself does. To train again from the start: --config ${path} with another --out`,
  );
}
