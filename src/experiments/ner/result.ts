import { z } from 'zod';
import { namedValuesSchema } from '../../runner/checkpoint/named-values.js';
import { epochSchema } from '../../runner/training/training-task.js';
import { resultHead, type ResultHead } from '../experiment.js';
import { nerSchema } from './config.js';

/** In per cent. */
const scores = { precision: z.number(), recall: z.number(), f1: z.number() };

/** Scores of a part of the corpus, and how sparse the marginals are there. */
const evaluationSchema = z.object({
  ...scores,
  accuracy: z.number(),
  perType: namedValuesSchema(z.object(scores)),
  sparsity: z.object({
    /** The share of marginals μ_t[y] that are exactly 0. */
    zeros: z.number(),
    /** The mean number of tags of a token with a probability above 0. */
    support: z.number(),
    /** The share of sentences with one possible path only. */
    singlePaths: z.number(),
  }),
});

/** result.json of a tagger's run. */
export const nerResult = z.object({
  ...resultHead('ner', nerSchema),
  /**
   * Sentences of each part, sizes of the vocabularies, how many words have a vector, and the shares of
   * all parts' words and tokens that have one.
   */
  data: z.partialRecord(
    z.enum([
      ...['train', 'development', 'test', 'words', 'characters', 'tags', 'vectors'],
      ...['coveredWords', 'coveredTokens'],
    ] as const),
    z.number(),
  ),
  training: z.object({
    bestEpoch: z.number(),
    epochs: z.number(),
    steps: z.number(),
    /** Tokens of the training sentences, times the epochs, a second of the loop. */
    tokensPerSecond: z.number(),
    seconds: z.number(),
    history: z.array(epochSchema),
  }),
  development: evaluationSchema,
  /** Left out where there is no test file. */
  test: evaluationSchema.optional(),
});

export type NerEvaluation = z.output<typeof evaluationSchema>;
export type NerResult = z.output<typeof nerResult>;
export type NerMeasured = Omit<NerResult, keyof ResultHead<unknown>>;

/** What a run is judged by: the test part, or where there is none the development part. */
export const judgedPart = ({ test, development }: Pick<NerResult, 'test' | 'development'>) =>
  test ?? development;
