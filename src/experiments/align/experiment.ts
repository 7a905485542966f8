import { notice } from '../../runner/notice.js';
import type { Experiment } from '../experiment.js';
import { foldChoices } from './choices.js';
import { alignClaims } from './results/claims.js';
import { combineFolds } from './results/combine.js';
import { alignDataSet, alignFile, alignGenerate, alignOwn } from './commands.js';
import { alignSchema, choicesToday, type AlignConfig } from './config.js';
import { alignResult, type AlignMeasured } from './results/result.js';
import { loadChoices } from './selection.js';
import { alignScore, errorColumns } from './results/summary.js';
import { alignTable, alignTitle } from './results/tables.js';

/** Audio-to-score alignment: leave-one-out over recordings. */
export const alignExperiment: Experiment<AlignConfig, AlignMeasured> = {
  name: 'align',
  config: alignSchema,
  result: alignResult,
  train: [
    alignDataSet(
      'bach10',
      'ten Bach chorales, leave-one-out: the paper’s table, and a strong setting',
      ['align/bach10.yaml', 'align/bach10-strong.yaml'],
    ),
    alignOwn(),
    alignDataSet('synthetic', 'generated chorales, leave-one-out: needs no data', [
      'align/synthetic.yaml',
    ]),
  ],
  use: [alignFile, alignGenerate],
  async load(config, files) {
    const choices = await loadChoices(config, foldChoices);
    const { loadRecordings } = await import('./recordings.js');
    const recordings = await loadRecordings(config, files, notice);
    const { runLeaveOneOut } = await import('./run.js');
    return (context) => runLeaveOneOut(recordings, config, choices, context);
  },
  async estimate(config, files) {
    const { loadRecordings } = await import('./recordings.js');
    const recordings = await loadRecordings(config, files, notice);
    const { estimateFolds } = await import('./estimate.js');
    return estimateFolds(recordings, config);
  },
  epochs: {
    key: 'endToEnd.0.epochs',
    fixed: () => 'the rate of each epoch follows from their number, along half a cosine',
  },
  sameToday: (key, before) => (key === 'choices' ? choicesToday(String(before)) : before),
  score: alignScore,
  columns: errorColumns,
  tables: (results) => results.map(alignTable),
  claims: alignClaims,
  title: alignTitle,
  async sections({ result }, dataFolder) {
    const { listeningSection } = await import('./results/listening.js');
    return listeningSection(result, dataFolder);
  },
  combine: combineFolds,
  pageFiles: ['figures'],
  async page(runs) {
    const { alignPage } = await import('./results/page.js');
    return alignPage(runs);
  },
};
