import { counted } from '../../../counted.js';
import { DataError } from '../../../errors.js';
import { shortened } from '../../../visible.js';
import { unpackScore } from './compressed-score.js';
import { expectedKind } from '../file-kind.js';
import {
  asPlayedHumdrum,
  humdrumDoubts,
  humdrumFault,
  soundingHumdrum,
} from './humdrum-as-played.js';
import { decodeMidi, type MidiNote } from './midi.js';
import { asPlayedMei, hasLooseEndings, meiDoubts } from './mei-as-played.js';
import { musicXmlDoubts } from './musicxml-doubts.js';
import { asPlayed } from './musicxml-as-played.js';
import { writtenOnsets } from './musicxml-onsets.js';
import type { Notify } from '../notices.js';
import { percussionChannel } from './score-events.js';
import { startVerovio, stopVerovio, type TimedNotes, type Verovio } from './verovio.js';
import { xmlFault } from './xml-fault.js';

/** A bar as it is played: repeats are written out. */
export interface PlayedBar {
  /** Its number in the score, such as 12, or what stands for one. */
  name: string;
  /** Of the bars as written, from 0: the same each time it is played. */
  written: number;
  onsetSeconds: number;
}

/** A note of the drawing, each time that it is played. */
interface DrawnNote {
  id: string;
  onsetSeconds: number;
  endSeconds: number;
}

/** A score that can be drawn. */
export interface EngravedScore {
  notes: MidiNote[];
  bars: PlayedBar[];
  drawn: DrawnNote[];
  /** Its pages as SVG, `width` hundredths of a millimetre wide. */
  draw(width: number): string[];
}

/** A long opera has some; verovio takes hundreds of times as much memory. */
const mostBytes = 64_000_000;

/**
 * Whether bytes are of a score that verovio reads: MusicXML, plain or compressed, MEI, Humdrum.
 * undefined for anything else.
 */
export function engravedKind(bytes: Uint8Array): 'xml' | 'zip' | 'humdrum' | undefined {
  const start = textOf(bytes.subarray(0, 65_536));
  if (start.startsWith('PK')) return 'zip';
  if (/^\s*(!!|\*\*)/.test(start) && /^(\*\*[^\t\r\n]*\t)*\*\*kern/m.test(start)) return 'humdrum';
  const isXml = /^\s*</.test(start);
  return isXml && /<(\w+:)?(score-partwise|score-timewise|mei)[\s>]/.test(start)
    ? 'xml'
    : undefined;
}

/**
 * Reads a score by verovio: its notes with the repeats played, and where each is drawn.
 * @throws DataError for a file that verovio does not read, or when verovio is not installed
 */
export async function readEngravedScore(
  file: Uint8Array,
  path: string,
  notify?: Notify,
): Promise<EngravedScore> {
  let bytes = file;
  let kind = engravedKind(bytes);
  if (kind === 'zip') {
    bytes = await unpackScore(path, mostBytes, notify);
    kind = engravedKind(bytes);
  }
  if (kind !== 'xml' && kind !== 'humdrum') {
    const allowed = 'MIDI, MusicXML, MEI or Humdrum';
    throw new DataError(
      `${path}: not a score (${allowed}): ${expectedKind(bytes, 'one of these')}`,
    );
  }
  if (bytes.length > mostBytes) {
    throw new DataError(`${path}: more than ${mostBytes / 1e6} MB, the most that a score may have`);
  }
  const written = textOf(bytes);
  const isMusicXml = kind === 'xml' && /<score-partwise[\s>]/.test(written);
  const playable = kind === 'humdrum' ? asPlayedHumdrum : isMusicXml ? asPlayed : asPlayedMei;
  const text = playable(written);
  const fault = kind === 'xml' ? xmlFault(text) : humdrumFault(text);
  if (fault !== undefined) throw new DataError(`${path}: ${fault}`);
  if (kind === 'xml' && /<score-timewise[\s>]/.test(text)) {
    throw new DataError(
      `${path}: MusicXML that has its parts within its bars (score-timewise), which verovio does not read: ` +
        'export it with its bars within its parts (score-partwise)',
    );
  }
  const doubts = kind === 'humdrum' ? humdrumDoubts : isMusicXml ? musicXmlDoubts : meiDoubts;
  for (const doubt of doubts(kind === 'humdrum' ? written : text)) notify?.(`${path}: ${doubt}`);
  const { toolkit, printed } = await startVerovio(path, { humdrum: kind === 'humdrum' });
  try {
    const sounding = kind === 'humdrum' ? soundingHumdrum(text) : text;
    return readWith(toolkit, printed, { text, sounding }, path, notify);
  } catch (error) {
    if (error instanceof DataError) throw error;
    // A trap of the module, or an exception of its own, which has no message: what is in the file
    // broke it.
    stopVerovio();
    const { message } = error as Partial<Error>;
    throw unreadable(path, message || printed.join(' '));
  }
}

