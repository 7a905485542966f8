import { z } from 'zod';
import { namedValues, type NamedValues } from './named-values.js';

/** Arrays by name: parameters, an optimiser's moments. */
export type NamedArrays = NamedValues<Float32Array | Int32Array>;

/*
 * The file: 8 bytes of name, the SHA-256 of all that follows, the version and the header's length
 * as 32-bit words, the header as JSON, zeros up to a multiple of 8, then the arrays one after the
 * other, little-endian.
 */
export const magic = 'DIDYARR1';
export const sumEnd = 40;
export const prefixBytes = 48;

/** Names and small values take far less; a string could not hold much more. */
const mostHeaderBytes = 100_000_000;

const headerSchema = z.object({
  json: z.unknown(),
  arrays: z.array(
    z.object({ name: z.string(), type: z.enum(['float32', 'int32']), length: z.int().min(0) }),
  ),
});

export type ArrayFileHeader = z.output<typeof headerSchema>;

/**
 * Takes a file of arrays apart, in Node and in pages alike.
 * @param sumOf the SHA-256 of bytes; undefined where there is none to be had, as in pages of plain http
 * @throws Error that says how the file is damaged
 */
export async function decodeArrays<Memory extends ArrayBufferLike>(
  bytes: Uint8Array<Memory>,
  sumOf: ((bytes: Uint8Array<Memory>) => Promise<Uint8Array> | Uint8Array) | undefined,
): Promise<{ json: unknown; arrays: NamedArrays }> {
  const text = (from: number, end: number) => new TextDecoder().decode(bytes.subarray(from, end));
  if (bytes.length < prefixBytes || text(0, 8) !== magic) {
    throw new Error('not a checkpoint of this program, or cut short');
  }
  const sum = await sumOf?.(bytes.subarray(sumEnd));
  if (sum?.some((byte, at) => byte !== bytes[8 + at])) {
    throw new Error('the checksum does not match: the file is damaged or cut short');
  }
  const words = new DataView(bytes.buffer, bytes.byteOffset);
  const headerEnd = prefixBytes + words.getUint32(sumEnd + 4, true);
  if (words.getUint32(sumEnd, true) !== 1 || headerEnd > Math.min(bytes.length, mostHeaderBytes)) {
    throw new Error('the file is damaged');
  }
  const header = parseHeader(text(prefixBytes, headerEnd));
  if (!header) throw new Error('its header is not that of a checkpoint');
  const first = Math.ceil(headerEnd / 8) * 8;
  const numbers = header.arrays.reduce((sum, { length }) => sum + length, 0);
  if (first + 4 * numbers !== bytes.length) {
    throw new Error('its arrays are not as long as it says');
  }
  const arrays = namedValues<Float32Array | Int32Array>();
  let from = bytes.byteOffset + first;
  for (const { name, type, length } of header.arrays) {
    const data = bytes.buffer.slice(from, (from += length * 4));
    arrays[name] = type === 'float32' ? new Float32Array(data) : new Int32Array(data);
  }
  return { json: header.json, arrays };
}

function parseHeader(text: string): ArrayFileHeader | undefined {
  try {
    return headerSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
