import { access, constants, lstat, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { UsageError } from './errors.js';
import { kindOf } from './input-file.js';

/** A file that a command is about to write. */
export interface OutputPlace {
  path: string;
  /** By which a user writes it elsewhere: '--out'. */
  option: string;
  /** Whether it is where the command writes unless the option says otherwise. */
  isDefault?: boolean;
  /** Whether the command makes the folder that it goes to. */
  makesFolder?: boolean;
}

/** A file that a command reads. */
export interface InputPlace {
  path: string;
  /** What messages call it: 'the recording'. */
  name: string;
}

/**
 * Makes sure that outputs can be written, and that none replaces an input, or another output. Call
 * before any work. Files are compared by what their paths lead to: links, `./` and, where the file
 * system ignores it, case make no difference.
 * @throws UsageError that names the place, and the option by which to write elsewhere
 */
export async function checkOutputs(
  outputs: readonly OutputPlace[],
  inputs: readonly InputPlace[],
): Promise<void> {
  const read = await Promise.all(
    inputs.map(async (input) => ({ ...input, file: await fileAt(input.path) })),
  );
  const written = new Map<string, OutputPlace>();
  for (const output of outputs) {
    const file = await fileAt(output.path);
    const input = read.find((one) => one.file === file);
    if (input) {
      throw new UsageError(
        `${output.path} is ${input.name} (${input.path}), which would be overwritten: ` +
          `write elsewhere by ${output.option}`,
      );
    }
    const other = written.get(file);
    if (other) {
      throw new UsageError(
        `${output.path} would be written twice, by ${other.option} and ${output.option}: ` +
          'give each a place of its own',
      );
    }
    written.set(file, output);
    const problem = await placeProblem(output);
    if (problem !== undefined) {
      const { path, option, isDefault = false } = output;
      throw new UsageError(
        isDefault
          ? `${path} cannot be written: ${problem}; write elsewhere by ${option}`
          : `${option} ${path} cannot be written: ${problem}`,
      );
    }
  }
}

/** Why a file cannot be written, as far as can be told without writing; undefined when it can. */
async function placeProblem({ path, makesFolder }: OutputPlace): Promise<string | undefined> {
  if (path === '') return 'its name is empty';
  const found = await stat(path).catch(() => undefined);
  if (found && !found.isFile()) return `it is ${kindOf(found)}; a file is expected`;
  if (/[/\\]$/.test(path)) return 'its name ends as that of a folder; a file is expected';
  if (!found && (await lstat(path).catch(() => undefined))) return 'it is a link to nothing';
  // Files are written aside and renamed: what counts is the folder, of a link the one it leads to.
  for (let folder = dirname(found ? await realpath(path) : path); ; folder = dirname(folder)) {
    try {
      if (!(await stat(folder)).isDirectory()) return `${folder} is no folder`;
      await access(folder, constants.W_OK);
      return undefined;
    } catch (error) {
      const { code = '', message } = error as NodeJS.ErrnoException;
      if (code === 'ENOENT' && makesFolder && dirname(folder) !== folder) continue;
      if (code === 'ENOENT') return `the folder ${folder} is missing`;
      return refusals[code] ?? message;
    }
  }
}

const refusals: Record<string, string> = {
  EACCES: 'this user may not write there',
  EPERM: 'this user may not write there',
  EROFS: 'the file system is read-only',
  ENOTDIR: 'a folder on the way to it is a file',
};

/** Whether two paths lead to one file. */
export const isSameFile = async (a: string, b: string) => (await fileAt(a)) === (await fileAt(b));

/** What is the same for two paths of one file, and differs for two files. */
async function fileAt(path: string): Promise<string> {
  const found = await stat(path, { bigint: true }).catch(() => undefined);
  // Some file systems number no files.
  if (found && found.ino !== 0n) return `${found.dev}:${found.ino}`;
  const real = await realpath(path).catch(() => undefined);
  if (real !== undefined) return real;
  const folder = await realpath(dirname(path)).catch(() => resolve(dirname(path)));
  return join(folder, basename(path));
}
