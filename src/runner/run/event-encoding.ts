/** Scalars measured at one step: what TensorBoard draws as one point of each tag's curve. */
export interface ScalarEvent {
  /** Seconds since 1970. */
  wallSeconds: number;
  /** A whole number, 0 or more. */
  step: number;
  scalars: readonly (readonly [tag: string, value: number])[];
}

const crcTable = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  return crc;
});

/** The CRC-32C (Castagnoli) of some bytes, as in RFC 3720, appendix B.4. O(bytes). */
export function crc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = crcTable[(crc ^ byte) & 0xff]! ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}

/** TFRecord's mask over a CRC, since a CRC of data that holds CRCs would be weak. */
export function maskedCrc32c(bytes: Uint8Array): number {
  const crc = crc32c(bytes);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}

/** Bytes of a TFRecord around its data: length and its CRC before, the data's CRC after. */
const recordHead = 12;
const recordTail = 4;

/**
 * One TFRecord: uint64 length, its masked CRC-32C, the data, its masked CRC-32C; little-endian.
 * The format is described in TensorFlow's guide 'TFRecord and tf.train.Example'.
 */
export function encodeRecord(data: Uint8Array): Uint8Array {
  const record = new Uint8Array(recordHead + data.length + recordTail);
  const view = new DataView(record.buffer);
  view.setBigUint64(0, BigInt(data.length), true);
  view.setUint32(8, maskedCrc32c(record.subarray(0, 8)), true);
  record.set(data, recordHead);
  view.setUint32(recordHead + data.length, maskedCrc32c(data), true);
  return record;
}

/**
 * Where each whole record at the beginning of a file ends, in bytes; a torn or damaged record and
 * what follows it do not count.
 */
export function recordEnds(bytes: Uint8Array): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const ends: number[] = [];
  let start = 0;
  while (start + recordHead <= bytes.length) {
    const length = Number(view.getBigUint64(start, true));
    const end = start + recordHead + length + recordTail;
    const headIsWhole =
      view.getUint32(start + 8, true) === maskedCrc32c(bytes.subarray(start, start + 8));
    if (!headIsWhole || end > bytes.length) break;
    const data = bytes.subarray(start + recordHead, end - recordTail);
    if (view.getUint32(end - recordTail, true) !== maskedCrc32c(data)) break;
    ends.push(end);
    start = end;
  }
  return ends;
}

/** Protobuf's wire types that an Event needs. */
const varint = 0;
const fixed64 = 1;
const delimited = 2;
const fixed32 = 5;

/** The first record of an event file: the version that its readers look for. */
export function encodeVersionEvent(wallSeconds: number): Uint8Array {
  return joined([double(1, wallSeconds), text(3, 'brain.Event:2')]);
}

/**
 * An Event message of TensorFlow (event.proto): wall_time = 1, step = 2, summary = 5, a Summary of
 * values (summary.proto) with tag = 1 and simple_value = 2.
 */
export function encodeScalarEvent({ wallSeconds, step, scalars }: ScalarEvent): Uint8Array {
  const values = scalars.map(([tag, value]) =>
    message(1, joined([text(1, tag), single(2, value)])),
  );
  const stepField = joined([key(2, varint), encodeVarint(BigInt(step))]);
  return joined([double(1, wallSeconds), stepField, message(5, joined(values))]);
}

const key = (field: number, wireType: number) => encodeVarint(BigInt((field << 3) | wireType));

function encodeVarint(value: bigint): Uint8Array {
  const bytes: number[] = [];
  for (; value > 127n; value >>= 7n) bytes.push(Number(value & 127n) | 128);
  return Uint8Array.of(...bytes, Number(value));
}

function double(field: number, value: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setFloat64(0, value, true);
  return joined([key(field, fixed64), bytes]);
}

function single(field: number, value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setFloat32(0, value, true);
  return joined([key(field, fixed32), bytes]);
}

const message = (field: number, content: Uint8Array) =>
  joined([key(field, delimited), encodeVarint(BigInt(content.length)), content]);

const text = (field: number, value: string) => message(field, new TextEncoder().encode(value));

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
