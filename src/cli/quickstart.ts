import { Command } from 'commander';
import { notice } from '../runner/notice.js';
import { alignExperiment } from '../experiments/align/experiment.js';
import { makeRuns } from './experiments.js';
import { writeResult } from '../terminal.js';

export function quickstartCommand(): Command {
  return new Command('quickstart')
    .option('--out <folder>', 'the run directory (default: a new one under runs)')
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      `
Example:
  didyprog quickstart --out runs/first`,
    )
    .action(async ({ out, json }: { out?: string; json?: boolean }) => {
      notice('Leave-one-out alignment of generated chorales (synthetic: not a result about music)');
      const train = alignExperiment.train.find(({ words }) => words[1] === 'synthetic')!;
      const [result] = await makeRuns(alignExperiment, train, { out, json });
      if (json) return;
      const rmse = (row: string) =>
        result!.rows.find(({ name }) => name.startsWith(row))!.test.rmse.mean.toFixed(2);
      writeResult(
        `\nOn pieces that were not trained on, end-to-end training is off by ${rmse('end-to-end')} s, ` +
          `frame-wise training by ${rmse('non-structured')} s, the even diagonal by ${rmse('even')} s.\n` +
          'Next: didyprog align --help, didyprog data, didyprog figure omega\n',
      );
    });
}
