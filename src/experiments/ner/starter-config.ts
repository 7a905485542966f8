import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { readConll } from '../../data/readers/conll.js';
import { DataError } from '../../errors.js';
import { notice } from '../../runner/notice.js';
import { descriptionOf, schemaAt } from '../../runner/schema-keys.js';
import { nerSchema } from './config.js';

/** How the parts of a corpus are called, by what stands in their file names. */
const partNames = {
  train: /(^|[^a-z])train(ing)?([^a-z]|$)/i,
  development: /(^|[^a-z])(dev(elopment)?|valid(ation)?|testa)([^a-z]|$)/i,
  test: /(^|[^a-z])(test|testb)([^a-z]|$)/i,
} as const;

/**
 * A config with comments for a folder of column files.
 * @param pathOf a file's path as the config is to name it
 * @returns its text, and the files that it names
 * @throws DataError when a training or a development file is missing, or one cannot be read
 */
export async function nerStarter(
  folder: string,
  name: string,
  pathOf: (file: string) => string,
): Promise<{ text: string; found: string[] }> {
  const names = await filesIn(folder);
  const found = new Map<string, string>();
  const comments: string[] = [];
  for (const [part, pattern] of Object.entries(partNames)) {
    const matching = names.filter((file) => pattern.test(file));
    if (matching.length > 1) {
      const others = matching.slice(1).join(', ');
      notice(`${folder}: ${matching[0]!} is taken for ${part}; ${others} would be, too`);
    }
    const [file] = matching;
    if (file === undefined) continue;
    const path = join(folder, file);
    const { sentences } = await readConll(path, { notify: notice });
    const tags = sentences.flatMap((sentence) => sentence.tags);
    const types = new Set(tags.flatMap((tag) => /^[^-]+-(.*)$/s.exec(tag)?.[1] ?? []));
    const list = [...types].sort().slice(0, 8).join(', ') + (types.size > 8 ? ', …' : '');
    comments.push(`${file}: ${sentences.length} sentences, ${types.size} types (${list})`);
    found.set(part, path);
  }
  for (const part of ['train', 'development'] as const) {
    if (found.has(part)) continue;
    throw new DataError(
      `${folder}: no file has the name of a ${part} file (${exampleNames[part]}); there are ` +
        `${names.slice(0, 5).join(', ') || 'no files'}${names.length > 5 ? ', …' : ''}`,
    );
  }
  const lines = [
    ...comments.map((comment) => `# ${comment}`),
    ...entry('name', name),
    'data:',
    '  source: files # paths are relative to this file',
    ...[...found].map(([part, path]) => `  ${part}: ${scalar(pathOf(path))}`),
    `  # columns: { word: 1, tag: 2 } # ${about('data.columns')}`,
    ...entry('omega', 'negentropy'),
    ...entry('gamma', 1),
    ...entry('loss', 'convex'),
    ...entry('optimiser', { kind: 'adam', learningRate: 0.002, clipNorm: 5, decay: 'linear' }),
    ...entry('batch', 8),
    ...entry('training', { epochs: 20 }),
    `# ${about('vectors')}`,
    '# vectors: { path: my-vectors.txt }',
    ...entry('seed', 0),
    '# Every other key: didyprog config keys ner, or let your editor complete them.',
  ];
  return { text: `${lines.join('\n')}\n`, found: [...found.values()] };
}

const exampleNames = {
  train: 'train, training',
  development: 'dev, development, valid, testa',
} as const;

const about = (key: string) => descriptionOf(schemaAt(nerSchema, key.split('.'))!) ?? '';

const scalar = (value: unknown) =>
  stringify(value, { collectionStyle: 'flow', lineWidth: 0 }).trimEnd();

/** A key with its description above it. */
const entry = (key: string, value: unknown) => [`# ${about(key)}`, `${key}: ${scalar(value)}`];

async function filesIn(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    const files = entries.filter((one) => one.isFile() && !one.name.startsWith('.'));
    return files.map(({ name }) => name).sort();
  } catch (error) {
    throw new DataError(`cannot read the folder ${folder}: ${(error as Error).message}`);
  }
}
