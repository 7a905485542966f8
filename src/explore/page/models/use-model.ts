import { useEffect, useRef, useState } from 'preact/hooks';
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
  error: string | undefined;
  /** Asks for every panel at once; answers to what was asked before are dropped. */
  ask(questions: readonly Question[]): void;
  stop(): void;
}

/** A worker that runs models for the panels of a view, ended with it. */
export function useModel(): ModelUse {
  const [found, setFound] = useState<readonly (Found | undefined)[]>([]);
  const [loading, setLoading] = useState<number>();
  const [error, setError] = useState<string>();
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
    if (answer.turn !== turn.current) return;
    setLoading(undefined);
    setError(answer.kind === 'error' ? answer.message : undefined);
    if (answer.kind === 'error') return;
    setFound((before) => {
      const after = [...before];
      after[answer.side] = answer;
      return after;
    });
  };

  const start = () => {
    const started = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
    started.onmessage = ({ data }: MessageEvent<ModelAnswer>) => take(data);
    started.onerror = ({ message }) => setError(message || 'the worker cannot start');
    setLoading(0);
    return started;
  };

  return {
    ...{ found, loading, error, stop },
    ask(questions) {
      turn.current++;
      worker.current ??= start();
      questions.forEach((question, side) =>
        worker.current!.postMessage({ ...question, turn: turn.current, side }),
      );
    },
  };
}
