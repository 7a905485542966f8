import { Command } from 'commander';
import { expect, it } from 'vitest';
import { UsageError } from '../errors.js';
import { checkLauncher, launchOptions, type LaunchFlags } from './launch-options.js';

const check = (...words: string[]) => {
  const command = launchOptions(new Command()).option('--no-wait').exitOverride();
  checkLauncher(command.parse(words, { from: 'user' }).opts<LaunchFlags>());
};

it('an option of Slurm is refused where cells run on this machine', () => {
  check('--jobs', '2', '--backend', 'cpu', '--data', 'x');
  check('--launcher', 'slurm', '--mem', '4G', '--no-wait');
  expect(() => check('--mem', '4G', '--no-wait')).toThrow(UsageError);
  expect(() => check('--mem', '4G', '--no-wait')).toThrow(
    '--mem, --no-wait are for Slurm, and cells would run on this machine: add --launcher slurm',
  );
  for (const [option, value] of [
    ['--partition', 'main'],
    ['--time', '30'],
    ['--cpus', '2'],
  ] as const) {
    expect(() => check(option, value)).toThrow(`${option} is for Slurm`);
  }
});
