import { Command } from 'commander';
import { alignDataSet } from './align.js';

/** `didyprog quickstart`: the main job on generated data. */
export function quickstartCommand(): Command {
  return new Command('quickstart')
    .description('Align generated chorales, leave-one-out: the main job, with no data needed')
    .option('--out <folder>', 'the run directory (default: a new one under runs)')
    .action(async ({ out }: { out?: string }) => {
      process.stderr.write(
        'Leave-one-out alignment of generated chorales (synthetic data, not a result about music)\n',
      );
      const [run] = await alignDataSet('synthetic', { out });
      const rmse = (row: string) =>
        run!.result.rows.find(({ name }) => name.startsWith(row))!.test.rmse.mean.toFixed(2);
      process.stdout.write(
        `\nOn pieces that were not trained on, end-to-end training is off by ${rmse('end-to-end')} s, ` +
          `frame-wise training by ${rmse('non-structured')} s, the even diagonal by ${rmse('even')} s.\n` +
          'Next: didyprog align --help, didyprog data, didyprog figure omega\n',
      );
    });
}
