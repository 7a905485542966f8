import { open, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { DataError } from '../../errors.js';
import { makeFolder } from '../../make-folder.js';
import { parseJson, readTextFile, sha256Of } from '../../read-file.js';
import { quoted } from '../../visible.js';

export interface DownloadOptions {
  /** What the file may have at most; 4 GiB by default. */
  maxBytes?: number;
  /** In lower-case hexadecimal. Without it the length alone is checked. */
  expectedSha256?: string;
  onProgress?: (progress: DownloadProgress) => void;
  /** Aborting keeps what has arrived, and the next call goes on from there. */
  signal?: AbortSignal;
  /** How many attempts in a row may bring nothing new before giving up; 5 by default. */
  attempts?: number;
  /** The wait after the first attempt that failed, doubled after each further one; 1000 by default. */
  retryDelayMs?: number;
  /** A connection that brings less than 16 KiB in so long counts as cut; 60,000 by default. */
  silenceMs?: number;
}

export interface DownloadProgress {
  receivedBytes: number;
  /** Where the server says it. */
  totalBytes: number | undefined;
}

const defaultMaxBytes = 4 * 2 ** 30;
/** Fewer bytes are no progress: neither in the time of `silenceMs` nor in an attempt. */
const leastBytes = 16_384;
/** As many as browsers follow. */
const mostRedirects = 20;

/** What is known of a part, kept in a file beside it: what it is a part of. */
interface PartNote {
  url: string;
  /** A strong ETag or a modification date: the same value means the same bytes. */
  validator?: string | undefined;
}

/** A failure that may go away: the connection, or a busy server. */
class Passing extends Error {}

/**
 * Downloads a file. The bytes go to `<target>.part`, with a note of what they are part of in
 * `<target>.part.json`; a cut connection, or a call after an earlier one was killed, goes on from
 * there by a range request (RFC 9110, section 14) that the server answers only if the file is still
 * the same. The target appears by renaming, complete and checked, or not at all.
 * @throws DataError that names the address: the server refuses, leads elsewhere than to https or http,
 * or nothing arrives any more; or the file is too large or has a wrong checksum, and then the part is
 * deleted; or that names the file that cannot be written
 * @throws the signal's reason when it aborts
 */
export async function download(
  url: string,
  target: string,
  options: DownloadOptions = {},
): Promise<void> {
  const part = `${target}.part`;
  const { attempts = 5, retryDelayMs = 1000 } = options;
  if (!URL.canParse(url)) throw new DataError(`${url}: not an address, expected https://…`);
  try {
    await makeFolder(dirname(target));
    let furthest = await sizeOf(part);
    for (let fruitless = 0; ;) {
      try {
        await fetchRest(url, part, options);
        break;
      } catch (error) {
        options.signal?.throwIfAborted();
        if (!(error instanceof Passing)) throw error;
        const size = await sizeOf(part);
        fruitless = size >= furthest + leastBytes ? 0 : fruitless + 1;
        furthest = Math.max(furthest, size);
        if (fruitless >= attempts) {
          throw new DataError(
            `${url}: ${error.message}; gave up after ${attempts} attempts that brought nothing new. ` +
              `${size} bytes are kept: run the same command again to go on from there`,
          );
        }
        const delayMs = retryDelayMs * 2 ** Math.max(0, fruitless - 1);
        await wait(delayMs, undefined, { signal: options.signal });
      }
    }
    await checkPart(url, part, options.expectedSha256);
    await rename(part, target);
    await rm(noteOf(part), { force: true });
  } catch (error) {
    options.signal?.throwIfAborted();
    throw asDataError(error, target);
  }
}

/** One request for what is missing of the part; returns when the part is complete. */
async function fetchRest(url: string, part: string, options: DownloadOptions): Promise<void> {
  const { size, validator } = await resumable(url, part);
  const silence = new AbortController();
  const silenceMs = options.silenceMs ?? 60_000;
  const timer = setTimeout(() => {
    silence.abort(new Passing(`too few bytes for ${silenceMs / 1000} s`));
  }, silenceMs);
  const signal = options.signal
    ? AbortSignal.any([options.signal, silence.signal])
    : silence.signal;
  try {
    const response = await request(url, size, validator, signal);
    if (response.status === 416) {
      // The part may be whole: the process was killed between the last byte and the renaming.
      if (rangeOf(response)?.total === size) return;
      await discard(part);
      throw new Passing('the server has no such range: starting again');
    }
    const start = response.status === 206 ? rangeOf(response)?.start : 0;
    if (start !== 0 && start !== size) {
      await discard(part);
      throw new Passing(`the server sent another range than bytes ${size} on: starting again`);
    }
    const totalBytes = totalOf(response);
    const refuseMore = async (bytes: number) => {
      const maxBytes = options.maxBytes ?? defaultMaxBytes;
      if (bytes <= maxBytes) return;
      // A reader that is at work on it cancels it itself.
      if (!response.body?.locked) await response.body?.cancel();
      await discard(part);
      throw new DataError(
        `${url}: the file has more than the ${maxBytes} bytes that it may have here; what was ` +
          'downloaded is deleted. Is it the right address?',
      );
    };
    await refuseMore(Math.max(start, totalBytes ?? 0));
    if (start === 0) {
      // In this order, whenever the process is killed no note stands beside bytes of another file.
      await discard(part);
      await writeFile(noteOf(part), JSON.stringify(noteFor(url, response)));
    }
    const handle = await open(part, 'a');
    try {
      let receivedBytes = start;
      options.onProgress?.({ receivedBytes, totalBytes });
      let sinceRefresh = 0;
      for await (const chunk of bytesOf(response)) {
        sinceRefresh += chunk.length;
        if (sinceRefresh >= leastBytes) {
          timer.refresh();
          sinceRefresh = 0;
        }
        await refuseMore(receivedBytes + chunk.length);
        await handle.appendFile(chunk);
        receivedBytes += chunk.length;
        options.onProgress?.({ receivedBytes, totalBytes });
      }
      await handle.sync();
      if (totalBytes !== undefined && receivedBytes !== totalBytes) {
        if (receivedBytes > totalBytes) await discard(part);
        throw new Passing(`${receivedBytes} bytes arrived, expected ${totalBytes}`);
      }
    } finally {
      await handle.close();
    }
  } finally {
    clearTimeout(timer);
  }
}

/** How much of the part can be kept: nothing of another address, or of a file that may have changed. */
async function resumable(url: string, part: string): Promise<{ size: number; validator?: string }> {
  const size = await sizeOf(part);
  const note = await readTextFile(noteOf(part), 10_000)
    .then((text) => parseJson(text, part) as Partial<PartNote> | null)
    .catch(() => undefined);
  const sure = size > 0 && note?.url === url && note.validator !== undefined;
  return sure ? { size, validator: note.validator } : { size: 0 };
}

async function request(
  url: string,
  from: number,
  validator: string | undefined,
  signal: AbortSignal,
): Promise<Response> {
  // Ranges count the bytes that are sent: of the file itself only when nothing compresses it.
  const headers: Record<string, string> = { 'accept-encoding': 'identity' };
  if (from > 0) headers['range'] = `bytes=${from}-`;
  if (from > 0 && validator !== undefined) headers['if-range'] = validator;
  const response = await follow(url, { headers, signal, redirect: 'manual' });
  if (response.ok || response.status === 416) return response;
  await response.body?.cancel();
  const answer = `the server answers ${response.status} ${response.statusText}`.trim();
  if (response.status >= 500 || response.status === 408 || response.status === 429) {
    throw new Passing(answer);
  }
  throw new DataError(
    `${url}: ${answer}, expected the file. If it has moved, give another address or a local copy by --from`,
  );
}

/**
 * Follows redirects one by one.
 * @throws DataError where they end nowhere, or would lead from https to http or to another protocol
 */
async function follow(url: string, options: RequestInit & { signal: AbortSignal }) {
  const visited = new Set<string>();
  for (let at = new URL(url); ;) {
    const refused = (why: string) => new DataError(`${url}: ${why}`);
    if (!/^https?:$/.test(at.protocol)) {
      throw refused(
        `${visited.size > 0 ? 'it leads to ' : ''}${quoted(at.href)}, expected https://…`,
      );
    }
    if (visited.has(at.href))
      throw refused(`its redirects lead in a circle, by ${quoted(at.href)}`);
    if (visited.size > mostRedirects) throw refused(`more than ${mostRedirects} redirects`);
    visited.add(at.href);
    let response: Response;
    try {
      response = await fetch(at, options);
    } catch (error) {
      throw passing(error, options.signal);
    }
    if (![301, 302, 303, 307, 308].includes(response.status)) return response;
    await response.body?.cancel();
    const location = response.headers.get('location');
    if (location === null || !URL.canParse(location, at)) {
      throw refused(`a redirect to ${location === null ? 'nowhere' : quoted(location)}`);
    }
    const next = new URL(location, at);
    if (at.protocol === 'https:' && next.protocol === 'http:') {
      throw refused(
        `it leads from https to ${quoted(next.href)}, which anyone on the way could change`,
      );
    }
    at = next;
  }
}

async function* bytesOf(response: Response): AsyncGenerator<Uint8Array> {
  if (!response.body) return;
  const reader = response.body.getReader();
  try {
    for (;;) {
      // Only reading from the network may fail in passing; what the consumer throws goes its own way.
      const { done, value } = await reader.read().catch((error: unknown) => {
        throw passing(error);
      });
      if (done) return;
      yield value;
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

function passing(error: unknown, signal?: AbortSignal): Passing {
  if (signal?.reason instanceof Passing) return signal.reason;
  if (error instanceof Passing) return error;
  const { message, cause } = error as Error & { cause?: { code?: string; message?: string } };
  const reason = cause?.message ?? message;
  return new Passing(
    `the connection failed (${reason === '' ? (cause?.code ?? message) : reason})`,
  );
}

/** The Content-Range of a 206 ("bytes 5-9/10") or of a 416 ("bytes" and then "*", "/10"). */
function rangeOf(response: Response): { start?: number; total?: number } | undefined {
  const match = /^bytes (?:(\d+)-\d+|\*)\/(\d+|\*)$/.exec(
    response.headers.get('content-range') ?? '',
  );
  if (!match) return undefined;
  const number = (text: string | undefined) =>
    text === undefined || text === '*' ? undefined : Number(text);
  return { start: number(match[1]), total: number(match[2]) };
}

function totalOf(response: Response): number | undefined {
  if (response.status === 206) return rangeOf(response)?.total;
  const length = response.headers.get('content-length');
  return length === null || isEncoded(response) ? undefined : Number(length);
}

/** A weak ETag names equivalent files, not equal bytes: it cannot vouch for a range. */
function validatorOf(response: Response): string | undefined {
  if (isEncoded(response)) return undefined;
  const etag = response.headers.get('etag');
  if (etag !== null && !etag.startsWith('W/')) return etag;
  return response.headers.get('last-modified') ?? undefined;
}

/** Whether the server compressed the file on the way although asked not to. */
function isEncoded(response: Response): boolean {
  return !['identity', null].includes(response.headers.get('content-encoding'));
}

async function checkPart(url: string, part: string, expected: string | undefined): Promise<void> {
  if (expected === undefined) return;
  const actual = await sha256Of(part);
  if (actual === expected) return;
  await discard(part);
  throw new DataError(
    `${url}: the file has SHA-256 ${actual}, expected ${expected}; what was downloaded is deleted`,
  );
}

const noteOf = (part: string) => `${part}.json`;

function noteFor(url: string, response: Response): PartNote {
  return { url, validator: validatorOf(response) };
}

async function discard(part: string): Promise<void> {
  await rm(part, { force: true });
  await rm(noteOf(part), { force: true });
}

async function sizeOf(path: string): Promise<number> {
  return (await stat(path).catch(() => undefined))?.size ?? 0;
}

const diskTroubles: Record<string, string> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EACCES: 'no permission to write there',
  EPERM: 'no permission to write there',
  EROFS: 'the file system is read-only',
  ENOTDIR: 'a part of this path is a file, not a folder',
  EISDIR: 'it is a folder, expected a file',
  ENOENT: 'it does not exist',
};

/** An error of the file system as a DataError that names the file and says what is wrong with it. */
export function asDataError(error: unknown, path: string): unknown {
  const { code, path: where = path } = error as NodeJS.ErrnoException;
  if (error instanceof DataError || !(error instanceof Error) || code === undefined) return error;
  return new DataError(`${where}: ${diskTroubles[code] ?? error.message} (${code})`);
}
