import {
  appendFileSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  crc32c,
  encodeRecord,
  encodeScalarEvent,
  maskedCrc32c,
  recordEnds,
  type ScalarEvent,
} from './event-encoding.js';
import { RunDirectory } from './run-directory.js';
import { EventFile, scalarEvent } from './tensorboard.js';

/** What an event file says, read by the published format alone. */
interface ReadEvent {
  wallTime?: number;
  step?: number;
  fileVersion?: string;
  scalars: [tag: string, value: number][];
}

/** A reader of its own: records with both CRCs checked bit by bit, then protobuf's wire format. */
function readEvents(path: string): ReadEvent[] {
  const bytes = readFileSync(path);
  const events: ReadEvent[] = [];
  let at = 0;
  while (at < bytes.length) {
    const length = Number(bytes.readBigUInt64LE(at));
    const data = bytes.subarray(at + 12, at + 12 + length);
    expect(bytes.readUInt32LE(at + 8)).toBe(maskedBitwise(bytes.subarray(at, at + 8)));
    expect(bytes.readUInt32LE(at + 12 + length)).toBe(maskedBitwise(data));
    events.push(readEvent(data));
    at += 16 + length;
  }
  return events;
}

/** The remainder of the reflected polynomial division, one bit at a time, then TFRecord's mask. */
function maskedBitwise(bytes: Uint8Array): number {
  let remainder = 0xffffffffn;
  for (const byte of bytes) {
    for (let bit = 0n; bit < 8n; bit++) {
      const low = (remainder ^ (BigInt(byte) >> bit)) & 1n;
      remainder >>= 1n;
      if (low) remainder ^= 0x82f63b78n;
    }
  }
  const crc = remainder ^ 0xffffffffn;
  return Number((((crc >> 15n) | (crc << 17n)) + 0xa282ead8n) & 0xffffffffn);
}

function readFields(data: Buffer): { field: number; value: number | Buffer }[] {
  const fields: { field: number; value: number | Buffer }[] = [];
  let at = 0;
  const number = () => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = data[at++]!;
      value += (byte % 128) * scale;
      if (byte < 128) return value;
    }
  };
  while (at < data.length) {
    const tag = number();
    const [field, type] = [Math.floor(tag / 8), tag % 8];
    if (type === 0) fields.push({ field, value: number() });
    else if (type === 1) fields.push({ field, value: data.readDoubleLE((at += 8) - 8) });
    else if (type === 5) fields.push({ field, value: data.readFloatLE((at += 4) - 4) });
    else {
      expect(type).toBe(2);
      const length = number();
      fields.push({ field, value: data.subarray(at, (at += length)) });
    }
  }
  return fields;
}

/** event.proto: wall_time = 1, step = 2, file_version = 3, summary = 5. summary.proto: value = 1. */
function readEvent(data: Buffer): ReadEvent {
  const event: ReadEvent = { scalars: [] };
  for (const { field, value } of readFields(data)) {
    if (field === 1) event.wallTime = value as number;
    if (field === 2) event.step = value as number;
    if (field === 3) event.fileVersion = String(value);
    if (field !== 5) continue;
    for (const { value: one } of readFields(value as Buffer)) {
      const [tag, simple] = readFields(one as Buffer);
      event.scalars.push([String(tag!.value), simple!.value as number]);
    }
  }
  return event;
}

describe('crc32c', () => {
  it('has the values of RFC 3720, appendix B.4, and the check value of the Castagnoli CRC', () => {
    const ascending = Uint8Array.from({ length: 32 }, (_, index) => index);
    expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
    expect(crc32c(new Uint8Array(32).fill(0xff))).toBe(0x62a8ab43);
    expect(crc32c(ascending)).toBe(0x46dd794e);
    expect(crc32c(ascending.toReversed())).toBe(0x113fdb5c);
    expect(crc32c(new TextEncoder().encode('123456789'))).toBe(0xe3069283);
  });

  it('is masked as TFRecord says', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        expect(maskedCrc32c(bytes)).toBe(maskedBitwise(bytes));
      }),
    );
  });
});

describe('a scalar event', () => {
  it('has the bytes that TensorFlow’s own summary writer gave the same scalar', () => {
    // libtensorflow's WriteScalarSummary: loss 0.5 at step 3.
    const written = Buffer.from(
      '1a00000000000000129bd82d09ff09f88b82c1da4110032a0d0a0b0a046c6f7373150000003f3bbe4d1a',
      'hex',
    );
    const event: ScalarEvent = {
      wallSeconds: written.readDoubleLE(13),
      step: 3,
      scalars: [['loss', 0.5]],
    };
    expect(encodeRecord(encodeScalarEvent(event))).toEqual(Uint8Array.from(written));
  });
});

