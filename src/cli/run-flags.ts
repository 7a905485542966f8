import { Option, type Command } from 'commander';
import { wholeNumber } from './option-values.js';

/** The options of every command that makes a run. */
export interface RunFlags {
  config?: string;
  data?: string;
  seed?: number;
  out?: string;
  resume?: boolean;
  backend?: 'tensorflow' | 'wasm' | 'cpu';
  tensorboard?: boolean;
  json?: boolean;
}

/** `--backend`. */
export const backendOption = () =>
  new Option('--backend <name>', 'force an engine').choices(['tensorflow', 'wasm', 'cpu']);

/**
 * Adds the options of `RunFlags`.
 * @param instead what `--config` takes the place of
 */
export function addRunOptions(command: Command, instead: string): Command {
  return command
    .option('--config <file>', `the config to run instead of the ${instead}`)
    .option('--data <folder>', 'where the data sets are (default: $DIDYPROG_DATA, or data)')
    .option('--seed <n>', 'seed of everything random', wholeNumber)
    .option('--out <folder>', 'the run directory (default: a new one under runs)')
    .option('--resume', 'continue the run in --out')
    .addOption(backendOption())
    .option('--tensorboard', 'also write the metrics as a TensorBoard event file')
    .option('--json', 'print the result as JSON');
}
