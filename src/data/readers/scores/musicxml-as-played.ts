import { quarterTempo } from './metronome-tempo.js';
import { impliedStarts, type RepeatSigns } from './repeat-starts.js';

/**
 * A MusicXML text that verovio plays as it is meant: small notes sound, ties need not be drawn, a part without
 * a MIDI channel is no percussion, metronome marks are heard, and a repeat without a sign at its beginning
 * begins after the one before.
 */
export const asPlayed = (text: string): string =>
  withRepeatStarts(soundingTempi(ownChannels(soundingTies(smallSounds(text)))));

const unitQuarters: Readonly<Record<string, number>> = {
  ...{ breve: 8, whole: 4, half: 2, quarter: 1, eighth: 1 / 2, '16th': 1 / 4 },
};

/** Says by `sound` what a metronome mark asks for where nothing else does. */
const soundingTempi = (text: string) =>
  text.replace(/<direction[\s>](?:(?!<\/direction>)[^])*<\/direction>/g, (direction) => {
    const units = [...direction.matchAll(/<beat-unit>\s*([\w]+)\s*<\/beat-unit>/g)];
    const perMinute = Number(/<per-minute[^>]*>\s*([\d.]+)\s*</.exec(direction)?.[1]);
    const quarters = unitQuarters[units[0]?.[1] ?? ''];
    const isSaid = /<sound\s[^>]*tempo=/.test(direction);
    if (isSaid || units.length !== 1 || quarters === undefined || !(perMinute > 0))
      return direction;
    const dots = direction.match(/<beat-unit-dot\s*\/?>/g)?.length ?? 0;
    const sound = `<sound tempo="${quarterTempo(quarters, dots, perMinute)}"/>`;
    return direction.replace(/<\/direction>$/, `${sound}</direction>`);
  });

const forward = '<barline location="left"><repeat direction="forward"/></barline>';

/** Writes the signs of repeats that begin after another. */
function withRepeatStarts(text: string): string {
  if (!isBackward.test(text)) return text;
  return text.replace(/<part\s[^]*?<\/part>/g, (part) => {
    const starts = impliedStarts(signsOf(part.match(bars) ?? []));
    let bar = 0;
    return part.replace(bars, (measure) =>
      starts.includes(bar++) ? measure.replace(/^<[^>]*>/, `$&${forward}`) : measure,
    );
  });
}

const bars = /<measure\s[^]*?<\/measure>/g;
const isBackward = /<repeat\s[^>]*direction=["']backward/;

function signsOf(measures: readonly string[]): RepeatSigns[] {
  let isLaterEnding = false;
  return measures.map((measure) => {
    const [, number] =
      /<ending\s(?=[^>]*type=["']start)[^>]*number=["']([^"']*)/.exec(measure) ?? [];
    if (number !== undefined) isLaterEnding = !/\b1\b/.test(number);
    const endsEnding = /<ending\s[^>]*type=["'](?:stop|discontinue)/.test(measure);
    const signs = {
      starts: /<repeat\s[^>]*direction=["']forward/.test(measure),
      ends: isBackward.test(measure),
      ...{ isLaterEnding, endsEnding },
    };
    if (endsEnding) isLaterEnding = false;
    return signs;
  });
}

/** Verovio takes notes of MusicXML that are small for cue notes, but those of a cadenza sound. */
const smallSounds = (text: string) => text.replace(/(<type\s+)size=(["'])cue\2/g, '$1');

/** Verovio ties notes of MusicXML by what is drawn: where only the sound is tied, that is drawn, too. */
const soundingTies = (text: string) =>
  text.replace(/<note[\s>](?:(?!<\/note>)[^])*<\/note>/g, (note) => {
    const ties = /<tied[\s/>]/.test(note)
      ? []
      : [...note.matchAll(/<tie\s[^>]*?type=["'](start|stop)["']/g)];
    if (ties.length === 0) return note;
    const drawn = ties.map(([, type]) => `<tied type="${type!}"/>`).join('');
    return note.replace(/<\/note>$/, `<notations>${drawn}</notations></note>`);
  });

/** Verovio gives a part without a MIDI channel that of the part before it, and so makes it percussion. */
const ownChannels = (text: string) =>
  text.replace(/<score-part[\s>](?:(?!<\/score-part>)[^])*<\/score-part>/g, (part) => {
    if (part.includes('<midi-channel>')) return part;
    const channel = '<midi-channel>1</midi-channel>';
    return /<midi-instrument[^>]*[^/]>/.test(part)
      ? part.replace(/<midi-instrument[^>]*[^/]>/, (tag) => `${tag}${channel}`)
      : part.replace(
          /<\/score-part>$/,
          `<midi-instrument>${channel}</midi-instrument></score-part>`,
        );
  });
