import type { Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { stringify } from 'yaml';
import type { z } from 'zod';
import { DataError } from '../errors.js';
import type { EitherColumns } from '../option-values.js';
import { projectFile } from '../project-file.js';
import { readYaml, type ConfigValue } from '../runner/config/config.js';
import { notice } from '../runner/notice.js';
import { descriptionOf, schemaAt } from '../runner/config/schema-keys.js';

/** A config for a user's data: its text, and the files that it names. */
interface Starter {
  text: string;
  found: string[];
}

/**
 * Writes a config with comments for a user's data.
 * @param from what --from says
 * @param pathOf a file's path as the config is to name it
 * @param columns of column files or a table, as --columns says
 * @throws DataError when a file that it needs is missing, or one cannot be read
 */
export type MakeStarter = (
  from: string,
  name: string,
  pathOf: (file: string) => string,
  columns?: EitherColumns,
) => Promise<Starter>;

/** How the parts of a corpus are called, by what stands in their file names. */
const partNames = {
  train: { pattern: /(^|[^a-z])train(ing)?([^a-z]|$)/i, examples: 'train, training' },
  development: {
    pattern: /(^|[^a-z])(dev(elopment)?|val|valid(ation)?|testa)([^a-z]|$)/i,
    examples: 'dev, development, valid, testa',
  },
  test: { pattern: /(^|[^a-z])test(ing|b)?([^a-z]|$)/i, examples: 'test, testing, testb' },
} as const;

export type CorpusPart = keyof typeof partNames;

/**
 * The file of each part of a corpus, by the names; more than one for a part is said.
 * @throws DataError when a needed part has none
 */
export function partsIn(
  folder: string,
  names: readonly string[],
  needed: readonly CorpusPart[],
): Map<CorpusPart, string> {
  const found = new Map<CorpusPart, string>();
  for (const [part, { pattern }] of Object.entries(partNames)) {
    const [file, ...others] = names.filter((name) => pattern.test(name));
    if (others.length > 0) {
      notice(`${folder}: ${file!} is taken for ${part}; ${others.join(', ')} would be, too`);
    }
    if (file !== undefined) found.set(part as CorpusPart, file);
  }
  for (const part of needed) {
    if (found.has(part)) continue;
    throw new DataError(
      `${folder}: no file has the name of a ${part} file (${partNames[part].examples}); there are ` +
        `${names.slice(0, 5).join(', ') || 'no files'}${names.length > 5 ? ', …' : ''}`,
    );
  }
  return found;
}

export async function filesIn(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    // Large data is often linked from elsewhere.
    const isFile = (one: Dirent) => one.isFile() || one.isSymbolicLink();
    const files = entries.filter((one) => isFile(one) && !one.name.startsWith('.'));
    return files.map(({ name }) => name).sort();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const known = { ENOENT: 'there is no such folder', ENOTDIR: 'it is a file' }[String(code)];
    throw new DataError(`cannot read the folder ${folder}: ${known ?? message}`);
  }
}

/** Whether --from names one file, of which all parts are drawn, and no folder. */
export const isFile = async (path: string) =>
  (await stat(path).catch(() => undefined))?.isFile() === true;

/** How many items are drawn for each part that is judged: a tenth, and at most a thousand. */
export const drawnPart = (items: number) => Math.min(1000, Math.ceil(items / 10));

/**
 * The text of a config: the values of the one that ships for data of one's own, `kind`/files.yaml, with
 * the user's in their place, each key under its description.
 * @param about lines on what was found
 */
export async function starterText(
  kind: string,
  schema: z.ZodType,
  own: Readonly<Record<string, ConfigValue>>,
  about: readonly string[],
): Promise<string> {
  const shipped = (await readYaml(projectFile(`configs/${kind}/files.yaml`))) as Record<
    string,
    ConfigValue
  >;
  const config: Record<string, ConfigValue> = { ...shipped, ...own };
  const lines = Object.entries(config).flatMap(([key, value]) =>
    value === undefined ? [] : entry(schema, key, value),
  );
  return [
    ...about.map((line) => `# ${line}`),
    ...lines,
    `# Every other key: didyprog config keys ${kind}, or let your editor complete them.`,
    '',
  ].join('\n');
}

/** A key with its description above it. */
function entry(schema: z.ZodType, key: string, value: ConfigValue): string[] {
  const description = descriptionOf(schemaAt(schema, [key])!);
  return [
    ...(description ? [`# ${description}`] : []),
    stringify({ [key]: value }, { lineWidth: 100 }).trimEnd(),
  ];
}
