import { readdir } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import {
  encodeRecord,
  encodeScalarEvent,
  encodeVersionEvent,
  recordEnds,
  type ScalarEvent,
} from './event-encoding.js';
import { readWholeFile } from '../../read-file.js';
import { inFile } from '../write-aside.js';

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
    const name = await eventFileOf(folder);
    const fresh = `events.out.tfevents.${Math.floor(Date.now() / 1000)}.${hostname()}${ownEnd}`;
    const file = new EventFile(join(folder, name ?? fresh));
    const ends = name === undefined ? [] : recordEnds(await readWholeFile(file.path));
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
    await inFile(this.path, 'a', async (file) => {
      // One write for all of them: a reader that follows the file sees whole records.
      await file.appendFile(Buffer.concat(events.map(encodeRecord)));
      await file.datasync();
    });
  }

  async #cutAt(bytes: number): Promise<void> {
    await inFile(this.path, 'r+', async (file) => {
      if ((await file.stat()).size > bytes) await file.truncate(bytes);
    });
  }
}

/** The end of the names of event files that are written here. */
const ownEnd = '.didyprog';

/** The name of the event file that an earlier start of a run wrote: those of others are left alone. */
export async function eventFileOf(folder: string): Promise<string | undefined> {
  const isOwn = (name: string) => name.includes('tfevents') && name.endsWith(ownEnd);
  return (await readdir(folder)).filter(isOwn).sort()[0];
}

const now = () => Date.now() / 1000;

/** Keys that count rather than measure: they say where on the axis, or which curve. */
const stepKeys = ['step', 'epoch'];
const foldKey = 'fold';

/** A record of metrics.jsonl, told apart: where on the axis, which curve, what was measured. */
export interface MeasuredScalars {
  step: number;
  /** The record's texts, in its order, and its fold: what tells curves of one measure apart. */
  labels: readonly string[];
  scalars: readonly (readonly [measure: string, value: number])[];
}

/**
 * Tells a record of metrics.jsonl apart: `step`, else `epoch`, else the line's number is the step;
 * texts and `fold` are labels; nested objects add their key to the measure's name; whatever else is
 * a finite number is a scalar.
 */
export function measuredScalars(record: object, index: number): MeasuredScalars {
  const entries = Object.entries(record) as [string, unknown][];
  const stepKey = stepKeys.find((key) => isCount((record as Record<string, unknown>)[key]));
  const labels = entries
    .filter(([key, value]) => typeof value === 'string' || key === foldKey)
    .map(([key, value]) => (typeof value === 'string' ? value : `${key} ${String(value)}`));
  const scalars = entries
    .filter(([key]) => key !== stepKey && key !== foldKey)
    .flatMap(([key, value]) => numbersIn(key, value));
  const step = stepKey ? (record as Record<string, number>)[stepKey]! : index;
  return { step, labels, scalars };
}

/** The same as an event; its tags are 'fold 3/end-to-end, l2/loss'. */
export function scalarEvent(record: object, index: number): ScalarEvent {
  const { step, labels, scalars } = measuredScalars(record, index);
  return {
    wallSeconds: now(),
    step,
    scalars: scalars.map(([measure, value]) => [[...labels, measure].join('/'), value]),
  };
}

const isCount = (value: unknown) => Number.isSafeInteger(value) && (value as number) >= 0;

function numbersIn(key: string, value: unknown): [string, number][] {
  if (typeof value === 'number') return Number.isFinite(value) ? [[key, value]] : [];
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [];
  return Object.entries(value).flatMap(([inner, content]) => numbersIn(`${key}/${inner}`, content));
}
