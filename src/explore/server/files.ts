import { constants } from 'node:fs';
import { open, realpath, type FileHandle } from 'node:fs/promises';
import { extname, join, sep } from 'node:path';

/** The kinds of files that are sent; nothing else is. */
const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.wasm': 'application/wasm',
  '.json': 'application/json; charset=utf-8',
  '.jsonl': 'text/plain; charset=utf-8',
  '.yaml': 'text/plain; charset=utf-8',
  '.log': 'text/plain; charset=utf-8',
  '.bin': 'application/octet-stream',
};

/** A file that may be sent; whoever gets it closes it. */
export interface OpenFile {
  file: FileHandle;
  bytes: number;
  type: string;
}

/** What a name cannot have where it is that of an entry of a folder; Windows takes more for a path. */
const notInNames = process.platform === 'win32' ? /[\\/\0:]|[. ]$/ : /[/\0]/;

/** Whether a name can only be that of an entry of a folder. */
const isPlainName = (name: string) =>
  name !== '' && !name.startsWith('.') && !notInNames.test(name);

/**
 * The real path of what `names` lead to below `root`; undefined for what is not there, for names that
 * lead elsewhere and for links that leave `root`.
 */
export async function pathInside(
  root: string,
  names: readonly string[],
): Promise<string | undefined> {
  if (!names.every(isPlainName)) return undefined;
  try {
    const [base, path] = await Promise.all([realpath(root), realpath(join(root, ...names))]);
    const inside = path === base || path.startsWith(base.endsWith(sep) ? base : base + sep);
    return inside ? path : undefined;
  } catch {
    return undefined;
  }
}

/** Opens a regular file below `root` of a kind that is sent; undefined for everything else. */
export async function openInside(
  root: string,
  names: readonly string[],
): Promise<OpenFile | undefined> {
  const path = await pathInside(root, names);
  const type = types[extname(names.at(-1) ?? '').toLowerCase()];
  if (path === undefined || type === undefined) return undefined;
  // A pipe would block; the path is real, so that a link in its place now is not followed.
  const flags = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOFOLLOW ?? 0);
  const file = await open(path, flags).catch(() => undefined);
  if (!file) return undefined;
  const status = await file.stat();
  if (status.isFile()) return { file, bytes: status.size, type };
  await file.close();
  return undefined;
}
