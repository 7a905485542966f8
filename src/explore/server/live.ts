import type { ServerResponse } from 'node:http';
import { mostFollowed, type CurvesUpdate, type ReadingProgress } from '../shown.js';
import { pageHeaders } from './guard.js';
import { MetricsFollower } from './metrics-follower.js';
import type { RunFolder } from './runs.js';

const pollMilliseconds = 500;

export const liveHeaders = {
  ...pageHeaders,
  'content-type': 'text/event-stream; charset=utf-8',
};

/** Sends the curves of runs as server-sent events, first all, then whatever changes. */
export async function sendLive(
  response: ServerResponse,
  runs: RunFolder,
  asked: readonly string[],
): Promise<void> {
  response.writeHead(200, liveHeaders);
  const send = (event: string, data: CurvesUpdate | ReadingProgress) => {
    response.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  };
  const isOpen = () => !response.destroyed && !response.writableEnded;
  const followed = asked.slice(0, mostFollowed).map((run) => new Followed(runs, run, send, isOpen));
  while (isOpen()) {
    // A reader that does not keep up gets the newest when it has caught up.
    if (!response.writableNeedDrain) {
      for (const one of followed) await one.follow();
    }
    await new Promise((resolve) => setTimeout(resolve, pollMilliseconds));
  }
}

class Followed {
  readonly #run: string;
  readonly #runs: RunFolder;
  readonly #send: (event: string, data: CurvesUpdate | ReadingProgress) => void;
  readonly #isOpen: () => boolean;
  readonly #follower: MetricsFollower;
  /** What was sent: the restarts so far, the points of each curve, the state. */
  #restarts = -1;
  #known = new Map<string, number>();
  #state = '';

  constructor(
    runs: RunFolder,
    run: string,
    send: (event: string, data: CurvesUpdate | ReadingProgress) => void,
    isOpen: () => boolean,
  ) {
    this.#runs = runs;
    this.#run = run;
    this.#send = send;
    this.#isOpen = isOpen;
    const names = run.split('/').filter(Boolean);
    this.#follower = new MetricsFollower(runs.root, [...names, 'metrics.jsonl']);
  }

  async follow(): Promise<void> {
    const follower = this.#follower;
    let told = performance.now();
    const progress = (read: number, size: number) => {
      if (performance.now() - told < 200) return;
      told = performance.now();
      this.#send('progress', { run: this.#run, read, size });
    };
    const { problem: before } = follower;
    const changed = await follower.update(progress, this.#isOpen);
    const state = await this.#runs.stateOf(this.#run);
    const isNew = this.#restarts !== follower.restarts;
    if (!changed && !isNew && state === this.#state && before === follower.problem) return;
    const curves = follower.curves.all(isNew ? undefined : this.#known);
    const { problem } = follower;
    this.#send('curves', { run: this.#run, state, anew: isNew, problem, curves });
    this.#restarts = follower.restarts;
    this.#known = follower.curves.counts();
    this.#state = state;
  }
}
