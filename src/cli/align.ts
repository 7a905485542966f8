import { Command, InvalidArgumentError, Option } from 'commander';
import type { ConfigValue } from '../runner/config.js';
import { alignFileCommand } from './align-file.js';

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
export interface AlignFlags {
  data?: string;
  omega?: 'negentropy' | 'l2';
  gamma?: number;
  loss?: 'area' | 'convex';
  features?: string;
  folds?: number;
  seed?: number;
  out?: string;
  config?: string;
  backend?: 'tensorflow' | 'wasm' | 'cpu';
  resume?: boolean;
  select?: boolean;
  results?: string;
  tensorboard?: boolean;
  json?: boolean;
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
  return new Command(name)
    .description(description)
    .option('--data <folder>', 'where the data sets are (default: $DIDYPROG_DATA, or data)')
    .option('--config <file>', 'the config to run instead of the ones of this data set')
    .addOption(new Option('--omega <name>', 'the regulariser').choices(['negentropy', 'l2']))
    .option('--gamma <number>', 'its strength', positive)
    .addOption(new Option('--loss <name>', 'the end-to-end loss').choices(['area', 'convex']))
    .addOption(new Option('--features <name>', 'the features').choices(Object.keys(features)))
    .option('--folds <n>', 'run the first n folds only', whole)
    .option('--seed <n>', 'seed of the untrained model', whole)
    .option('--out <folder>', 'the run directory (default: a new one under runs)')
    .option('--resume', 'continue the run in --out')
    .option('--select', 'choose the settings of every fold on its training pieces, write them down')
    .option('--results <folder>', 'also write the table, numbers, figures and model there')
    .option('--tensorboard', 'also write the metrics as a TensorBoard event file')
    .addOption(
      new Option('--backend <name>', 'force an engine').choices(['tensorflow', 'wasm', 'cpu']),
    )
    .option('--json', 'print the result as JSON')
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

function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0 && value < Infinity)) {
    throw new InvalidArgumentError('It must be a number greater than 0.');
  }
  return value;
}

function whole(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0) {
    throw new InvalidArgumentError('It must be a whole number.');
  }
  return value;
}
