#!/usr/bin/env node
import { Command, CommanderError } from 'commander';
import { exitCodes } from '../errors.js';
import { alignCommand } from './align.js';
import { completionCommand } from './completion.js';
import { dataCommand } from './data.js';
import { doctorCommand } from './doctor.js';
import { evaluateCommand } from './evaluate.js';
import { figureCommand } from './figure.js';
import { finishProgram } from './program.js';
import { quickstartCommand } from './quickstart.js';
import { reportCommand } from './report.js';
import { resultsCommand } from './results.js';
import { runsCommand } from './runs.js';
import { sweepCommand } from './sweep.js';
import { tagCommand } from './tag.js';
import { trainCommand } from './train.js';
import { translateCommand } from './translate.js';
import { version } from './version.js';
import { afterMessages, dropFailingOutput, resultProblem, writeMessage } from '../terminal.js';

dropFailingOutput();

const program = new Command('didyprog')
  .description('Differentiable dynamic programming: experiments, figures and data')
  .version(version)
  .addCommand(alignCommand())
  .addCommand(trainCommand())
  .addCommand(translateCommand())
  .addCommand(dataCommand())
  .addCommand(sweepCommand())
  .addCommand(evaluateCommand())
  .addCommand(tagCommand())
  .addCommand(runsCommand())
  .addCommand(reportCommand())
  .addCommand(resultsCommand())
  .addCommand(figureCommand())
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
finishProgram(program);

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = reportFailure(error);
}
const problem = await resultProblem();
if (problem !== undefined) {
  writeMessage(`${problem}\n`);
  process.exitCode ||= exitCodes.failed;
}
await afterMessages();
// A TensorFlow.js backend may hold handles that keep the process.
process.exit();

/** Prints what went wrong for the person who made the mistake; the stack only on request. */
function reportFailure(error: unknown): number {
  if (error instanceof CommanderError) {
    return error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
  }
  const { message, stack, exitCode } = error as Error & { exitCode?: number };
  writeMessage(`${exitCode === undefined ? 'didyprog failed: ' : ''}${message}\n`);
  if (process.env['DIDYPROG_DEBUG']) writeMessage(`${stack}\n`);
  return exitCode ?? exitCodes.failed;
}
