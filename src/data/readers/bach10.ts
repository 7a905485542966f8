import { counted } from '../../counted.js';
import { readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parse } from 'csv-parse/sync';
import { DataError } from '../../errors.js';
import { quoted } from '../../visible.js';
import { scoreEventsFromParts, type PartNote, type ScoreEvent } from './scores/score-events.js';
import type { Notify } from './notices.js';
import { readLines } from './text/text-lines.js';
import { readWav, type Audio } from './audio/wav.js';

/** A recording with its score and the true alignment of the two. */
export interface Chorale extends Audio {
  name: string;
  /** By onset. */
  events: ChoraleEvent[];
}

/** A score event and when the recording plays it. */
export interface ChoraleEvent extends ScoreEvent {
  onsetSeconds: number;
}

/** A row of a piece's .txt file. */
interface AlignedNote extends PartNote {
  onsetSeconds: number;
  line: number;
}

const columns = ['audio onset ms', 'score onset ms', 'MIDI pitch', 'part'];

/**
 * Reads the chorales of a folder in the layout of Bach10 (Duan and Pardo, 2011):
 * <piece>/<piece>.wav and <piece>/<piece>.txt, in the order of their names.
 * @param notify takes a message for everything doubtful that was read all the same
 * @throws DataError when the folder is missing or empty, a piece lacks a file, or one is unreadable
 */
export async function readBach10(folder: string, notify?: Notify): Promise<Chorale[]> {
  const pieces = await listPieces(folder);
  return Promise.all(pieces.map((name) => readChorale(join(folder, name), name, notify)));
}

async function listPieces(folder: string): Promise<string[]> {
  const howToGet = `get it with: didyprog data bach10`;
  const entries = await readdir(folder, { withFileTypes: true }).catch(
    (error: NodeJS.ErrnoException) => {
      throw new DataError(`no Bach10 at ${resolve(folder)} (${error.code}); ${howToGet}`);
    },
  );
  const pieces = entries
    .filter((entry) => !entry.isFile() && !entry.name.startsWith('.'))
    .map((entry) => entry.name)
    .sort();
  if (pieces.length === 0) {
    throw new DataError(
      `no pieces in ${resolve(folder)}: expected <piece>/<piece>.wav; ${howToGet}`,
    );
  }
  return pieces;
}

/**
 * Reads one piece: <folder>/<name>.wav and <folder>/<name>.txt.
 * @throws DataError when one of them is missing or unreadable
 */
async function readChorale(folder: string, name: string, notify?: Notify): Promise<Chorale> {
  const files = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    throw new DataError(`${resolve(folder)}: cannot be read (${error.code})`);
  });
  for (const [extension, content] of [
    ['wav', 'recording'],
    ['txt', 'score with its onsets'],
  ]) {
    if (!files.includes(`${name}.${extension}`)) {
      throw new DataError(
        `the piece ${name} has no ${content}: ${resolve(folder, `${name}.${extension}`)} is missing`,
      );
    }
  }
  const textPath = join(folder, `${name}.txt`);
  const audio = await readWav(join(folder, `${name}.wav`), notify);
  const lines: string[] = [];
  for await (const line of readLines(textPath)) lines.push(line);
  const events = parseAlignedScore(lines.join('\n'), textPath);
  const last = events.at(-1)!;
  const duration = audio.samples.length / audio.sampleRate;
  if (last.onsetSeconds > duration) {
    throw new DataError(
      `${textPath}: the last event is played at ${last.onsetSeconds} s, but the recording ends at ` +
        `${duration.toFixed(3)} s`,
    );
  }
  return { name, ...audio, events };
}

/**
 * Parses a piece's .txt: rows of audio onset in ms, score onset in ms, MIDI pitch and part, between
 * them tabs or spaces. The rows of one score onset make an event and share their audio onset.
 * @param path what messages call the file
 * @throws DataError that names the line
 */
export function parseAlignedScore(text: string, path: string): ChoraleEvent[] {
  const rows = parse(text, {
    delimiter: ['\t', ' '],
    record_delimiter: ['\r\n', '\n'],
    quote: false,
    relax_column_count: true,
    skip_empty_lines: true,
    skip_records_with_empty_values: true,
    info: true,
    bom: true,
  }) as unknown as { record: string[]; info: { lines: number } }[];
  if (rows.length === 0) throw new DataError(`${path}: no rows: expected ${columns.join(', ')}`);
  const notes = rows.map(({ record, info }) => alignedNote(record, `${path}:${info.lines}`, info));
  const playedAt = onsetsPlayed(notes, path);
  return scoreEventsFromParts(notes).map((event) => ({
    ...event,
    onsetSeconds: playedAt.get(event.scoreOnsetSeconds)!,
  }));
}

function alignedNote(
  record: readonly string[],
  where: string,
  info: { lines: number },
): AlignedNote {
  const fields = record.filter((field) => field !== '');
  if (fields.length !== columns.length) {
    throw new DataError(
      `${where}: ${counted(fields.length, 'column')}, expected ${columns.length}: ${columns.join(', ')}`,
    );
  }
  const values = fields.map((field, column) => {
    const value = /^[-+]?[\d.]+(e[-+]?\d+)?$/i.test(field) ? Number(field) : NaN;
    if (!Number.isFinite(value) || value < 0) {
      throw new DataError(
        `${where}: ${columns[column]} is ${quoted(field)}, expected a number of 0 or more`,
      );
    }
    return value;
  });
  const [audioMs, scoreMs, pitch, part] = values as [number, number, number, number];
  if (!Number.isInteger(pitch) || pitch > 127) {
    throw new DataError(`${where}: MIDI pitch is ${pitch}, expected a whole number from 0 to 127`);
  }
  return {
    onsetSeconds: audioMs / 1000,
    scoreOnsetSeconds: scoreMs / 1000,
    pitch,
    part,
    line: info.lines,
  };
}

/** When each score onset is played; checks that its notes agree and that time moves forward. */
function onsetsPlayed(notes: readonly AlignedNote[], path: string): Map<number, number> {
  const playedAt = new Map<number, number>();
  let previous: AlignedNote | undefined;
  for (const note of [...notes].sort((a, b) => a.scoreOnsetSeconds - b.scoreOnsetSeconds)) {
    if (previous?.scoreOnsetSeconds === note.scoreOnsetSeconds) {
      if (previous.onsetSeconds !== note.onsetSeconds) {
        throw new DataError(
          `${path}:${note.line}: played at ${note.onsetSeconds * 1000} ms, but line ` +
            `${previous.line} with the same score onset is played at ${previous.onsetSeconds * 1000} ms`,
        );
      }
    } else if (previous && note.onsetSeconds <= previous.onsetSeconds) {
      throw new DataError(
        `${path}:${note.line}: played at ${note.onsetSeconds * 1000} ms, not after the event ` +
          `before it in the score (line ${previous.line}, ${previous.onsetSeconds * 1000} ms)`,
      );
    }
    playedAt.set(note.scoreOnsetSeconds, note.onsetSeconds);
    previous = note;
  }
  return playedAt;
}
