import { createHash } from 'node:crypto';
import { readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { z } from 'zod';
import { DataError, exitCodes } from '../../errors.js';
import { firstIssue, readWholeFile } from '../../read-file.js';
import {
  decodeArrays,
  magic,
  prefixBytes,
  sumEnd,
  type ArrayFileHeader,
  type NamedArrays,
} from './array-file.js';
import { makeOutputFolder, writeAside } from '../write-aside.js';

export type { NamedArrays } from './array-file.js';

/** What a checkpoint holds: small values as JSON, and arrays. */
export interface Checkpoint<Json = unknown> {
  json: Json;
  arrays: NamedArrays;
}

/** A checkpoint that was read, and what had to be passed over for it. */
export interface LoadedCheckpoint<Json = unknown> extends Checkpoint<Json> {
  path: string;
  /** Why the newest checkpoint was not used, when the one before it was. */
  problem: string | undefined;
}

/** A checkpoint that cannot be used. Exit code 3. */
export class CheckpointError extends Error {
  override name = 'CheckpointError';
  readonly exitCode = exitCodes.data;
}

/** The files of a checkpoint, in a folder that may hold several: each name begins with `prefix`. */
const checkpointFiles = (directory: string, prefix: string) => ({
  latest: join(directory, `${prefix}latest.bin`),
  previous: join(directory, `${prefix}previous.bin`),
  damaged: join(directory, `${prefix}latest.damaged`),
});

/**
 * Saves a checkpoint in `directory` as latest.bin; the one before it becomes previous.bin. Whenever
 * the process is killed, at least one of the two is whole.
 * @throws StorageError when it cannot be written; the checkpoints that were there are kept
 */
export async function saveCheckpoint(
  directory: string,
  checkpoint: Checkpoint,
  prefix = '',
): Promise<void> {
  await makeOutputFolder(directory);
  const { latest, previous } = checkpointFiles(directory, prefix);
  await writeAside(latest, encodeArrays(checkpoint), () =>
    rename(latest, previous).catch(ignoreMissing),
  );
}

/** Removes the checkpoints of all prefixes that begin with this one. */
export async function removeCheckpoints(directory: string, prefix: string): Promise<void> {
  for (const name of await readdir(directory)) {
    const isOne = /(latest\.bin|previous\.bin|latest\.damaged)$/.test(name);
    if (isOne && name.startsWith(prefix)) await rm(join(directory, name), { force: true });
  }
}

/**
 * Reads the newest usable checkpoint of `directory`. Where latest.bin is damaged and previous.bin is not,
 * latest.bin is set aside as latest.damaged and previous.bin is used; `problem` then says so.
 * @param schema what its JSON has to be; anything by default
 * @returns undefined when there is no checkpoint
 * @throws CheckpointError when there is one and none is usable
 * @throws DataError when one cannot be read at all
 */
export async function loadCheckpoint<Json = unknown>(
  directory: string,
  schema?: z.ZodType<Json>,
  prefix = '',
): Promise<LoadedCheckpoint<Json> | undefined> {
  const { latest, previous, damaged } = checkpointFiles(directory, prefix);
  let problem: string | undefined;
  try {
    const checkpoint = await readArrays(latest, schema);
    if (checkpoint) return { ...checkpoint, path: latest, problem };
  } catch (error) {
    if (!(error instanceof CheckpointError)) throw error;
    problem = error.message;
  }
  try {
    const checkpoint = await readArrays(previous, schema);
    if (checkpoint) {
      // Out of the way, so that the next save does not put it in the good one's place.
      if (problem) await rename(latest, damaged).catch(ignoreMissing);
      return { ...checkpoint, path: previous, problem };
    }
  } catch (error) {
    if (!(error instanceof CheckpointError)) throw error;
    problem = problem ? `${problem}; ${error.message}` : error.message;
  }
  if (problem === undefined) return undefined;
  throw new CheckpointError(`${problem}: start the run again with another --out`);
}

/** Saves a checkpoint as one file of its own, such as the best model so far. */
export async function saveArrays(path: string, checkpoint: Checkpoint): Promise<void> {
  await writeAside(path, encodeArrays(checkpoint));
}

/**
 * Reads what `saveArrays` or `saveCheckpoint` wrote.
 * @param schema what its JSON has to be; anything by default
 * @returns undefined when there is no such file
 * @throws CheckpointError when the file is damaged: cut short, changed, or another kind of file
 * @throws DataError when it cannot be read at all
 */
export async function readArrays<Json = unknown>(
  path: string,
  schema?: z.ZodType<Json>,
): Promise<Checkpoint<Json> | undefined> {
  let bytes: Buffer;
  try {
    bytes = await readWholeFile(path);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    if (error instanceof DataError) throw error;
    throw new DataError(`cannot read ${path}: ${message}`);
  }
  const fail = (what: string) => new CheckpointError(`${path}: ${what}`);
  const sha256 = (part: Uint8Array) => createHash('sha256').update(part).digest();
  const { json: value, arrays } = await decodeArrays(bytes, sha256).catch((error: unknown) => {
    throw fail((error as Error).message);
  });
  if (!schema) return { json: value as Json, arrays };
  const json = schema.safeParse(value);
  if (json.success) return { json: json.data, arrays };
  throw fail(`it does not hold what is expected (${firstIssue(json.error)})`);
}

/**
 * Makes sure that arrays are those of a model.
 * @param lengths of every array that there must be
 * @throws CheckpointError that names the first that is missing or has another length
 */
export function checkArrays(
  arrays: NamedArrays,
  lengths: Readonly<Record<string, number>>,
  where: string,
): void {
  for (const [name, length] of Object.entries(lengths)) {
    const array = Object.hasOwn(arrays, name) ? arrays[name] : undefined;
    if (array?.length === length) continue;
    throw new CheckpointError(
      `${where}: ${name} has ${array?.length ?? 'no'} numbers; ${length} are expected`,
    );
  }
}

/** The length of every array, for `checkArrays`. */
export const lengthsOf = (arrays: NamedArrays): Record<string, number> =>
  Object.fromEntries(Object.entries(arrays).map(([name, { length }]) => [name, length]));

/** The parts of the file, arrays not copied. */
function encodeArrays({ json, arrays }: Checkpoint): Uint8Array[] {
  const entries = Object.entries(arrays);
  const header: ArrayFileHeader = {
    json,
    arrays: entries.map(([name, array]) => ({
      name,
      type: array instanceof Float32Array ? 'float32' : 'int32',
      length: array.length,
    })),
  };
  const text = Buffer.from(JSON.stringify(header));
  const padding = Buffer.alloc((8 - ((prefixBytes + text.length) % 8)) % 8);
  const parts = [
    text,
    padding,
    ...entries.map(([, array]) => new Uint8Array(array.buffer, array.byteOffset, array.byteLength)),
  ];
  const prefix = Buffer.alloc(prefixBytes);
  prefix.write(magic, 'latin1');
  prefix.writeUInt32LE(1, sumEnd);
  prefix.writeUInt32LE(text.length, sumEnd + 4);
  const sum = createHash('sha256').update(prefix.subarray(sumEnd));
  for (const part of parts) sum.update(part);
  sum.digest().copy(prefix, 8);
  return [prefix, ...parts];
}

function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}
