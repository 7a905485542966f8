import { decodeArrays } from '../../../runner/checkpoint/array-file.js';
import { fetchAnswer } from '../recorded/source.js';

/**
 * Gets a run's model from where the page is.
 * @param progress told the part of the numbers that has come
 * @throws Error that says what is missing or damaged
 */
export async function fetchModel(
  files: { model: string; numbers: string },
  progress: (part: number) => void,
) {
  const answer = await fetchAnswer(files.model);
  const json: unknown = await answer.json();
  const bytes = await fetchBytes(files.numbers, progress);
  // Only pages of https and of this machine can compute the sum.
  const { arrays } = await decodeArrays(bytes, globalThis.isSecureContext ? sha256 : undefined);
  return { json, arrays };
}

const sha256 = async (bytes: Uint8Array<ArrayBuffer>) =>
  new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));

async function fetchBytes(address: string, progress: (part: number) => void) {
  const answer = await fetchAnswer(address);
  const size = Number(answer.headers.get('content-length') ?? 0);
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  let read = 0;
  const reader = answer.body!.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    pieces.push(value);
    read += value.length;
    if (size > 0) progress(read / size);
  }
  return new Uint8Array(await new Blob(pieces).arrayBuffer());
}
