import { readWholeFile } from '../../../read-file.js';
import { asDataError } from '../../acquire/download.js';
import { engravedKind, readEngravedScore, type EngravedScore } from './engraved-score.js';
import type { Notify } from '../notices.js';
import { decodeMidiScore, scoreOfNotes, type NotedScore, type ScoreEvent } from './score-events.js';

/** The endings of scores that can be read; what is in a file decides how. */
export const scoreEndings = ['mid', 'midi', 'musicxml', 'xml', 'mxl', 'mei', 'krn'] as const;

export interface Score extends NotedScore {
  /** Of scores other than MIDI. */
  engraved?: EngravedScore;
}

/** Scores in words are longer than MIDI. */
const mostBytes = 64_000_000;

/**
 * Reads a score: a standard MIDI file, or MusicXML (also compressed), MEI or Humdrum by verovio, its
 * repeats played. The contents decide, not the name.
 * @param notify takes a message for everything doubtful that was read all the same
 * @throws DataError as `decodeMidiScore` and `readEngravedScore`; for a file that is missing
 */
export async function readWholeScore(path: string, notify?: Notify): Promise<Score> {
  const bytes = await readWholeFile(path, mostBytes).catch((error: unknown) => {
    throw asDataError(error, path);
  });
  const engraved = engravedKind(bytes) && (await readEngravedScore(bytes, path, notify));
  if (!engraved) return decodeMidiScore(bytes, path, notify);
  return { ...scoreOfNotes(engraved.notes, path, notify), engraved };
}

/** The events of a score. @throws as `readWholeScore` */
export async function readScore(path: string, notify?: Notify): Promise<ScoreEvent[]> {
  return (await readWholeScore(path, notify)).events;
}
