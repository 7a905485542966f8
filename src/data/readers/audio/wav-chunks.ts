import { counted } from '../../../counted.js';
import { DataError } from '../../../errors.js';
import { expectedKind } from '../file-kind.js';
import type { Notices } from '../notices.js';
import { afterTags, isTag } from './tags.js';

/** Where the format and the samples of a WAV file lie. */
export interface WavChunks {
  fmt: Buffer;
  data: Buffer;
}

const chunkHeadBytes = 8;
/** A length of 32 bits that says: see the ds64 chunk, or unknown. */
const unknownBytes = 0xffffffff;
/** Lengths from here on are what programs write that cannot know it: into pipes, until they end. */
const leastStreamBytes = 0x7fff0000;
/** A data chunk may be so much longer than the file: some programs count the header in. */
const tolerableMissingBytes = 64;

/**
 * Finds the format and the samples of a RIFF, RF64 or BW64 file; other chunks are skipped wherever
 * they are, with or without the padding byte after odd lengths. A length of the data that pipes and
 * killed recorders leave means the rest of the file.
 * @param path what messages call the file
 * @throws DataError, with the place, for a file that is no WAV or is cut off
 */
export function findWavChunks(file: Uint8Array, path: string, notices: Notices): WavChunks {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  if (!/^(RIFF|RF64|BW64)[^]{4}WAVE/.test(bytes.toString('latin1', 0, 12))) {
    throw new DataError(
      `${path}: not a WAV file: ${expectedKind(bytes, 'it to start with RIFF and WAVE')}`,
    );
  }
  let fmt: Buffer | undefined;
  let data: Buffer | undefined;
  let longDataBytes: number | undefined;
  for (let at = 12; at < bytes.length;) {
    if (data && isTag(bytes, at)) {
      at = afterTags(bytes, at);
      continue;
    }
    const chunk = chunkAt(bytes, at);
    if (!chunk) {
      if (data) notices.add(`${counted(bytes.length - at, 'byte')} of no chunk ignored`, at);
      break;
    }
    const { id, start } = chunk;
    let { end } = chunk;
    if (data && /^(RIFF|RF64|BW64)$/.test(id)) {
      notices.add('a second WAV file is left out', at);
      break;
    }
    if (id === 'data') {
      if (chunk.size === unknownBytes && longDataBytes !== undefined) end = start + longDataBytes;
      end = dataEnd(bytes, start, end, path, notices);
      if (!data?.length) data = bytes.subarray(start, end);
      else notices.add(`a second data chunk of ${end - start} bytes is left out`, at);
    } else if (end > bytes.length) {
      if (!data) throw truncated(bytes, at, path);
      notices.add(`the chunk ${id.trim()} is cut off`, at);
      break;
    } else if (id === 'fmt ') {
      fmt ??= bytes.subarray(start, end);
    } else if (id === 'ds64' && end - start >= 16) {
      longDataBytes = Number(bytes.readBigUInt64LE(start + 8));
    }
    at = nextChunk(bytes, end, end - start);
  }
  if (!fmt || !data) {
    throw new DataError(
      `${path}: no ${fmt ? 'data' : 'fmt'} chunk in this WAV file, or it is truncated at byte ` +
        `${bytes.length}`,
    );
  }
  return { fmt, data };
}

/** The chunk at a place; undefined where there is none, by its name. */
function chunkAt(bytes: Buffer, at: number) {
  const start = at + chunkHeadBytes;
  if (start > bytes.length) return undefined;
  const id = bytes.toString('latin1', at, at + 4);
  if (!/^[\x20-\x7e]{4}$/.test(id)) return undefined;
  const size = bytes.readUInt32LE(at + 4);
  return { id, start, size, end: start + size };
}

/** The byte that makes a length even is missing in some files. */
function nextChunk(bytes: Buffer, end: number, size: number): number {
  const padded = end + (size % 2);
  const missing = size % 2 === 1 && !chunkAt(bytes, padded) && chunkAt(bytes, end);
  return missing ? end : padded;
}

/** Where the samples end. */
function dataEnd(
  bytes: Buffer,
  start: number,
  stated: number,
  path: string,
  notices: Notices,
): number {
  const end = bytes.length;
  if (stated === start) {
    // Either there is nothing, or a recorder was stopped before it could say how much.
    if (start === end || isFilledByChunks(bytes, start)) return start;
    notices.add('the length of the samples is 0: read to the end of the file', start - 4);
    return end;
  }
  if (stated <= end) return stated;
  if (stated - start >= leastStreamBytes && end - start < leastStreamBytes) {
    notices.add('the length of the samples is that of a stream: read to the end', start - 4);
    return end;
  }
  const missing = stated - end;
  if (missing > tolerableMissingBytes) {
    throw new DataError(
      `${path}: truncated at byte ${end}: the data chunk should have ${stated - start} bytes, the ` +
        `file holds ${end - start} of them`,
    );
  }
  notices.add(`the last ${missing} byte${missing > 1 ? 's' : ''} of the samples missing`, end);
  return end;
}

function isFilledByChunks(bytes: Buffer, from: number): boolean {
  let at = from;
  while (at < bytes.length) {
    const chunk = chunkAt(bytes, at);
    if (!chunk || chunk.end > bytes.length) return false;
    at = nextChunk(bytes, chunk.end, chunk.size);
  }
  return true;
}

function truncated(bytes: Buffer, at: number, path: string): DataError {
  return new DataError(
    `${path}: truncated at byte ${bytes.length}, within the chunk that starts at byte ${at}`,
  );
}
