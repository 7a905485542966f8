import { exitCodes } from '../errors.js';
import { writeMessage } from '../terminal.js';

/** A run that stopped because it was asked to, after saving. Exit code 130 or 143. */
export class Interrupted extends Error {
  override name = 'Interrupted';
  readonly exitCode: number;

  constructor(signal: 'SIGINT' | 'SIGTERM', message: string) {
    super(message);
    this.exitCode = signal === 'SIGINT' ? exitCodes.interrupted : exitCodes.terminated;
  }
}

/**
 * Runs `work` with a signal that aborts on Ctrl-C or SIGTERM; the work is expected to look at it at
 * points where it has saved, by `checkpoint()`, and to stop there. A second Ctrl-C ends the process
 * at once; a second SIGTERM does not, since a batch system and its script may both send one.
 */
export async function interruptible<T>(
  resumeHint: string,
  work: (interruption: Interruption) => Promise<T>,
): Promise<T> {
  const interruption = new Interruption(resumeHint);
  const stop = (signal: NodeJS.Signals) => {
    if (interruption.asked) {
      if (signal === 'SIGINT') process.exit(exitCodes.interrupted);
      return;
    }
    interruption.asked = signal === 'SIGINT' ? 'SIGINT' : 'SIGTERM';
    const again = signal === 'SIGINT' ? ' (Ctrl-C again to stop at once)' : '';
    writeMessage(`\nStopping at the next safe point${again} …\n`);
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  try {
    return await work(interruption);
  } finally {
    process.off('SIGINT', stop);
    process.off('SIGTERM', stop);
  }
}

/** Whether this run was asked to stop. */
export class Interruption {
  asked: 'SIGINT' | 'SIGTERM' | undefined;
  readonly #resumeHint: string;

  constructor(resumeHint: string) {
    this.#resumeHint = resumeHint;
  }

  /**
   * Call where stopping loses nothing. Gives the event loop a turn, so that a signal that came
   * during a long computation is seen.
   * @throws Interrupted when the run was asked to stop
   */
  async checkpoint(): Promise<void> {
    if (await this.requested()) this.stop();
  }

  /**
   * Whether the run was asked to stop: whoever calls this saves and then calls `stop`. Gives the
   * event loop a turn, so that a signal that came during a long computation is seen.
   */
  async requested(): Promise<boolean> {
    await new Promise((resolve) => setImmediate(resolve));
    return this.asked !== undefined;
  }

  /** @throws Interrupted when the run was asked to stop */
  stop(): void {
    if (this.asked) {
      throw new Interrupted(this.asked, `Stopped; what was done is saved. ${this.#resumeHint}`);
    }
  }
}
