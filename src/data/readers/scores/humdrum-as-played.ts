import { counted } from '../../../counted.js';
import { impliedStarts } from './repeat-starts.js';

/** A Humdrum text whose repeats and tempi verovio plays as they are meant, but for tempi within a bar. */
export const asPlayedHumdrum = (text: string): string =>
  temposAtBars(withRepeatStarts(firstOrder(text.replace(/\r\n?/g, '\n')))).text;

/** What is read of a Humdrum text otherwise than it says, in sentences. */
export function humdrumDoubts(text: string): string[] {
  const { moved } = temposAtBars(text.replace(/\r\n?/g, '\n'));
  const pieces = text.match(/^\*\*/gm)?.length ?? 0;
  return [
    ...(pieces > 1 ? [`${pieces} pieces, one after another: only the first is read`] : []),
    ...(moved.length > 0
      ? [
          `a tempo that begins within a bar is taken from the next bar on (${counted(moved.length, 'bar')}, the ` +
            `first of them ${moved[0]!}): times of the score are not exact there`,
        ]
      : []),
  ];
}

/**
 * Verovio loses a tempo that begins within a bar, or takes its times and its notes by different ones: it is
 * written into the next bar.
 * @returns with the names of the bars in which sound comes after such a tempo
 */
function temposAtBars(text: string): { text: string; moved: string[] } {
  const moved = new Set<string>();
  let [bar, tempo, waiting] = ['1', '', ''];
  let isWithin = false;
  const lines = text.split('\n').flatMap((line) => {
    const [, mark] = /(?:^|\t)(\*MM\d[^\t]*)/.exec(line) ?? [];
    if (mark !== undefined) {
      if (!isWithin) [tempo, waiting] = [mark, ''];
      else if (mark !== (waiting || tempo)) waiting = mark;
      return [isWithin ? line.replace(/\*MM\d[^\t]*/g, '*') : line];
    }
    if (line.startsWith('=')) {
      isWithin = false;
      bar = /^=+(\d+\w*)/.exec(line)?.[1] ?? bar;
    }
    if (!/^[^!*=]/.test(line)) return [line];
    if (isWithin) {
      if (waiting) moved.add(bar);
      return [line];
    }
    isWithin = true;
    if (!waiting) return [line];
    [tempo, waiting] = [waiting, ''];
    return [line.replace(/[^\t]+/g, tempo), line];
  });
  return { text: lines.join('\n'), moved: [...moved] };
}

/** Writes the signs of repeats that begin after another, where no order of sections says what is played. */
function withRepeatStarts(text: string): string {
  if (/^\*>\[/m.test(text)) return text;
  // Bar n lies between the lines n − 1 and n.
  const lines = text.match(/^=[^\t\r\n]*/gm) ?? [];
  const starts = impliedStarts(
    lines.map((line, bar) => ({
      starts: /[|!]:/.test(lines[bar - 1] ?? ''),
      ends: /:[|!]/.test(line),
    })),
  );
  if (starts.length === 0) return text;
  let line = 0;
  return text.replace(/^=.*/gm, (tokens) =>
    starts.includes(++line) ? tokens.replace(/:[|!]+/g, ':|!|:') : tokens,
  );
}

/**
 * Verovio plays no repeat of a Humdrum score with a second order of its sections, such as *>norep[A,B]
 * beside *>[A,A,B]: the one without a name says how it is played.
 */
const firstOrder = (text: string) =>
  text.replace(/^\*>\w+\[.*$/gm, (line) => line.replace(/[^\t\r]+/g, '*'));

/**
 * A Humdrum text whose pitches verovio plays, to be heard and not to be drawn. Verovio 6.3 plays an accidental
 * only where it draws one: not in the key's own notes, nor again in its bar. X asks for the drawing. Parts of
 * transposing instruments stand as they sound, and are drawn otherwise by their *ITr.
 */
export const soundingHumdrum = (text: string): string =>
  text.replace(/^(?![!=]).+$/gm, (line) =>
    line.startsWith('*')
      ? line.replace(/(^|\t)\*ITr[^\t\r]*/g, '$1*')
      : line.replace(/([a-gA-G](?:#+|-+))[xXyY]*/g, '$1X'),
  );

/** What is wrong with a Humdrum text, as `xmlFault`: verovio reads one that is cut off without a word. */
export function humdrumFault(text: string): string | undefined {
  const last = text.split(/\r\n|\r|\n/).findLast((line) => !/^\s*(!|$)/.test(line));
  return /^\*-(\t+\*-)*\s*$/.test(last ?? '') ? undefined : 'cut off: it does not end with *-';
}
