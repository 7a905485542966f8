import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { tableToMarkdown } from '../../../report/table.js';
import type { Experiment } from '../../experiment.js';
import { foldFlags } from '../commands.js';
import { loadChoices } from '../selection.js';
import { onsetsFoldChoices } from './choices.js';
import { onsetsSchema, type OnsetsConfig } from './config.js';
import { onsetsResult, type OnsetsMeasured } from './result.js';
import { errorColumns, firstErrors } from '../results/summary.js';
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
      flags: foldFlags('model'),
      instead: 'one of Bach10',
      configs: () => ['align/bach10-onsets.yaml'],
      other: (config, options, { select }) =>
        select
          ? import('./run.js').then(({ selectOnsets }) => selectOnsets(config, options))
          : undefined,
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
  columns: errorColumns,
  tables: (results) => results.map(onsetsTable),
  title: ({ config }) => `Alignment: ${config.title}`,
  pageFiles: ['model.json'],
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
