import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { encodeWav16 } from '../src/data/readers/audio/wav.js';
import { choraleMidi } from '../src/data/synthetic/chorale-midi.js';
import type { SyntheticChorale } from '../src/data/synthetic/chorales.js';

/**
 * Writes a chorale in the layout of Bach10, to be read by `readBach10(folder)`:
 * <folder>/<name>/<name>.wav, .txt and .mid.
 */
export async function writeChorale(folder: string, chorale: SyntheticChorale): Promise<void> {
  const { name, notes } = chorale;
  await mkdir(join(folder, name), { recursive: true });
  const path = (extension: string) => join(folder, name, `${name}.${extension}`);
  const milliseconds = (seconds: number) => Math.round(seconds * 1000);
  const rows = notes.map(({ onsetSeconds, scoreOnsetSeconds, pitch, part }) =>
    [milliseconds(onsetSeconds), milliseconds(scoreOnsetSeconds), pitch, part].join('\t'),
  );
  await Promise.all([
    writeFile(path('wav'), encodeWav16(chorale)),
    writeFile(path('txt'), `${rows.join('\n')}\n`),
    writeFile(path('mid'), choraleMidi(notes)),
  ]);
}