/** @param reason what verovio says; its parser of Humdrum: Error on line 2: Expected 2 fields … */
function unreadable(path: string, reason: string): DataError {
  const [, line, what] = /Error on line (\d+):(.*?)(Line is:|$)/i.exec(reason) ?? [];
  const words = (what ?? reason).trim().replace(/\s+/g, ' ') || 'it does not say why';
  const where = line === undefined ? path : `${path}, line ${line}`;
  return new DataError(`${where}: verovio cannot read it: ${shortened(words)}`);
}

/** @param texts what is drawn, and what is played: they differ in signs alone */
function readWith(
  toolkit: Verovio,
  printed: readonly string[],
  { text, sounding }: { text: string; sounding: string },
  path: string,
  notify?: Notify,
): EngravedScore {
  const messages: string[] = [];
  const heard = <Result>(result: Result): Result => {
    messages.push(...toolkit.getLog().split('\n').filter(Boolean));
    return result;
  };
  toolkit.setOptions({ midiNoCue: true });
  const loaded = heard(toolkit.loadData(sounding));
  const bytes = loaded ? Buffer.from(heard(toolkit.renderToMIDI()), 'base64') : Buffer.alloc(0);
  const notes = bytes.length > 0 ? withPercussion(decodeMidi(bytes, path)) : [];
  if (printed.length > 0) messages.push(printed.join(' '));
  if (loaded && sounding !== text) toolkit.loadData(text);
  if (notes.length === 0) {
    const reason = messages.find((message) => message.startsWith('[Error]')) ?? messages[0] ?? '';
    if (!loaded) throw unreadable(path, plainly(reason));
    throw new DataError(`${path}: the score has no notes`);
  }
  noticeCues(text, path, notify);
  const times = heard(toolkit.renderToTimemap({ includeMeasures: true }));
  for (const message of new Set(messages.map(plainly))) {
    notify?.(`${path}: verovio: ${shortened(message)}`);
  }
  if (/<score-partwise[\s>]/.test(text)) noticeTimes(notes, times, toolkit, text, path, notify);
  const bars = barsOf(times, toolkit);
  noticeRepeats(bars, text, path, notify);
  return {
    notes,
    bars,
    drawn: drawnNotes(times),
    draw(width) {
      toolkit.setOptions({
        ...{ pageWidth: width, pageHeight: 60_000, adjustPageHeight: true, scale: 100 },
        ...{ svgViewBox: true, header: 'none', footer: 'none', svgRemoveXlink: true },
      });
      toolkit.redoLayout();
      return Array.from({ length: toolkit.getPageCount() }, (_, page) =>
        toolkit.renderToSVG(page + 1),
      );
    },
  };
}

/** A message of verovio without its level, in words that say what is meant. */
const plainly = (message: string) =>
  message
    .replace(/^\[\w+\] /, '')
    .replace(/^MRpt .*/, 'a sign that repeats the bar before it is not played: that bar is empty');