describe('recordEnds', () => {
  it('counts the whole records before the first torn or damaged byte', () => {
    const records = fc.array(fc.uint8Array({ maxLength: 40 }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(records, fc.nat(), fc.nat(), (contents, cut, flip) => {
        const encoded = contents.map(encodeRecord);
        const file = Buffer.concat(encoded);
        let end = 0;
        const ends = encoded.map((record) => (end += record.length));
        expect(recordEnds(file)).toEqual(ends);
        const length = cut % file.length;
        expect(recordEnds(file.subarray(0, length))).toEqual(ends.filter((at) => at <= length));
        const damaged = Buffer.from(file);
        damaged[flip % file.length]! ^= 1 << (flip % 8);
        expect(recordEnds(damaged)).toEqual(ends.filter((at) => at <= flip % file.length));
      }),
    );
  });
});

describe('scalarEvent', () => {
  it('takes the step from the record, the curve from its texts and fold', () => {
    const record = { fold: 3, row: 'end-to-end, l2', epoch: 7, loss: 0.5, share: NaN };
    expect(scalarEvent(record, 0)).toMatchObject({
      step: 7,
      scalars: [['fold 3/end-to-end, l2/loss', 0.5]],
    });
    expect(scalarEvent({ step: 9, epoch: 1, dev: { f1: 80, best: true } }, 0)).toMatchObject({
      step: 9,
      scalars: [
        ['epoch', 1],
        ['dev/f1', 80],
      ],
    });
    expect(scalarEvent({ loss: 1 }, 12).step).toBe(12);
  });
});

describe('an event file', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'didyprog-events-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  const lines = Array.from({ length: 5 }, (_, epoch) => ({ epoch, loss: 1 / (epoch + 1), f1: 90 }));
  const eventsOf = () => {
    const names = readdirSync(folder).filter((name) => name.includes('tfevents'));
    expect(names).toHaveLength(1);
    return readEvents(join(folder, names[0]!));
  };

  it('begins with the version and has an event for each metric, float32 values and all', async () => {
    const file = await EventFile.open(folder, []);
    for (const [index, line] of lines.entries()) await file.append(line, index);
    const [version, ...events] = eventsOf();
    expect(version).toMatchObject({ fileVersion: 'brain.Event:2', scalars: [] });
    expect(events).toMatchObject(
      lines.map(({ epoch, loss }) => ({
        step: epoch,
        scalars: [
          ['loss', Math.fround(loss)],
          ['f1', 90],
        ],
      })),
    );
    for (const { wallTime } of events)
      expect(Math.abs(wallTime! - Date.now() / 1000)).toBeLessThan(60);
  });

  it('writes steps up to 2^53 − 1', async () => {
    const file = await EventFile.open(folder, []);
    await file.append({ step: Number.MAX_SAFE_INTEGER, loss: 1 }, 0);
    expect(eventsOf()[1]!.step).toBe(Number.MAX_SAFE_INTEGER);
  });

  it('is mended on resume: torn tail, lines it lacks, events past the last line', async () => {
    const file = await EventFile.open(folder, lines);
    const whole = readFileSync(file.path);
    const steps = () => eventsOf().map(({ step }) => step);
    const all = [undefined, 0, 1, 2, 3, 4];
    for (let cut = 0; cut < whole.length; cut += 7) {
      truncateSync(file.path, whole.length - cut);
      await EventFile.open(folder, lines);
      expect(steps()).toEqual(all);
    }
    appendFileSync(file.path, 'torn');
    await EventFile.open(folder, lines.slice(0, 2));
    expect(steps()).toEqual(all.slice(0, 3));
  });

  it('keeps the times of what it had', async () => {
    const { path } = await EventFile.open(folder, lines.slice(0, 3));
    const before = readFileSync(path);
    await EventFile.open(folder, lines);
    expect(readFileSync(path).subarray(0, before.length).equals(before)).toBe(true);
  });

  it('follows metrics.jsonl of a run that is resumed at an earlier line', async () => {
    const out = join(folder, 'run');
    const run = async (resume: boolean, metrics: readonly object[]) => {
      // A resume need not ask for it again.
      const opening = { path: out, config: { a: 1 }, resume, tensorboard: !resume };
      await RunDirectory.use(opening, async (directory) => {
        for (const metric of metrics) await directory.metric(metric);
      });
    };
    await run(false, lines);
    // One of another program, which a run leaves alone.
    const other = join(out, 'events.out.tfevents.1.there.0');
    writeFileSync(other, 'other');
    // What a resume from a checkpoint after the third line does.
    const text = readFileSync(join(out, 'metrics.jsonl'), 'utf8').split('\n').slice(0, 3);
    truncateSync(join(out, 'metrics.jsonl'), text.join('\n').length + 1);
    await run(true, [{ epoch: 7, loss: 1 }]);
    const name = readdirSync(out).find((file) => /tfevents.*didyprog$/.test(file))!;
    expect(readEvents(join(out, name)).map(({ step }) => step)).toEqual([undefined, 0, 1, 2, 7]);
    expect(readFileSync(other, 'utf8')).toBe('other');
  });
});
