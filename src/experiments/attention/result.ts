import { z } from 'zod';
import { resultHead, type ResultHead } from '../experiment.js';
import { attentionSchema } from './config.js';

/** The file of a run directory that holds its example maps. */
export const mapsFile = 'attention-maps.json';

/** BLEU of a test set under the ways to count it. */
const testScores = {
  name: z.string(),
  sentences: z.number(),
  /** On the model's own tokens, as they are: lower-cased where the model is. */
  bleuTokens: z.number(),
  /** sacrebleu's 13a on detokenised text, with case (a lower-cased model only has initial capitals). */
  bleu13aCased: z.number(),
  bleu13aLowercased: z.number(),
  brevityPenalty: z.number(),
};
const testSchema = z.object(testScores);

/** result.json of a translation model's run. */
export const attentionResult = z.object({
  ...resultHead('attention', attentionSchema),
  /** Numbers of training pairs and words known, after length limit and minimum count. */
  sizes: z.object({ training: z.number(), source: z.number(), target: z.number() }),
  training: z.object({
    epochs: z.number(),
    bestEpoch: z.number(),
    steps: z.number(),
    /** Of the training loop, development evaluations included. */
    seconds: z.number(),
    /** The mean training loss a word of each epoch. */
    losses: z.array(z.number()),
    /** Greedy development BLEU of each epoch. */
    developmentBleu: z.array(z.number()),
  }),
  /** Of the best epoch, with the config's beam. */
  development: z.object({ ...testScores, perplexity: z.number() }),
  tests: z.array(testSchema),
  /** How sparse attention is on the first test set, or without one on the development set, given its reference translations. */
  attention: z.object({
    /** Rows of weights: target words and ends of sentences. */
    rows: z.number(),
    /** The share of weights that are exactly 0. */
    zeros: z.number(),
    /** The mean number of runs of neighbouring positions with a weight above 0, a row. */
    blocks: z.number(),
    /** The same for weights above a tenth: what a reader of the picture sees. */
    visibleBlocks: z.number(),
    /** The mean sum of a row's weights: 1 for softmax. */
    mass: z.number(),
  }),
});

export type TestScores = z.output<typeof testSchema>;
export type AttentionResult = z.output<typeof attentionResult>;
export type AttentionMeasured = Omit<AttentionResult, keyof ResultHead<unknown>>;
export type AttentionStatistics = AttentionResult['attention'];

/** What a run is judged by: its first test set, or where there is none the development set. */
export const judgedSet = ({ tests, development }: Pick<AttentionResult, 'tests' | 'development'>) =>
  tests[0] ?? development;