/** Says how many notes are there for the player to read and not to play, by MusicXML or MEI. */
function noticeCues(text: string, path: string, notify?: Notify): void {
  const count = text.match(/<cue\s*\/?>|<note\s[^>]*\bcue=["']true["']/g)?.length ?? 0;
  if (count > 0) notify?.(`${path}: ${counted(count, 'cue note')}, not to be played: left out`);
}

/** Marks of a repeat at the end of a bar: MusicXML, MEI and the order of its sections, Humdrum and its own. */
const repeatMarks =
  /<repeat\s[^>]*direction=["']backward|<sound\s[^>]*(?:dacapo|dalsegno)=|\sright=["']rpt(end|both)|<expansion\s|^=[^\t\r\n]*:\||^\*>\[/m;

/** Says that repeats are not played: verovio passes over those of some scores with nested sections. */
function noticeRepeats(
  bars: readonly PlayedBar[],
  text: string,
  path: string,
  notify?: Notify,
): void {
  if (!repeatMarks.test(text)) return;
  const isPlayedOnce = new Set(bars.map(({ written }) => written)).size === bars.length;
  if (!isPlayedOnce && !hasLooseEndings(text)) return;
  const how = isPlayedOnce
    ? ': each bar is taken once'
    : ' as they are written, with endings in no expansion';
  notify?.(
    `${path}: verovio does not play its repeats${how}; ` +
      '--jumps of align file names the bars after which a recording goes back, such as 8:1',
  );
}

/** Quarters by which durations may be rounded: less than a 64th note. */
const rounding = 0.06;

/**
 * Says in which bars of MusicXML verovio plays notes at other times than their durations say. Its MIDI file
 * tells, since it leaves notes of triplets out of its times.
 */
function noticeTimes(
  notes: readonly MidiNote[],
  times: readonly TimedNotes[],
  toolkit: Verovio,
  text: string,
  path: string,
  notify?: Notify,
): void {
  const begins = times.filter(({ measureOn }) => measureOn !== undefined);
  const played = new Map<string, number[]>();
  let next = 0;
  begins.forEach(({ measureOn = '', qstamp, tstamp }, at) => {
    const end = begins[at + 1] ?? times.at(-1)!;
    const quarterSeconds = (end.tstamp - tstamp) / 1000 / (end.qstamp - qstamp);
    const name = toolkit.getElementAttr(written(measureOn))['n'] ?? '';
    const onsets = played.get(name) ?? [];
    const until = end.tstamp / 1000 - rounding * quarterSeconds;
    for (; next < notes.length && notes[next]!.onsetSeconds < until; next++) {
      onsets.push((notes[next]!.onsetSeconds - tstamp / 1000) / quarterSeconds);
    }
    played.set(name, onsets);
  });
  const other = [...writtenOnsets(text)].filter(([bar, onsets]) => {
    const heard = played.get(bar);
    return (
      heard && onsets.some((onset) => heard.every((time) => Math.abs(time - onset) > rounding))
    );
  });
  if (other.length === 0) return;
  notify?.(
    `${path}: verovio plays notes of ${counted(other.length, 'bar')} at other times than their durations say, ` +
      `the first of them ${other[0]![0]}: it goes by their types, dots and tuplets, one of which is missing or ` +
      'wrong; events of the score are not exact there',
  );
}

/** Notes that name no pitch, such as those of drums: verovio gives them the pitch 0. */
const withPercussion = (notes: readonly MidiNote[]): MidiNote[] =>
  notes.map((note) => (note.pitch === 0 ? { ...note, channel: percussionChannel } : note));

/** The id in the drawing of a note that is played again: verovio appends -rend2 and so on. */
const written = (id: string) => id.replace(/-rend\d+$/, '');

function barsOf(times: readonly TimedNotes[], toolkit: Verovio): PlayedBar[] {
  const order = new Map<string, number>();
  return times.flatMap(({ measureOn, tstamp }) => {
    if (measureOn === undefined) return [];
    const id = written(measureOn);
    if (!order.has(id)) order.set(id, order.size);
    const place = order.get(id)!;
    const { n } = toolkit.getElementAttr(id);
    return [{ name: n ?? `${place + 1}`, written: place, onsetSeconds: tstamp / 1000 }];
  });
}

function drawnNotes(times: readonly TimedNotes[]): DrawnNote[] {
  const sounding = new Map<string, number>();
  const drawn: DrawnNote[] = [];
  for (const { on = [], off = [], tstamp } of times) {
    for (const id of off) {
      const onset = sounding.get(id);
      if (onset === undefined) continue;
      sounding.delete(id);
      drawn.push({ id: written(id), onsetSeconds: onset / 1000, endSeconds: tstamp / 1000 });
    }
    for (const id of on) sounding.set(id, tstamp);
  }
  return drawn.sort((a, b) => a.onsetSeconds - b.onsetSeconds);
}

const marks: readonly [mark: readonly number[], encoding: string][] = [
  [[0xef, 0xbb, 0xbf], 'utf-8'],
  [[0xff, 0xfe], 'utf-16le'],
  [[0xfe, 0xff], 'utf-16be'],
  [[0x3c, 0x00], 'utf-16le'],
  [[0x00, 0x3c], 'utf-16be'],
];

/** The text of a score by its byte order mark or its XML declaration, which then says UTF-8. */
function textOf(bytes: Uint8Array): string {
  const mark = marks.find(([mark]) => mark.every((byte, at) => bytes[at] === byte));
  const head = Buffer.from(bytes.subarray(0, 200)).toString('latin1');
  const declaration = /^\s*<\?xml[^>]*?encoding=["']([\w.-]+)["']/i.exec(head);
  let decoder: TextDecoder;
  try {
    decoder = new TextDecoder(mark?.[1] ?? declaration?.[1] ?? 'utf-8');
  } catch {
    decoder = new TextDecoder('utf-8');
  }
  return decoder
    .decode(bytes)
    .replace(/^(\s*<\?xml[^>]*?encoding=["'])[\w.-]+/i, (_, before: string) => `${before}UTF-8`);
}
