import { workerFault } from '../worker-fault.js';
import type { OmegaName } from '../../../index.js';
import type { Details, Frame } from './solve.js';

/** What the page asks its worker; `words` is the link of the problem, whatever its Ω and γ. */
export type Question = {
  id: number;
  words: string;
  omegas: readonly OmegaName[];
  gamma: number;
} & ({ kind: 'frame' } | { kind: 'details'; cell: number; k: number });

export type Answer = { id: number } & (
  | { kind: 'frame'; frames: readonly Frame[]; threads: number }
  | { kind: 'details'; details: readonly Details[] }
  | { kind: 'error'; message: string }
);

type Body = Question extends infer Q ? (Q extends Question ? Omit<Q, 'id'> : never) : never;

/**
 * Asks a worker, one question at a time: while it is at one, only the newest of each kind waits. Frames go
 * first, so that what is dragged moves.
 */
export class Asker {
  #worker: Worker | undefined;
  readonly #take: (answer: Answer) => void;
  #id = 0;
  #busy: Body['kind'] | undefined;
  readonly #waiting = new Map<Body['kind'], Body>();

  constructor(take: (answer: Answer) => void) {
    this.#take = take;
  }

  ask(question: Body): void {
    this.#waiting.set(question.kind, question);
    // Details may take seconds; what is dragged does not wait for them.
    if (question.kind === 'frame' && this.#busy === 'details') this.stop();
    this.#next();
  }

  /** Ends the work at hand: nobody wants it any more. */
  stop(): void {
    this.#worker?.terminate();
    this.#worker = undefined;
    this.#busy = undefined;
  }

  #next(): void {
    if (this.#busy !== undefined) return;
    const question = this.#waiting.get('frame') ?? this.#waiting.get('details');
    if (!question) return;
    this.#waiting.delete(question.kind);
    this.#busy = question.kind;
    this.#worker ??= this.#start();
    this.#worker.postMessage({ ...question, id: ++this.#id });
  }

  #start(): Worker {
    const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
    const done = (answer: Answer) => {
      if (worker !== this.#worker) return;
      this.#busy = undefined;
      this.#take(answer);
      this.#next();
    };
    worker.onmessage = ({ data }: MessageEvent<Answer>) => done(data);
    worker.onerror = (event) => {
      this.stop();
      this.#take({ id: this.#id, kind: 'error', message: workerFault(event) });
    };
    return worker;
  }
}
