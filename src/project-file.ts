import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder with package.json: a module is below src/, below dist/, or in a bundle of dist/bundled/. */
function rootAbove(folder: string): string {
  const above = dirname(folder);
  return existsSync(join(folder, 'package.json')) || above === folder ? folder : rootAbove(above);
}

const root = rootAbove(dirname(fileURLToPath(import.meta.url)));

/** A file of the project, by its path from the project's folder, in either system's writing. */
export const projectFile = (path: string) => join(root, path.replaceAll('\\', '/'));
