import type { z } from 'zod';
import { UsageError } from '../errors.js';
import type { Table } from '../report/table.js';
import { configHash } from '../runner/config.js';
import type { Score } from '../runner/recorded-run.js';
import type { RunOptions } from '../runner/run-options.js';
import { alignSchema } from './align/config.js';
import type { AlignResult } from './align/summary.js';
import type { NerResult } from './ner/run.js';
import { attentionSchema } from './attention/config.js';
import type { AttentionResult } from './attention/run.js';
import { quoted } from '../visible.js';
import type { Publishing } from './publishing.js';

/** What result.json holds, whatever the experiment. */
export interface RunResult {
  experiment: string;
  config: object;
  /** The number that the run is judged by. */
  score?: Score | undefined;
}

/** An experiment as sweeps and reports see it. */
export interface Experiment {
  schema: z.ZodType<object>;
  /** Runs a config in a run directory, up to its result.json. */
  run(config: object, options: RunOptions): Promise<unknown>;
  /** The numbers of a result that a sweep's table shows, by heading. */
  columns(result: unknown): Record<string, number>;
  /** Puts results that belong together into one: the folds of a leave-one-out. */
  combine?(results: readonly unknown[]): { name: string; result: RunResult; table: Table }[];
  /** What it adds to reports, and what it commits to results/. */
  publishing?(): Promise<Publishing>;
}

/** Every experiment by name. What an experiment runs on is loaded only when it runs. */
const experiments: Record<string, () => Promise<Experiment>> = {
  align: async () => {
    const { combineFolds } = await import('./align/combine.js');
    const { alignTable } = await import('./align/tables.js');
    return {
      schema: alignSchema,
      run: async (config, options) => {
        const { runAlignment } = await import('./align/run.js');
        return runAlignment(alignSchema.parse(config), options);
      },
      columns: (result) => {
        const { rows, config } = result as AlignResult;
        const { test } = rows.find(({ name }) => name === config.endToEnd[0]!.name)!;
        return {
          'test RMSE (s)': test.rmse.mean,
          'test MAD (s)': test.meanAbsolute.mean,
          'within 50 ms': test.within50ms.mean,
        };
      },
      combine: (results) =>
        combineFolds(results as AlignResult[]).map((result) => ({
          name: `${result.config.name}-${configHash(result.config)}`,
          result,
          table: alignTable(result),
        })),
      publishing: async () => (await import('./align/publish.js')).alignPublishing,
    };
  },
  ner: async () => {
    const { nerSchema } = await import('./ner/config.js');
    return {
      schema: nerSchema,
      run: async (config, options) => {
        const { runNer } = await import('./ner/run.js');
        return runNer(nerSchema.parse(config), options);
      },
      columns: (result) => {
        const { test, development } = result as NerResult;
        return {
          'test F1': test.f1,
          'development F1': development.f1,
          'share of marginals that are 0': test.sparsity.zeros,
        };
      },
      publishing: async () => (await import('./ner/publish.js')).nerPublishing,
    };
  },
  attention: async () => ({
    schema: attentionSchema,
    run: async (config, options) => {
      const { runAttention } = await import('./attention/run.js');
      return runAttention(attentionSchema.parse(config), options);
    },
    columns: (result) => {
      const { tests, development } = result as AttentionResult;
      return Object.fromEntries(
        [...tests, development].map(({ name, bleuTokens }) => [`${name} BLEU`, bleuTokens]),
      );
    },
    publishing: async () => (await import('./attention/publish.js')).attentionPublishing,
  }),
};

/** Whether there is an experiment of this name: result.json of another version may name any. */
export const isExperiment = (name: unknown): name is string =>
  typeof name === 'string' && Object.hasOwn(experiments, name);

/**
 * The experiment of a name.
 * @throws UsageError that lists the names when there is none
 */
export async function experimentNamed(name: string): Promise<Experiment> {
  if (isExperiment(name)) return experiments[name]!();
  const names = Object.keys(experiments).join(', ');
  throw new UsageError(`experiment: got ${quoted(name)}; it must be one of ${names}`);
}
