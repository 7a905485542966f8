import { join } from 'node:path';
import { counted } from '../../counted.js';
import { readConll } from '../../data/readers/text/conll.js';
import { notice } from '../../runner/notice.js';
import { filesIn, partsIn, starterText, type MakeStarter } from '../starter.js';
import { nerSchema } from './config.js';

/** A config for a folder of column files. */
export const nerStarter: MakeStarter = async (folder, name, pathOf, columns) => {
  const parts = partsIn(folder, await filesIn(folder), ['train', 'development']);
  const about: string[] = [];
  for (const file of parts.values()) {
    const { sentences } = await readConll(join(folder, file), { columns, notify: notice });
    const tags = sentences.flatMap((sentence) => sentence.tags);
    const types = new Set(tags.flatMap((tag) => /^[^-]+-(.*)$/s.exec(tag)?.[1] ?? []));
    const list = [...types].sort().slice(0, 8).join(', ') + (types.size > 8 ? ', …' : '');
    about.push(
      `${file}: ${counted(sentences.length, 'sentence')}, ${counted(types.size, 'type')} (${list})`,
    );
  }
  const paths = new Map([...parts].map(([part, file]) => [part, join(folder, file)]));
  const files = Object.fromEntries([...paths].map(([part, path]) => [part, pathOf(path)]));
  const own = {
    name,
    data: { source: 'files', ...files, ...(columns && { columns: { ...columns } }) },
  };
  return { text: await starterText('ner', nerSchema, own, about), found: [...paths.values()] };
};
