import { access, constants, lstat, readdir, readlink, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { UsageError } from '../../errors.js';
import { fileProblem } from '../../input-file.js';
import { isFolder } from '../../make-folder.js';
import { visible } from '../../visible.js';
import { storageError } from '../write-aside.js';
import { isRunDirectory } from './recorded-run.js';

/** Files and folders by which a folder without config.yaml is still known as a run's. */
const ownNames = /^(checkpoint|lock|lock\..*|run\.log|failure\.json|.*\.part)$/;

/** What systems put into folders by themselves. */
export const strayNames = /^(\..*|lost\+found|Thumbs\.db|desktop\.ini)$/;

/**
 * Makes sure that a run can be written at `path`: nothing is there, an empty folder, or a run,
 * whose files are files.
 * @param others names of folders and files that may be there as well
 * @throws UsageError that says what is there
 */
export async function checkPlace(path: string, others: readonly string[] = []): Promise<void> {
  const isOwn = (name: string) => ownNames.test(name) || others.includes(name);
  const entries = await ownEntries(path, 'config.yaml', isOwn);
  const inside = entries.some(({ name }) => name === 'checkpoint')
    ? await readdir(join(path, 'checkpoint'), { withFileTypes: true }).catch(() => undefined)
    : [];
  if (!inside) throw new UsageError(`${join(path, 'checkpoint')} is no folder that can be read`);
  for (const entry of [...entries.filter(({ name }) => runFiles.test(name)), ...inside]) {
    const file = join(entry.parentPath, entry.name);
    const problem = entry.isFile() ? undefined : await fileProblem(file);
    if (problem !== undefined) {
      throw new UsageError(`cannot use the run ${path}: ${file}: ${problem}`);
    }
  }
}

/**
 * Makes sure that a run can be written at `path`, before its data is read: the folder, or where it will be made,
 * and the files that are added to.
 * @throws StorageError that says why not
 */
export async function checkWritable(path: string): Promise<void> {
  const names = await readdir(path).catch(() => []);
  const added = names.filter((name) => addedFiles.test(name)).map((name) => join(path, name));
  for (const file of added) await access(file, constants.W_OK).catch(cannotWrite(file));
  for (let folder = resolve(path); ; folder = dirname(folder)) {
    if (!(await isFolder(folder)) && folder !== dirname(folder)) continue;
    await access(folder, constants.W_OK).catch(cannotWrite(path));
    return;
  }
}

const addedFiles = /^(metrics\.jsonl|run\.log)$/;

const cannotWrite = (path: string) => (error: unknown) => {
  throw storageError(path, error);
};

/**
 * What is in a folder that a run or a sweep is to be written to; nothing when it is not there.
 * @param marker the file by which it is known as one
 * @param isOwn whether a name may be there without the marker
 * @throws UsageError when there is a file, or a folder of other things
 */
export async function ownEntries(path: string, marker: string, isOwn: (name: string) => boolean) {
  if (path === '') throw new UsageError('the directory has no name: give --out a folder');
  let entries;
  try {
    entries = await readdir(path, { withFileTypes: true });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') {
      await refuseLink(path);
      await refuseWithin(path);
      return [];
    }
    const reason = code === 'ENOTDIR' ? 'it is, or lies below, a file' : message;
    throw new UsageError(`cannot make the directory ${path}: ${reason}; choose another --out`);
  }
  const names = entries.map(({ name }) => name);
  if (!names.includes(marker)) await refuseWithin(path);
  const foreign = names.filter((name) => !strayNames.test(name) && !isOwn(name));
  if (!names.includes(marker) && foreign.length > 0) {
    throw new UsageError(
      `${path} is a folder of other things (${foreign.slice(0, 3).join(', ')}` +
        `${foreign.length > 3 ? ', …' : ''}), there is no ${marker} in it: choose another --out`,
    );
  }
  return entries;
}

/** @throws UsageError for a path within a run: no list of runs looks there */
async function refuseWithin(path: string): Promise<void> {
  for (let above = dirname(resolve(path)); above !== dirname(above); above = dirname(above)) {
    if (!(await isRunDirectory(above))) continue;
    throw new UsageError(
      `${path} is within the run ${above}, where runs are not listed: choose another --out`,
    );
  }
}

/** @throws UsageError where a path leads through a symbolic link to what is not there */
async function refuseLink(path: string): Promise<void> {
  for (let above = resolve(path); ; above = dirname(above)) {
    const found = await lstat(above).catch(() => undefined);
    if (found?.isSymbolicLink() && !(await stat(above).catch(() => undefined))) {
      throw new UsageError(
        `cannot make the directory ${path}: ${above} is a symbolic link to ` +
          `${visible(await readlink(above))}, which is not there; choose another --out`,
      );
    }
    if (found || above === dirname(above)) return;
  }
}

/** The files of a run that it reads or adds to; what its lock is, the lock says. */
const runFiles = /^(config\.yaml|.*\.jsonl?|.*\.log|.*\.bin|events\.out\.tfevents.*)$/;
