import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { tableToMarkdown } from '../../../report/table.js';
import { count } from '../../../option-values.js';
import type { RunOptions } from '../../../runner/run-options.js';
import type { Experiment } from '../../experiment.js';
import { choicesPath, loadChoices } from '../selection.js';
import { onsetsFoldChoices } from './choices.js';
import { onsetsSchema, type OnsetsConfig } from './config.js';
import { onsetsResult, type OnsetsMeasured, type OnsetsResult } from './result.js';
import { onsetsTable } from './tables.js';

/** Audio-to-score alignment by segments with learnt onsets: leave-one-out over recordings. */
export const onsetsExperiment: Experiment<OnsetsConfig, OnsetsMeasured> = {
  name: 'onsets',
  config: onsetsSchema,
  result: onsetsResult,
  train: [
    {
      words: ['align', 'onsets'],
      description: 'ten Bach chorales, leave-one-out, by segments with learnt onsets',
      examples: ['align onsets', 'align onsets --folds 2', 'align onsets --out runs/mine --resume'],
      flags: [
        {
          flag: '--folds <n>',
          parse: count,
          key: 'folds',
        },
        {
          flag: '--select',
          description: 'choose the settings of every fold on its training pieces, write them down',
        },
        {
          flag: '--results <folder>',
          description: 'also write the table, numbers and model there',
        },
      ],
      instead: 'one of Bach10',
      configs: () => ['align/bach10-onsets.yaml'],
      other: (config, options, { select }) => (select ? selectChoices(config, options) : undefined),
      report: true,
      next: (out) => `Align your own with: didyprog align file RECORDING SCORE --model ${out}`,
    },
  ],
  use: [],
  async load(config, files) {
    const choices = await loadChoices(config, onsetsFoldChoices);
    const { loadPieces, runOnsets } = await import('./run.js');
    const pieces = await loadPieces(config, files);
    return (context) => runOnsets(pieces, config, choices, context);
  },
  epochs: {
    key: 'endToEnd.0.steps',
    fixed: () => 'the rate of each step follows from their number, along half a cosine',
  },
  score: (result) => ({
    name: 'test MAD (s)',
    value: firstErrors(result).meanAbsolute.mean,
    better: 'lower',
  }),
  columns(result) {
    const errors = firstErrors(result);
    return {
      'test RMSE (s)': errors.rmse.mean,
      'test MAD (s)': errors.meanAbsolute.mean,
      'within 50 ms': errors.within50ms.mean,
    };
  },
  tables: (results) => results.map(onsetsTable),
  title: ({ config }) => `Alignment: ${config.title}`,
  async page(runs) {
    const files: Record<string, string | Uint8Array> = {};
    for (const { path, result } of runs) {
      const model = await readFile(join(path, 'model.json')).catch(() => undefined);
      if (model) files[`${result.config.name}-model.json`] = model;
    }
    const tables = runs.map(({ result }) => tableToMarkdown(onsetsTable(result)));
    return {
      name: runs[0]!.result.config.name,
      text: `# Audio-to-score alignment by segments\n\n${tables.join('\n\n')}\n`,
      runs,
      files,
    };
  },
};

/** `--select`. */
async function selectChoices(config: OnsetsConfig, options: RunOptions): Promise<string> {
  const path = choicesPath(config);
  const { selectOnsets } = await import('./run.js');
  await selectOnsets({ ...config, choices: undefined }, options, path);
  return `Choices written to ${path}`;
}

function firstErrors({ rows, config }: OnsetsResult) {
  const { name } = config.endToEnd[0]!;
  return rows.find((row) => row.name === name)!.test;
}
