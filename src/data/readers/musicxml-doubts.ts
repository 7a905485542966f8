import { Parser } from 'htmlparser2';
import { counted } from '../../counted.js';

/**
 * What verovio reads otherwise than a MusicXML text means it, in sentences: an instrument that is
 * exchanged for one in another key, and tempi that begin within a bar, or stand in no direction.
 * @param text well-formed
 */
export function musicXmlDoubts(text: string): string[] {
  const reader = new DoubtReader();
  const parser = new Parser(
    {
      onopentag: (name, attributes) => reader.open(name, attributes),
      ontext: (piece) => (reader.value += piece),
      onclosetag: (name) => reader.close(name),
    },
    { xmlMode: true },
  );
  parser.end(text);
  return reader.doubts();
}

/** What stands around an element decides what it means. */
class DoubtReader {
  /** The text since the last tag. */
  value = '';
  #parents: string[] = [];
  /** Bars of the part so far, and the name of the one that is read. */
  #bars = 0;
  #bar = '';
  /** Divisions from the beginning of the bar, of the next note and of what is read. */
  #position = 0;
  #duration = 0;
  #isChord = false;
  /** Semitones by which the part sounds above what is written: at its beginning, and by what is read. */
  #first = 0;
  #semitones = 0;
  #tempo = '';
  readonly #exchanged: string[] = [];
  readonly #within = new Set<string>();
  readonly #passedOver = new Set<string>();

  open(name: string, attributes: Record<string, string>): void {
    if (name === 'part') [this.#bars, this.#first] = [0, 0];
    if (name === 'measure') {
      this.#bars++;
      [this.#bar, this.#position] = [attributes['number'] ?? `${this.#bars}`, 0];
    }
    if (name === 'note') [this.#isChord, this.#duration] = [false, 0];
    if (name === 'chord') this.#isChord = true;
    if (name === 'transpose') this.#semitones = 0;
    if (name === 'sound' && attributes['tempo'] !== undefined) this.#change(attributes['tempo']);
    this.#parents.push(name);
    this.value = '';
  }

  /** The tempo of a part's first bar counts wherever it stands. */
  #change(tempo: string): void {
    if (tempo === this.#tempo) return;
    this.#tempo = tempo;
    if (this.#parents.at(-1) === 'direction') {
      if (this.#position > 0) this.#within.add(this.#bar);
    } else if (this.#bars > 1 || this.#position > 0) {
      this.#passedOver.add(this.#bar);
    }
  }

  close(name: string): void {
    this.#parents.pop();
    const number = Number(this.value) || 0;
    this.value = '';
    if (name === 'duration') this.#duration = number;
    if (name === 'backup') this.#position -= this.#duration;
    if (name === 'forward' || (name === 'note' && !this.#isChord)) this.#position += this.#duration;
    if (name === 'chromatic') this.#semitones += number;
    if (name === 'octave-change') this.#semitones += 12 * number;
    if (name === 'transpose') this.#transpose();
  }

  #transpose(): void {
    if (this.#bars === 1) {
      this.#first = this.#semitones;
      return;
    }
    const above = this.#first - this.#semitones;
    if (above === 0) return;
    this.#exchanged.push(
      `from bar ${this.#bar} on a part is for an instrument in another key, which verovio does not read: ` +
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
    return [
      ...this.#exchanged,
      ...tempi(this.#within, 'a tempo that begins within a bar is taken for all of the bar'),
      ...tempi(this.#passedOver, 'a tempo in no direction is passed over by verovio'),
    ];
  }
}
