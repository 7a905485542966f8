import { useEffect, useRef, useState } from 'preact/hooks';
import { workerFault } from '../worker-fault.js';
import type { ModelAnswer, ModelQuestion, Tagged, Translated } from './questions.js';

type Found = Extract<ModelAnswer, Tagged | Translated>;
type Question = ModelQuestion extends infer Q
  ? Q extends ModelQuestion
    ? Omit<Q, 'turn' | 'side'>
    : never
  : never;

/** What a view needs of the worker that runs models. */
export interface ModelUse {
  /** The newest answer for each panel. */
  found: readonly (Found | undefined)[];
  /** The part of a model that has come; undefined while none is on its way. */
  loading: number | undefined;
  /** What went wrong, each once: of every panel, and of the worker. */
  errors: readonly string[];
  /** Asks for every panel at once; answers to what was asked before are dropped. */
  ask(questions: readonly Question[]): void;
  /** Forgets all answers, and those that are still to come. */
  clear(): void;
  stop(): void;
}

function withSide<T>(before: readonly T[], side: number, value: T): T[] {
  const after = [...before];
  after[side] = value;
  return after;
}

/** A worker that runs models for the panels of a view, ended with it. */
export function useModel(): ModelUse {
  const [found, setFound] = useState<readonly (Found | undefined)[]>([]);
  const [loading, setLoading] = useState<number>();
  const [errors, setErrors] = useState<readonly (string | undefined)[]>([]);
  const worker = useRef<Worker>(undefined);
  const turn = useRef(0);

  const stop = () => {
    worker.current?.terminate();
    worker.current = undefined;
    setLoading(undefined);
  };
  useEffect(() => stop, []);

  const take = (answer: ModelAnswer) => {
    if (answer.kind === 'loading') {
      setLoading(answer.part);
      return;
    }
    // Also to what is not wanted any more: the model is there, or cannot be had.
    setLoading(undefined);
    if (answer.turn !== turn.current) return;
    const { side } = answer;
    const isError = answer.kind === 'error';
    setErrors((before) => withSide(before, side, isError ? answer.message : undefined));
    setFound((before) => withSide(before, side, isError ? undefined : answer));
  };

  const start = () => {
    const started = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
    started.onmessage = ({ data }: MessageEvent<ModelAnswer>) => take(data);
    started.onerror = (event) => {
      stop();
      setErrors([workerFault(event)]);
    };
    setLoading(0);
    return started;
  };

  return {
    ...{ found, loading, stop },
    errors: [...new Set(errors.filter((one) => one !== undefined))],
    clear() {
      turn.current++;
      setFound([]);
      setErrors([]);
    },
    ask(questions) {
      turn.current++;
      worker.current ??= start();
      questions.forEach((question, side) =>
        worker.current!.postMessage({ ...question, turn: turn.current, side }),
      );
    },
  };
}
