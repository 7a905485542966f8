import { quarterTempo } from './metronome-tempo.js';
import { impliedStarts } from './repeat-starts.js';

/**
 * An MEI text that verovio plays as it is meant: metronome marks with dots, and a repeat without a sign at its
 * beginning, which begins after the one before.
 */
export const asPlayedMei = (text: string): string => dottedTempi(withRepeatStarts(text));

/** Says by `midi.bpm` what a metronome mark with dots asks for. */
const dottedTempi = (text: string) =>
  text.replace(/<(?:\w+:)?tempo\s[^>]*mm\.dots=[^>]*>/g, (tag) => {
    const [unit, dots, perMinute] = ['mm.unit', 'mm.dots', 'mm'].map((name) =>
      Number(new RegExp(`\\s${name}=["']([\\d.]+)["']`).exec(tag)?.[1]),
    ) as [number, number, number];
    const tempo = quarterTempo(4 / unit, dots, perMinute);
    return tempo > 0 && !/\smidi\.(bpm|mspb)=/.test(tag)
      ? tag.replace(/tempo/, `$& midi.bpm="${tempo}"`)
      : tag;
  });

/** Writes the signs of repeats that begin after another. */
function withRepeatStarts(text: string): string {
  // An expansion says what is played.
  if (/<(\w+:)?expansion[\s>/]/.test(text) || hasLooseEndings(text)) return text;
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

/** Whether an MEI text has endings that no expansion puts in order: verovio plays them one after another. */
export const hasLooseEndings = (text: string): boolean =>
  /<(\w+:)?mei[\s>]/.test(text) && /<ending[\s>]/.test(text) && !/<expansion[\s>]/.test(text);

/** What verovio reads of an MEI text otherwise than it is meant, in sentences. */
export function meiDoubts(text: string): string[] {
  const pieces = text.match(/<(\w+:)?mdiv[\s>]/g)?.length ?? 0;
  const hasKey = /\bkey\.?sig=["'](?!0)[^"']|<(\w+:)?keySig\s[^>]*\bsig=["'][1-9]/.test(text);
  return [
    ...(pieces > 1 ? [`${pieces} movements (mdiv): only the first is read`] : []),
    ...(hasKey && !/\baccid\.ges=/.test(text)
      ? [
          'verovio knows the accidentals of a key from accid.ges alone, which no note has: each note without an ' +
            'accidental of its own is taken as a natural',
        ]
      : []),
  ];
}
