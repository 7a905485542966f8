/** The clock of a training: seconds over all its starts, and units a second of late. */
export class Pace {
  /** The seconds of earlier starts. */
  readonly before: number;
  readonly #started = performance.now();
  #lastSave = performance.now();
  #lastStep = performance.now();
  /** Units and seconds, both fading with the number of steps. */
  #units = 0;
  #time = 0;

  constructor({ seconds }: { seconds: number }) {
    this.before = seconds;
  }

  seconds(): number {
    return this.before + (performance.now() - this.#started) / 1000;
  }

  step(units: number): void {
    const now = performance.now();
    this.#units = this.#units * 0.98 + units;
    this.#time = this.#time * 0.98 + (now - this.#lastStep) / 1000;
    this.#lastStep = now;
  }

  get rate(): number {
    return this.#time > 0 ? this.#units / this.#time : 0;
  }

  saved(): void {
    this.#lastSave = performance.now();
    this.#lastStep = this.#lastSave;
  }

  secondsSinceSave(): number {
    return (performance.now() - this.#lastSave) / 1000;
  }
}
