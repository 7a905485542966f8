import { Command, Option } from 'commander';
import type { ConfigValue } from '../runner/config.js';
import { alignFileCommand } from './align-file.js';
import { count, positiveNumber } from './option-values.js';
import { addRunOptions, type RunFlags } from './run-flags.js';

/** Features by name, for --features: what the configs of Bach10 use, and two more. */
export const features: Record<string, ConfigValue> = {
  mfcc: {
    kind: 'mfcc',
    windowSeconds: 0.0929,
    hopSeconds: 0.04,
    melBands: 40,
    mel: 'htk',
    norm: 'none',
    lowestHz: 30,
    highestHz: 8000,
    coefficients: 20,
    log: 'ln',
    offset: 1e-8,
  },
  mel: {
    kind: 'mel',
    windowSeconds: 0.0929,
    hopSeconds: 0.04,
    melBands: 40,
    mel: 'htk',
    norm: 'none',
    lowestHz: 30,
    highestHz: 8000,
    scale: 100,
  },
  semitone: { kind: 'semitone', windowSeconds: 0.1858, hopSeconds: 0.04 },
  chroma: { kind: 'chroma', windowSeconds: 0.1858, hopSeconds: 0.04 },
};

/** The options of `didyprog align NAME`. */
export interface AlignFlags extends RunFlags {
  omega?: 'negentropy' | 'l2';
  gamma?: number;
  loss?: 'area' | 'convex';
  features?: string;
  folds?: number;
  select?: boolean;
  results?: string;
}

/** `didyprog align`: leave-one-out experiments on data sets, and a recording of one's own. */
export function alignCommand(): Command {
  const command = new Command('align')
    .description('Audio-to-score alignment with soft-DTW metric learning')
    .addHelpText(
      'after',
      `
Examples:
  didyprog align synthetic --folds 2
  didyprog align bach10 --out runs/mine
  didyprog align file performance.wav score.mid`,
    );
  command.addCommand(
    experimentCommand(
      'bach10',
      'ten Bach chorales, leave-one-out: the paper’s table, and a strong setting',
    ),
  );
  command.addCommand(
    experimentCommand('synthetic', 'generated chorales, leave-one-out: needs no data'),
  );
  command.addCommand(alignFileCommand());
  return command;
}

function experimentCommand(name: string, description: string): Command {
  const command = new Command(name)
    .description(description)
    .addOption(new Option('--omega <name>', 'the regulariser').choices(['negentropy', 'l2']))
    .option('--gamma <number>', 'its strength', positiveNumber)
    .addOption(new Option('--loss <name>', 'the end-to-end loss').choices(['area', 'convex']))
    .addOption(new Option('--features <name>', 'the features').choices(Object.keys(features)))
    .option('--folds <n>', 'run the first n folds only', count)
    .option('--select', 'choose the settings of every fold on its training pieces, write them down')
    .option('--results <folder>', 'also write the table, numbers, figures and model there');
  return addRunOptions(command, 'ones of this data set')
    .addHelpText(
      'after',
      `
Examples:
  didyprog align ${name}
  didyprog align ${name} --omega l2 --gamma 1 --folds 2
  didyprog align ${name} --out runs/mine --resume`,
    )
    .action(async (flags: AlignFlags) => {
      // Loaded only now: TensorFlow.js takes longer than a help text may.
      const { alignDataSet } = await import('./align-run.js');
      await alignDataSet(name, flags);
    });
}
