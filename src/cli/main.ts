#!/usr/bin/env node
import { CommanderError } from 'commander';
import { exitCodes } from '../errors.js';
import { afterMessages, dropFailingOutput, resultProblem, writeMessage } from '../terminal.js';
import { createProgram } from './didyprog.js';

dropFailingOutput();

try {
  await (await createProgram(process.argv.slice(2))).parseAsync();
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
