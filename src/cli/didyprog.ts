import { Command } from 'commander';
import { completionCommand } from './completion.js';
import { dataCommand } from './data.js';
import { doctorCommand } from './doctor.js';
import { exploreCommand } from './explore.js';
import { experimentCommands } from './experiments.js';
import { figureCommand } from './figure.js';
import { finishProgram } from './program.js';
import { quickstartCommand } from './quickstart.js';
import { reportCommand } from './report.js';
import { resultsCommand } from './results.js';
import { runsCommand } from './runs.js';
import { sweepCommand } from './sweep.js';
import { version } from './version.js';

/** `didyprog` with all its commands. */
export function createProgram(): Command {
  const program = new Command('didyprog')
    .description('Differentiable dynamic programming: experiments, figures and data')
    .version(version);
  for (const command of experimentCommands()) program.addCommand(command);
  program
    .addCommand(dataCommand())
    .addCommand(sweepCommand())
    .addCommand(runsCommand())
    .addCommand(reportCommand())
    .addCommand(resultsCommand())
    .addCommand(figureCommand())
    .addCommand(exploreCommand())
    .addCommand(doctorCommand())
    .addCommand(quickstartCommand())
    .addCommand(completionCommand());

  program.addHelpText(
    'after',
    `
Examples:
  didyprog quickstart
  didyprog align bach10 --help
  didyprog runs

Exit codes: 0 done, 1 failed, 2 bad usage or config, 3 data missing or unreadable; 129, 130 and 143
after SIGHUP (the terminal is gone), Ctrl-C and SIGTERM, all after saving. Messages that nobody can
take are dropped; a result that stdout cannot take is 1. DIDYPROG_DEBUG=1 shows the stack of an error.`,
  );
  return finishProgram(program);
}
