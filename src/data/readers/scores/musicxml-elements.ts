import { Parser } from 'htmlparser2';

/** A reader of MusicXML that knows which bar and which moment of it is read. */
export class ElementReader {
  /** The text since the last tag. */
  value = '';
  /** The elements around what is read, the innermost last. */
  protected readonly parents: string[] = [];
  /** Bars of the part so far, and the name of the one that is read. */
  protected bars = 0;
  protected bar = '';
  /** Quarters from the beginning of the bar: where what is read begins, and the note before it. */
  protected position = 0;
  protected noteStart = 0;
  protected isChord = false;
  #divisions = 1;
  #duration = 0;

  open(name: string, attributes: Record<string, string>): void {
    if (name === 'part') [this.bars, this.#divisions] = [0, 1];
    if (name === 'measure') {
      this.bars++;
      [this.bar, this.position] = [attributes['number'] ?? `${this.bars}`, 0];
    }
    if (name === 'note') [this.isChord, this.#duration] = [false, 0];
    if (name === 'chord') this.isChord = true;
    this.parents.push(name);
    this.value = '';
  }

  /** @returns the number that the element holds, 0 for none */
  close(name: string): number {
    this.parents.pop();
    const number = Number(this.value) || 0;
    if (name === 'divisions' && number > 0) this.#divisions = number;
    if (name === 'duration') this.#duration = number / this.#divisions;
    if (name === 'backup') this.position -= this.#duration;
    if (name === 'forward') this.position += this.#duration;
    if (name === 'note' && !this.isChord) {
      this.noteStart = this.position;
      this.position += this.#duration;
    }
    this.value = '';
    return number;
  }
}

/** Has a reader take all of a text. @param text well-formed */
export function readElements(text: string, reader: ElementReader): void {
  const parser = new Parser(
    {
      onopentag: (name, attributes) => reader.open(name, attributes),
      ontext: (piece) => (reader.value += piece),
      onclosetag: (name) => reader.close(name),
    },
    { xmlMode: true },
  );
  parser.end(text);
}
