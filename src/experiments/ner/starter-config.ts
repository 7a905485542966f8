import { basename, join } from 'node:path';
import { counted } from '../../counted.js';
import { readConll } from '../../data/readers/text/conll.js';
import { notice } from '../../runner/notice.js';
import {
  drawnPart,
  filesIn,
  isFile,
  partsIn,
  starterText,
  type CorpusPart,
  type MakeStarter,
} from '../starter.js';
import { nerSchema } from './config.js';

/** A config for a folder of column files, or for one of which all parts are drawn. */
export const nerStarter: MakeStarter = async (from, name, pathOf, columns) => {
  const isOne = await isFile(from);
  const paths = isOne ? new Map([['train' as const, from]]) : await pathsIn(from);
  const about: string[] = [];
  let drawn = 0;
  for (const path of paths.values()) {
    const { sentences } = await readConll(path, { columns, notify: notice });
    if (isOne) drawn = drawnPart(sentences.length);
    const tags = sentences.flatMap((sentence) => sentence.tags);
    const types = new Set(tags.flatMap((tag) => /^[^-]+-(.*)$/s.exec(tag)?.[1] ?? []));
    const list = [...types].sort().slice(0, 8).join(', ') + (types.size > 8 ? ', …' : '');
    about.push(
      `${basename(path)}: ${counted(sentences.length, 'sentence')}, ${counted(types.size, 'type')} (${list})`,
    );
  }
  const files = Object.fromEntries([...paths].map(([part, path]) => [part, pathOf(path)]));
  const own = {
    name,
    data: {
      ...{ source: 'files', ...files, ...(isOne && { development: drawn, test: drawn }) },
      ...(columns && { columns: { ...columns } }),
    },
  };
  return { text: await starterText('ner', nerSchema, own, about), found: [...paths.values()] };
};

async function pathsIn(folder: string): Promise<Map<CorpusPart, string>> {
  const parts = partsIn(folder, await filesIn(folder), ['train', 'development']);
  return new Map([...parts].map(([part, file]) => [part, join(folder, file)]));
}
