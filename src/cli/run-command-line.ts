import { CommanderError } from 'commander';
import { exitCodes, UsageError } from '../errors.js';
import { resultProblem, writeMessage } from '../terminal.js';
import { createProgram } from './didyprog.js';
import { helpedCommand } from './program.js';

/**
 * Runs a command line, and prints what went wrong for the person who made the mistake; the stack only
 * on request.
 * @param words without the program's name
 * @returns the exit code
 */
export async function runCommandLine(words: readonly string[]): Promise<number> {
  // A command that did its work may still have something to say by its code.
  process.exitCode = exitCodes.done;
  try {
    const program = await createProgram(words);
    helpedCommand(program, words)?.help();
    await checkThreads(process.env['DIDYPROG_THREADS']);
    await program.parseAsync(words, { from: 'user' });
  } catch (error) {
    process.exitCode = reportFailure(error);
  }
  const problem = await resultProblem();
  if (problem !== undefined) {
    writeMessage(`${problem}\n`);
    process.exitCode ||= exitCodes.failed;
  }
  return Number(process.exitCode);
}

/** @throws UsageError for what the kernels do not take: they would say so only once they run */
async function checkThreads(asked: string | undefined): Promise<void> {
  if (!asked) return;
  const { askedThreads } = await import('../asked-threads.js');
  try {
    askedThreads(asked);
  } catch (error) {
    throw new UsageError((error as Error).message, { cause: error });
  }
}

function reportFailure(error: unknown): number {
  if (error instanceof CommanderError) {
    return error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
  }
  const { message, stack, exitCode } = error as Error & { exitCode?: number };
  writeMessage(`${exitCode === undefined ? 'didyprog failed: ' : ''}${message}\n`);
  if (process.env['DIDYPROG_DEBUG']) writeMessage(`${stack}\n`);
  return exitCode ?? exitCodes.failed;
}
