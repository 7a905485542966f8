import { join } from 'node:path';
import { counted } from '../../counted.js';
import { notice } from '../../runner/notice.js';
import { starterText, type MakeStarter } from '../starter.js';
import { alignSchema } from './config.js';
import { recordingsIn } from './own-recordings.js';

/** A config for a folder of recordings with their scores. */
export const alignStarter: MakeStarter = async (folder, name, pathOf) => {
  const recordings = await recordingsIn(folder);
  const found = recordings.filter(({ areFound }) => areFound).length;
  const known = recordings.filter(({ onsets }) => onsets !== undefined).length - found;
  const about = [
    `${counted(recordings.length, 'recording')} with scores, ${known} with onsets` +
      (found > 0 ? `, ${found} with those that align file found` : '') +
      (known + found < recordings.length ? '; the shipped model finds the others' : ''),
  ];
  for (const remark of recordings.flatMap(({ remarks }) => remarks)) notice(remark);
  const own = { name, data: { source: 'files', folder: pathOf(folder) } };
  return {
    text: await starterText('align', alignSchema, own, about),
    found: recordings.flatMap((files) =>
      [files.recording, files.score, ...(files.onsets ? [files.onsets] : [])].map((file) =>
        join(folder, file),
      ),
    ),
  };
};
