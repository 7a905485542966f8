import { open, readFile, readdir } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import {
  encodeRecord,
  encodeScalarEvent,
  encodeVersionEvent,
  recordEnds,
  type ScalarEvent,
} from './event-encoding.js';

/**
 * A TensorBoard event file that follows a run's metrics.jsonl: a record for the version, then
 * exactly one for each line, in order. What a killed run lost or a resumed one takes back is
 * therefore known by counting, and mended when the file is opened.
 */
export class EventFile {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  /**
   * Opens the event file of `folder`, or starts one, and brings it in step with `lines`: records
   * past the last line, or torn, are cut off; missing ones are written.
   * @param lines the records of metrics.jsonl so far
   */
  static async open(folder: string, lines: readonly object[]): Promise<EventFile> {
    const [name] = (await readdir(folder)).filter((name) => isEventFile(name)).sort();
    const fresh = `events.out.tfevents.${Math.floor(Date.now() / 1000)}.${hostname()}.didyprog`;
    const file = new EventFile(join(folder, name ?? fresh));
    const ends = name === undefined ? [] : recordEnds(await readFile(file.path));
    const kept = Math.min(ends.length, lines.length + 1);
    if (name !== undefined) await file.#cutAt(ends[kept - 1] ?? 0);
    const missing = lines.slice(Math.max(0, kept - 1));
    const version = kept === 0 ? [encodeVersionEvent(now())] : [];
    const first = lines.length - missing.length;
    await file.#write([
      ...version,
      ...missing.map((line, index) => encodeScalarEvent(scalarEvent(line, first + index))),
    ]);
    return file;
  }

  /**
   * Appends one record of metrics.jsonl, and has it on the disk before it returns.
   * @param index its line in metrics.jsonl, from 0
   */
  async append(record: object, index: number): Promise<void> {
    await this.#write([encodeScalarEvent(scalarEvent(record, index))]);
  }

  async #write(events: readonly Uint8Array[]): Promise<void> {
    if (events.length === 0) return;
    const file = await open(this.path, 'a');
    try {
      // One write for all of them: a reader that follows the file sees whole records.
      await file.appendFile(Buffer.concat(events.map(encodeRecord)));
      await file.datasync();
    } finally {
      await file.close();
    }
  }

  async #cutAt(bytes: number): Promise<void> {
    const file = await open(this.path, 'r+');
    try {
      if ((await file.stat()).size > bytes) await file.truncate(bytes);
    } finally {
      await file.close();
    }
  }
}

/** Whether TensorBoard takes a file for an event file. */
function isEventFile(name: string): boolean {
  return name.includes('tfevents');
}

const now = () => Date.now() / 1000;

/** Keys that count rather than measure: they say where on the axis, or which curve. */
const stepKeys = ['step', 'epoch'];
const labelKeys = ['fold'];

/**
 * A record of metrics.jsonl as scalars: `step`, else `epoch`, else the line's number is the step;
 * texts and `fold` name the curve, in the record's order ('3/end-to-end, l2/loss'); nested objects
 * add their key; whatever else is a finite number is a scalar.
 */
export function scalarEvent(record: object, index: number): ScalarEvent {
  const entries = Object.entries(record);
  const numbers = Object.fromEntries(entries.filter(([, value]) => isCount(value)));
  const stepKey = stepKeys.find((key) => key in numbers);
  const labels = entries
    .filter(([key, value]) => typeof value === 'string' || labelKeys.includes(key))
    .map(([key, value]) => (typeof value === 'string' ? value : `${key} ${String(value)}`));
  const scalars = entries
    .filter(([key]) => key !== stepKey && !labelKeys.includes(key))
    .flatMap(([key, value]) => numbersIn(key, value))
    .map(([key, value]): [string, number] => [[...labels, key].join('/'), value]);
  const step = stepKey === undefined ? index : (numbers[stepKey] as number);
  return { wallSeconds: now(), step, scalars };
}

const isCount = (value: unknown) => Number.isSafeInteger(value) && (value as number) >= 0;

function numbersIn(key: string, value: unknown): [string, number][] {
  if (typeof value === 'number') return Number.isFinite(value) ? [[key, value]] : [];
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [];
  return Object.entries(value).flatMap(([inner, content]) => numbersIn(`${key}/${inner}`, content));
}
