import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { z } from 'zod';
import { bleuOfCounts } from '../../metrics/bleu.js';
import { f1OfCounts } from '../../metrics/chunk-scores.js';
import { parseJsonAs, readTextIfThere } from '../../read-file.js';

/** The scores that are made of sums over sentences: how many counts, and the score of their sums. */
export const scoreKinds = {
  /** `chunkCounts` of a sentence: gold, found and correct chunks. */
  F1: { width: 3, of: f1OfCounts },
  /** `bleuCounts` of a sentence: matches and n-grams of 1 to 4 words, both lengths. */
  BLEU: { width: 10, of: (sums: readonly number[]) => bleuOfCounts(sums).score },
};

const sentenceScoresSchema = z
  .object({
    /** As tables call it: 'test F1'. */
    name: z.string(),
    kind: z.enum(['F1', 'BLEU']),
    /** SHA-256 of the sentences and what is expected of them: only the same can be paired. */
    sentences: z.string(),
    counts: z.array(z.array(z.number())).min(1),
  })
  .refine(({ kind, counts }) => counts.every((row) => row.length === scoreKinds[kind].width), {
    message: 'each sentence must have 3 counts for F1, 10 for BLEU',
  });

/** What a run did on each sentence of a set that it was scored on. */
export type SentenceScores = z.output<typeof sentenceScoresSchema>;

/** The file of a run directory that significance tests read. */
export const testScoresFile = 'test-scores.json';

/** The SHA-256 of what was scored: words with gold tags, or reference translations. */
export const sentencesHash = (sentences: readonly unknown[]): string =>
  createHash('sha256').update(JSON.stringify(sentences)).digest('hex');

/** test-scores.json, a line for each score. */
export const sentenceScoresText = (scores: readonly SentenceScores[]): string =>
  `[\n${scores.map((one) => JSON.stringify(one)).join(',\n')}\n]\n`;

/**
 * What a run did on each sentence.
 * @returns undefined where the run kept nothing, as those of version 0.1.0
 * @throws DataError for a file that holds something else
 */
export async function readSentenceScores(run: string): Promise<SentenceScores[] | undefined> {
  const path = join(run, testScoresFile);
  const text = await readTextIfThere(path);
  return text === undefined ? undefined : parseJsonAs(z.array(sentenceScoresSchema), text, path);
}
