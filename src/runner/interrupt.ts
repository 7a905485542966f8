import { exitCodes } from '../errors.js';
import { dropFailingOutput, writeMessage } from '../terminal.js';

/** The signals that ask a run to save and stop, with the exit code after it. */
export const stopSignals = {
  /** Ctrl-C. */
  SIGINT: exitCodes.interrupted,
  /** What a batch system sends. */
  SIGTERM: exitCodes.terminated,
  /** The terminal or the connection is gone. */
  SIGHUP: exitCodes.hungUp,
} as const;

export type StopSignal = keyof typeof stopSignals;

/** Whether a process that ended so was asked to stop, and saved. */
export const isStopped = (exitCode: number | null) =>
  Object.values<number | null>(stopSignals).includes(exitCode);

/** A run that stopped because it was asked to, after saving. Exit code 129, 130 or 143. */
export class Interrupted extends Error {
  override name = 'Interrupted';
  readonly exitCode: number;
  readonly signal: StopSignal;

  constructor(signal: StopSignal, message: string) {
    super(message);
    this.signal = signal;
    this.exitCode = stopSignals[signal];
  }
}

/** Calls `stop` at each signal that asks to stop. @returns what ends that */
export function onStopSignal(stop: (signal: StopSignal) => void): () => void {
  const signals = Object.keys(stopSignals) as StopSignal[];
  for (const signal of signals) process.on(signal, stop);
  return () => {
    for (const signal of signals) process.off(signal, stop);
  };
}

/**
 * Runs `work` with a signal that aborts on Ctrl-C, SIGTERM or SIGHUP; the work is expected to look
 * at it at points where it has saved, by `checkpoint()`, and to stop there. A second Ctrl-C ends the
 * process at once; a second SIGTERM does not, since a batch system and its script may both send one.
 * Output that fails from now on is dropped: the work goes on.
 */
export async function interruptible<T>(
  resumeHint: string,
  work: (interruption: Interruption) => Promise<T>,
): Promise<T> {
  dropFailingOutput();
  const interruption = new Interruption(resumeHint);
  const restore = onStopSignal((signal) => {
    if (interruption.asked) {
      if (signal === 'SIGINT') process.exit(exitCodes.interrupted);
      return;
    }
    interruption.asked = signal;
    const again = signal === 'SIGINT' ? ' (Ctrl-C again to stop at once)' : '';
    writeMessage(`\nStopping at the next safe point${again} …\n`);
  });
  try {
    return await work(interruption);
  } finally {
    restore();
  }
}

export class Interruption {
  asked: StopSignal | undefined;
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
