/** Milliseconds of calls before the other way is tried for the first time, and at most. */
const FIRST_MS = 100;
const MOST_MS = 3200;
/** Milliseconds at first that are not counted: code is compiled, memory is new and workers start. */
const SETTLING_MS = 100;
/** A trial lasts so long, and so many calls. */
const TRIAL_MS = 15;
const TRIAL_CALLS = 4;
/** The share of the time that trials may take. */
const TRIAL_SHARE = 0.05;
/** The other way is taken when its calls cost less than this share of the usual ones. */
const GAIN = 0.95;

/**
 * Whether a kernel is called with workers or by the calling thread alone, whichever is faster: beside other
 * busy processes a task waits for a worker that has no core, and that can take longer than without it. Both
 * are measured, in turns: mostly the one that was faster, and for some milliseconds now and then the other.
 * The longer one of them stays the faster, the less often the other is tried.
 */
export class Weighing {
  #alone = false;
  #isTrial = false;
  #settling = SETTLING_MS;
  #calls = 0;
  #milliseconds = 0;
  #work = 0;
  /** Milliseconds a unit of work, in the calls before the trial. */
  #usual = 0;
  /** Milliseconds of calls before the next trial. */
  #patience = FIRST_MS;

  /** Whether the next call is to be without workers. */
  get isAlone(): boolean {
    return this.#alone !== this.#isTrial;
  }

  /**
   * Takes notice of a call that was made as `isAlone` said.
   * @param work about how much the call does, in any unit: calls of different sizes are compared by it
   */
  add(milliseconds: number, work: number): void {
    if (this.#settling > 0) {
      this.#settling -= milliseconds;
      return;
    }
    this.#calls++;
    this.#milliseconds += milliseconds;
    this.#work += work;
    if (this.#calls < TRIAL_CALLS) return;
    const cost = this.#milliseconds / this.#work;
    if (this.#isTrial) {
      if (this.#milliseconds < TRIAL_MS) return;
      if (cost < GAIN * this.#usual) {
        this.#alone = !this.#alone;
        // Chance may have made it so: it is soon tried again.
        this.#patience = FIRST_MS;
      } else {
        // Where calls are long, a trial is: it is the rarer.
        const rare = this.#milliseconds / TRIAL_SHARE;
        this.#patience = Math.max(Math.min(MOST_MS, 2 * this.#patience), rare);
      }
    } else {
      if (this.#milliseconds < this.#patience) return;
      this.#usual = cost;
    }
    this.#isTrial = !this.#isTrial;
    [this.#calls, this.#milliseconds, this.#work] = [0, 0, 0];
  }
}
