/** Takes a message about doubtful input: it was read, but someone should look at it. */
export type Notify = (text: string) => void;

/** Collects what is doubtful in one file, each kind once, however many places have it. */
export class Notices {
  readonly #places = new Map<string, { first: number; count: number }>();

  /** @param byte where in the file, from 0 */
  add(kind: string, byte: number): void {
    const known = this.#places.get(kind);
    if (known) known.count++;
    else this.#places.set(kind, { first: byte, count: 1 });
  }

  /** Hands over one message a kind, in the order in which they were found. */
  send(path: string, notify: Notify): void {
    for (const [kind, { first, count }] of this.#places) {
      const more = count > 1 ? ` and at ${count - 1} more place${count > 2 ? 's' : ''}` : '';
      notify(`${path}: ${kind} (at byte ${first}${more})`);
    }
  }
}
