import { readdir } from 'node:fs/promises';
import { UsageError } from '../errors.js';

/** What can use a run of each kind, and `didyprog evaluate` all of them. */
const users = {
  tagger: 'tag',
  translator: 'translate',
  aligner: 'align file --model',
} as const;

export type RunKind = keyof typeof users;

/** What a run directory holds, or a model.json by itself, by the files that are in it. */
export async function kindOfRun(run: string): Promise<RunKind | undefined> {
  const names = await readdir(run).catch((error: NodeJS.ErrnoException) =>
    error.code === 'ENOTDIR' ? ['model.json'] : [],
  );
  if (names.includes('vocabulary.json')) return 'translator';
  if (names.includes('lexicon.json')) return 'tagger';
  return names.includes('model.json') ? 'aligner' : undefined;
}

/**
 * Call before reading the files of a kind of run: what another kind lacks of them tells little.
 * @throws UsageError for a run of another kind, with the command that uses it
 */
export async function requireKind(run: string, expected: RunKind): Promise<void> {
  const kind = await kindOfRun(run);
  if (kind === undefined || kind === expected) return;
  throw new UsageError(
    `${run} is ${withArticle(kind)}, not ${withArticle(expected)}: use didyprog ${users[kind]}`,
  );
}

/** 'a tagger', 'an aligner'. */
export const withArticle = (kind: RunKind) => `${kind === 'aligner' ? 'an' : 'a'} ${kind}`;
