/** The frames of a drag by the page's own clock: those that come less than a quarter second apart. */
export class FrameClock {
  #times: number[] = [];

  tick(now: number): void {
    if (now - (this.#times.at(-1) ?? now) > 250) this.#times = [];
    this.#times.push(now);
  }

  /** Frames a second; undefined after fewer than ten. */
  rate(): number | undefined {
    const times = this.#times;
    if (times.length < 10) return undefined;
    return (1000 * (times.length - 1)) / (times.at(-1)! - times[0]!);
  }
}
