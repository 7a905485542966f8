import { ElementReader, readElements } from './musicxml-elements.js';

/** By the name of a bar: when notes begin in it, in quarters from its beginning. */
export type BarOnsets = ReadonlyMap<string, readonly number[]>;

/**
 * When notes begin in each bar of a MusicXML text by the durations that are for playing: verovio goes by
 * what is drawn, the notes' types, dots and tuplets. Grace notes and those after them, whose time these
 * take, do not count; nor do bars whose number a part has twice.
 * @param text well-formed
 */
export function writtenOnsets(text: string): BarOnsets {
  const reader = new OnsetReader();
  readElements(text, reader);
  return reader.onsets();
}

class OnsetReader extends ElementReader {
  readonly #onsets = new Map<string, Set<number>>();
  readonly #ambiguous = new Set<string>();
  #named = new Set<string>();
  /** The note that is read begins no sound at a moment of its own. */
  #isSilent = false;
  #isGrace = false;
  #afterGrace = false;

  override open(name: string, attributes: Record<string, string>): void {
    super.open(name, attributes);
    if (name === 'part') this.#named = new Set();
    if (name === 'measure') {
      if (attributes['number'] === undefined || this.#named.has(this.bar)) {
        this.#ambiguous.add(this.bar);
      }
      this.#named.add(this.bar);
    }
    if (name === 'note') [this.#isSilent, this.#isGrace] = [false, false];
    if (name === 'grace') this.#isGrace = true;
    const isTied = (name === 'tie' || name === 'tied') && attributes['type'] === 'stop';
    if (isTied || ['grace', 'cue', 'rest', 'unpitched'].includes(name)) this.#isSilent = true;
  }

  override close(name: string): number {
    const number = super.close(name);
    if (name === 'backup') this.#afterGrace = false;
    if (name !== 'note') return number;
    if (!this.#isSilent && !this.#afterGrace) {
      const onsets = this.#onsets.get(this.bar) ?? new Set();
      this.#onsets.set(this.bar, onsets.add(this.noteStart));
    }
    if (!this.isChord) this.#afterGrace = this.#isGrace;
    return number;
  }

  onsets(): BarOnsets {
    return new Map(
      [...this.#onsets].flatMap(([bar, onsets]) =>
        this.#ambiguous.has(bar) ? [] : [[bar, [...onsets]] as const],
      ),
    );
  }
}
