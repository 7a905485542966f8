import { counted } from '../../../counted.js';
import { DataError } from '../../../errors.js';
import type { Notices } from '../notices.js';

/** What alignment needs of a track; all other events are skipped by their lengths. */
export type TrackEvent =
  | { kind: 'noteOn' | 'noteOff'; ticks: number; pitch: number; channel: number }
  | { kind: 'allOff'; ticks: number; channel: number }
  | { kind: 'tempo'; ticks: number; microsecondsPerBeat: number };

export interface MidiTrack {
  /** In time order; ticks count from the start of the track. */
  events: TrackEvent[];
  endTicks: number;
}

/** Data bytes of the channel messages 0x8n … 0xEn. */
const channelDataBytes = [2, 2, 2, 2, 1, 1, 2];
/** Data bytes of the system messages 0xF0 … 0xFF that a file should not hold, but may; −1 undefined. */
const systemDataBytes = [-1, 1, 2, 1, -1, -1, 0, -1, 0, -1, 0, 0, 0, -1, 0, -1];

/** Control changes that end all notes of a channel: All Sound Off and All Notes Off. */
const allOff = [120, 123];

const endOfTrack = 0x2f;
const tempo = 0x51;

/**
 * Reads the events of one track, up to its End of Track event (Standard MIDI Files 1.0).
 * @param bytes the file
 * @param range where the events begin, and what nothing may be read beyond
 * @param track what messages call the file and the track
 */
export class TrackReader {
  at: number;
  ticks = 0;
  readonly events: TrackEvent[] = [];
  /** True once the End of Track event is read. */
  ended = false;
  #status = 0;
  #eventStart = 0;
  readonly #bytes: Uint8Array;
  readonly #end: number;
  readonly #track: { path: string; name: string };
  readonly #notices: Notices;

  constructor(
    bytes: Uint8Array,
    { at, end }: { at: number; end: number },
    track: { path: string; name: string },
    notices: Notices,
  ) {
    this.#bytes = bytes;
    this.at = at;
    this.#end = end;
    this.#track = track;
    this.#notices = notices;
  }

  /** Reads one event. @throws DataError when it is cut short or none that exists */
  next(): void {
    this.#eventStart = this.at;
    this.ticks += this.#quantity();
    const status = this.#byte();
    if (status === 0xff) this.#metaEvent();
    else if (status === 0xf0 || status === 0xf7) this.#skip(this.#quantity());
    else if (status > 0xf0) this.#systemMessage(status);
    else this.#channelMessage(status);
  }

  #metaEvent(): void {
    const type = this.#byte();
    if (type >= 0x80) throw this.#corrupt(`a meta event of type ${type}, above 127`);
    const length = this.#quantity();
    const start = this.at;
    this.#skip(length);
    if (type === endOfTrack) this.ended = true;
    if (type !== tempo) return;
    if (length !== 3) throw this.#corrupt(`a tempo of ${counted(length, 'byte')} instead of 3`);
    const [high = 0, middle = 0, low = 0] = this.#bytes.subarray(start, start + length);
    const microsecondsPerBeat = (high << 16) | (middle << 8) | low;
    if (microsecondsPerBeat > 0) {
      this.events.push({ kind: 'tempo', ticks: this.ticks, microsecondsPerBeat });
    } else {
      this.#notices.add('a tempo of 0 microseconds a beat is ignored', this.#eventStart);
    }
  }

  #systemMessage(status: number): void {
    const dataBytes = systemDataBytes[status & 0x0f]!;
    if (dataBytes < 0)
      throw this.#corrupt(`the status 0x${status.toString(16)}, which does not exist`);
    for (let n = 0; n < dataBytes; n++) this.#dataByte();
    this.#notices.add(
      'a system message that does not belong in a file is skipped',
      this.#eventStart,
    );
  }

  #channelMessage(first: number): void {
    // A data byte instead of a status: the status before is meant, also across meta events.
    const running = first < 0x80;
    if (!running) this.#status = first;
    else if (this.#status === 0) throw this.#corrupt('data without a status before it');
    const message = this.#status >> 4;
    const channel = this.#status & 0x0f;
    const pitch = running ? first : this.#dataByte();
    const second = channelDataBytes[message - 8] === 2 ? this.#dataByte() : 0;
    if (message === 11 && allOff.includes(pitch)) {
      this.events.push({ kind: 'allOff', ticks: this.ticks, channel });
    }
    if (message !== 8 && message !== 9) return;
    // A note-on of velocity 0 is a note-off.
    const kind = message === 9 && second > 0 ? 'noteOn' : 'noteOff';
    this.events.push({ kind, ticks: this.ticks, pitch, channel });
  }

  #byte(): number {
    if (this.at >= this.#end) throw this.#cutShort();
    return this.#bytes[this.at++]!;
  }

  #dataByte(): number {
    const value = this.#byte();
    if (value >= 0x80) {
      throw this.#corrupt(`the data byte 0x${value.toString(16)}, expected at most 0x7f`);
    }
    return value;
  }

  /** A variable-length quantity: 7 bits a byte, the highest first. */
  #quantity(): number {
    const start = this.at;
    let value = 0;
    for (let byte = 0x80; byte >= 0x80;) {
      byte = this.#byte();
      value = value * 128 + (byte & 0x7f);
      if (value > Number.MAX_SAFE_INTEGER) throw this.#corrupt('a number too large to be meant');
    }
    // Four bytes are the most that the specification allows.
    if (this.at - start > 4) this.#notices.add('a number of more than four bytes', start);
    return value;
  }

  #skip(length: number): void {
    if (length > this.#end - this.at) throw this.#cutShort();
    this.at += length;
  }

  #cutShort(): DataError {
    const event = `the event of ${this.#track.name} that starts at byte ${this.#eventStart}`;
    const { path } = this.#track;
    return new DataError(
      this.#end === this.#bytes.length
        ? `${path}: truncated at byte ${this.#end}, within ${event}`
        : `${path}: corrupt MIDI file: ${event} is cut short by the end of the track at byte ` +
            `${this.#end}`,
    );
  }

  #corrupt(fault: string): DataError {
    const { path, name } = this.#track;
    return new DataError(
      `${path}: corrupt MIDI file: the event of ${name} at byte ${this.#eventStart} has ${fault}`,
    );
  }
}
