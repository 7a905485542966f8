import { impliedStarts } from './repeat-starts.js';

/** An MEI text whose repeats verovio plays as they are meant: one without a sign at its beginning begins after the one before. */
export function asPlayedMei(text: string): string {
  // An expansion says what is played, and verovio plays no endings without one.
  if (/<(\w+:)?(expansion|ending)[\s>/]/.test(text)) return text;
  const bars = text.match(bar) ?? [];
  const starts = impliedStarts(
    bars.map((tag, at) => ({
      starts: /\sleft=["']rpt/.test(tag) || /\sright=["']rptboth/.test(bars[at - 1] ?? ''),
      ends: /\sright=["']rpt(end|both)/.test(tag),
    })),
  );
  let at = 0;
  return text.replace(bar, (tag) =>
    starts.includes(at++)
      ? tag.replace(/\sleft=["'][^"']*["']/, '').replace(/measure/, '$& left="rptstart"')
      : tag,
  );
}

const bar = /<(?:\w+:)?measure(?=[\s>])[^>]*>/g;
