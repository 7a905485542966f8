import { runCommandLine } from '../src/cli/run-command-line.js';

// A training would otherwise start this process over, and the tests with it.
Object.assign(process, { execve: undefined });

/** How a command line ended, and what it printed. */
export interface Ended {
  status: number;
  stdout: string;
  stderr: string;
}

/**
 * Runs a command line in this process: what a spawned one gives, without its start, which takes longer
 * than most commands. For those without stdin, signals and `--quiet`, which holds for a process.
 * @param folder the working folder
 */
export async function commandLine(folder: string, words: readonly string[]): Promise<Ended> {
  const printed = { stdout: '', stderr: '' };
  const { stdout, stderr } = process;
  const before = { cwd: process.cwd(), out: stdout.write, err: stderr.write };
  const into =
    (name: keyof typeof printed): typeof stdout.write =>
    (part: string | Uint8Array, ...more: unknown[]) => {
      printed[name] += typeof part === 'string' ? part : Buffer.from(part).toString();
      const done = more.at(-1);
      if (typeof done === 'function') done();
      return true;
    };
  process.chdir(folder);
  stdout.write = into('stdout');
  stderr.write = into('stderr');
  try {
    const status = await runCommandLine(words);
    return { status, ...printed };
  } finally {
    stdout.write = before.out;
    stderr.write = before.err;
    process.chdir(before.cwd);
    process.exitCode = undefined;
  }
}
