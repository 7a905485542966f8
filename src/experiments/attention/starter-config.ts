import { dirname, join, basename } from 'node:path';
import { counted } from '../../counted.js';
import { collectPairs, readPairs } from '../../data/readers/text/parallel-text.js';
import { DataError, UsageError } from '../../errors.js';
import type { EitherColumns } from '../../option-values.js';
import { requireFile } from '../../input-file.js';
import { notice } from '../../runner/notice.js';
import { quoted } from '../../visible.js';
import {
  drawnPart,
  filesIn,
  isFile,
  partsIn,
  starterText,
  type CorpusPart,
  type MakeStarter,
} from '../starter.js';
import { attentionSchema } from './config.js';
import { somePairs, useOf } from './corpus.js';
import { languageOfFile } from './languages.js';

type Pair = Record<'source' | 'target', string>;

/**
 * A config for parallel text: a folder with a pair of files for each part, or the two training files,
 * source first, beside which the others are, or one file with two columns, of which all parts are drawn.
 */
export const attentionStarter: MakeStarter = async (from, name, pathOf, columns) => {
  const given = from.split(',');
  if (given.length > 2 || given.includes('')) {
    throw new UsageError(
      `--from ${quoted(from)}: expected a folder, two files such as train.it,train.en, or one with two columns`,
    );
  }
  if (given.length === 1 && (await isFile(from))) return tableStarter(from, name, pathOf, columns);
  if (columns) {
    throw new UsageError(
      `--columns is for one file with two columns; --from ${quoted(from)} is none`,
    );
  }
  const isPair = given.length === 2;
  if (isPair) for (const file of given) await requireFile(file);
  const folder = isPair ? dirname(given[0]!) : from;
  const names = await filesIn(folder);
  const languages = isPair ? given.map(endingOf) : languagesAmong(folder, names);
  const [source, target] = languages.map((ending) =>
    partsIn(
      folder,
      names.filter((file) => endingOf(file) === ending),
      isPair ? ['development'] : ['train', 'development'],
    ),
  ) as [Map<CorpusPart, string>, Map<CorpusPart, string>];
  const pairs = new Map<CorpusPart, Pair>();
  for (const part of ['train', 'development', 'test'] as const) {
    const files = [source, target].map((one) => one.get(part));
    if (part === 'train' && isPair) pairs.set(part, { source: given[0]!, target: given[1]! });
    else if (files[0] && files[1]) {
      pairs.set(part, { source: join(folder, files[0]), target: join(folder, files[1]) });
    } else if (files[0] ?? files[1]) {
      throw new DataError(`${folder}: ${(files[0] ?? files[1])!} has no other side`);
    }
  }
  const about: string[] = [];
  for (const [part, pair] of pairs) {
    const { length } = await collectPairs(readPairs(pair, notice, useOf(part)));
    about.push(`${basename(pair.source)}, ${basename(pair.target)}: ${counted(length, 'pair')}`);
  }
  const files = [...pairs].map(([part, pair]): [string, Pair] => [
    part,
    { source: pathOf(pair.source), target: pathOf(pair.target) },
  ]);
  const own = { name, corpus: { source: 'files', ...Object.fromEntries(files) } };
  return {
    text: await starterText('attention', attentionSchema, own, about),
    found: [...pairs.values()].flatMap((pair) => [pair.source, pair.target]),
  };
};

async function tableStarter(
  table: string,
  name: string,
  pathOf: (file: string) => string,
  chosen: EitherColumns | undefined,
): ReturnType<MakeStarter> {
  const columns = { source: 1, target: 2, ...chosen };
  const { length } = await somePairs({ table, columns }, { notify: notice }, 'training');
  const part = drawnPart(length);
  const own = {
    name,
    corpus: {
      ...{ source: 'table', columns, train: pathOf(table) },
      ...{ development: part, test: part },
    },
  };
  const about = [`${basename(table)}: ${counted(length, 'pair')}`];
  return { text: await starterText('attention', attentionSchema, own, about), found: [table] };
}

/** What tells a file's language, or else the ending of its name. */
const endingOf = (file: string) => languageOfFile(file) ?? file.split('.').at(-1)!;

/** The two languages of a folder's files, in the order of the alphabet. */
function languagesAmong(folder: string, names: readonly string[]): string[] {
  const languages = [...new Set(names.flatMap((file) => languageOfFile(file) ?? []))].sort();
  if (languages.length === 2) {
    notice(
      `${folder}: from ${languages.join(' to ')}; for the other direction: ` +
        `--from train.${languages[1]!},train.${languages[0]!}`,
    );
    return languages;
  }
  throw new DataError(
    `${folder}: the names of its files end in ${languages.join(', ') || 'no languages'}: expected ` +
      'are two, as in train.it and train.en, or --from with the two training files',
  );
}
