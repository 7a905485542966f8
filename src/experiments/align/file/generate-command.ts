import { counted } from '../../../counted.js';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { choraleMidi } from '../../../data/synthetic/chorale-midi.js';
import { syntheticChorales } from '../../../data/synthetic/chorales.js';
import { encodeWav16 } from '../../../data/readers/audio/wav.js';
import { UsageError } from '../../../errors.js';
import { inOutputFolder, writeAside } from '../../../runner/write-aside.js';
import { shellCommand } from '../../../shell-words.js';
import { writeResult } from '../../../terminal.js';

export interface GenerateFlags {
  pieces: number;
  seed: number;
  json?: boolean;
}

/** Writes generated chorales as recordings with their scores and the onset of each score event. */
export async function generateRecordings(folder: string, flags: GenerateFlags): Promise<void> {
  const names = await inOutputFolder(folder, () => writeRecordings(folder, flags));
  if (flags.json) {
    writeResult(`${JSON.stringify({ folder, recordings: names })}\n`);
    return;
  }
  const [first = ''] = names;
  const several = names.length > 1;
  const pair = ['wav', 'mid'].map((ending) => join(folder, `${first}.${ending}`));
  // A training wants two recordings at least.
  const next = several
    ? `Train on them: ${shellCommand(['didyprog', 'align', 'train', folder])}`
    : `Align it: ${shellCommand(['didyprog', 'align', 'file', ...pair])}`;
  writeResult(
    `${counted(names.length, 'generated recording')} in ${folder}: ${first}.wav, .mid and .csv` +
      `${several ? ', …' : ''}\nNothing that is measured on ${several ? 'them' : 'it'} is a result about ` +
      `music.\n${next}\n`,
  );
}

/** @returns the names of the recordings; where not all can be written, none is left */
async function writeRecordings(folder: string, flags: GenerateFlags): Promise<string[]> {
  const there = await readdir(folder);
  if (there.length > 0) {
    throw new UsageError(`${folder} is not empty (${there[0]!}, …): give another folder`);
  }
  const names: string[] = [];
  const written: string[] = [];
  try {
    for (const chorale of syntheticChorales(flags)) {
      const onsets = chorale.events.map(({ onsetSeconds }) => onsetSeconds.toFixed(3));
      const files = {
        wav: encodeWav16(chorale),
        mid: choraleMidi(chorale.notes),
        csv: `onset_seconds\n${onsets.join('\n')}\n`,
      };
      for (const [ending, content] of Object.entries(files)) {
        const path = join(folder, `${chorale.name}.${ending}`);
        await writeAside(path, content);
        written.push(path);
      }
      names.push(chorale.name);
    }
  } catch (error) {
    for (const path of written) await rm(path, { force: true });
    throw error;
  }
  return names;
}
