import { counted } from '../../../counted.js';
import { quoted } from '../../../visible.js';
import { ElementReader, readElements } from './musicxml-elements.js';

/**
 * What verovio reads otherwise than a MusicXML text means it, in sentences: an instrument that is
 * exchanged for one in another key, tempi that begin within a bar, or stand in no direction, and jumps that
 * stand in words alone.
 * @param text well-formed
 */
export function musicXmlDoubts(text: string): string[] {
  const reader = new DoubtReader();
  readElements(text, reader);
  return reader.doubts();
}

/** Words that let the piece go on elsewhere. */
const jumpWords = /\b(d\.?\s?[cs]\.?\s+al\b|d\.\s?[cs]\.|da\s+capo\b|dal\s+segno\b)/i;

class DoubtReader extends ElementReader {
  /** Semitones by which the part sounds above what is written: at its beginning, and by what is read. */
  #first = 0;
  #semitones = 0;
  #tempo = '';
  readonly #exchanged: string[] = [];
  readonly #within = new Set<string>();
  readonly #passedOver = new Set<string>();

  /** By the bar: the words of a jump; and the bars that say it for playing, too. */
  readonly #words = new Map<string, string>();
  readonly #jumps = new Set<string>();

  override open(name: string, attributes: Record<string, string>): void {
    if (name === 'sound' && ('dacapo' in attributes || 'dalsegno' in attributes)) {
      this.#jumps.add(this.bar);
    }
    if (name === 'part') this.#first = 0;
    if (name === 'transpose') this.#semitones = 0;
    if (name === 'sound' && attributes['tempo'] !== undefined) this.#change(attributes['tempo']);
    super.open(name, attributes);
  }

  /** The tempo of a part's first bar counts wherever it stands. */
  #change(tempo: string): void {
    if (tempo === this.#tempo) return;
    this.#tempo = tempo;
    if (this.parents.at(-1) === 'direction') {
      if (this.position > 0) this.#within.add(this.bar);
    } else if (this.bars > 1 || this.position > 0) {
      this.#passedOver.add(this.bar);
    }
  }

  override close(name: string): number {
    if (name === 'words' && jumpWords.test(this.value)) this.#words.set(this.bar, this.value);
    const number = super.close(name);
    if (name === 'chromatic') this.#semitones += number;
    if (name === 'octave-change') this.#semitones += 12 * number;
    if (name === 'transpose') this.#transpose();
    return number;
  }

  #transpose(): void {
    if (this.bars === 1) {
      this.#first = this.#semitones;
      return;
    }
    const above = this.#first - this.#semitones;
    if (above === 0) return;
    this.#exchanged.push(
      `from bar ${this.bar} on a part is for an instrument in another key, which verovio does not read: ` +
        `its notes are ${counted(Math.abs(above), 'semitone')} too ${above > 0 ? 'high' : 'low'}`,
    );
  }

  doubts(): string[] {
    const tempi = (bars: Set<string>, effect: string) => {
      const [first] = bars;
      return first === undefined
        ? []
        : [
            `${effect} (${counted(bars.size, 'bar')}, the first of them ${first}): times of the score are ` +
              'not exact there',
          ];
    };
    const [jump] = [...this.#words].filter(([bar]) => !this.#jumps.has(bar));
    return [
      ...this.#exchanged,
      ...(jump
        ? [
            `bar ${jump[0]} says ${quoted(jump[1].trim())} in words alone: verovio does not play it; --jumps of ` +
              `align file names where a recording goes on, such as ${jump[0]}:1`,
          ]
        : []),
      ...tempi(this.#within, 'a tempo that begins within a bar is taken for all of the bar'),
      ...tempi(this.#passedOver, 'a tempo in no direction is passed over by verovio'),
    ];
  }
}
