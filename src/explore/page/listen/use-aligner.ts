import { workerFault } from '../worker-fault.js';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { AlignmentStep } from '../../../alignment/align-audio.js';
import { bytesOf } from '../file-input.js';
import { decodeRecording } from './decode.js';
import type { AlignAnswer, AlignQuestion, Heard } from './questions.js';

export type AlignState =
  | { kind: 'nothing' }
  | { kind: 'working'; step: AlignmentStep | 'the files' }
  | { kind: 'cancelled' }
  | { kind: 'error'; message: string }
  | ({ kind: 'heard'; recording: File } & Heard);

/** What was heard last: it is there again when the view is left and comes back. */
let heard: AlignState | undefined;

/** Aligns in a worker, which ends with the view and when it is cancelled. */
export function useAligner() {
  const [state, setState] = useState<AlignState>(heard ?? { kind: 'nothing' });
  const worker = useRef<Worker>(undefined);
  const turn = useRef(0);

  const end = () => {
    turn.current++;
    worker.current?.terminate();
    worker.current = undefined;
  };
  useEffect(() => end, []);

  async function align(recording: File, score: File): Promise<void> {
    end();
    heard = undefined;
    const own = turn.current;
    setState({ kind: 'working', step: 'the files' });
    const finish = (found: AlignState) => {
      if (turn.current !== own) return;
      end();
      if (found.kind === 'heard') heard = found;
      setState(found);
    };
    try {
      const bytes = await bytesOf(score);
      const decoded = await decodeRecording(recording);
      if (turn.current !== own) return;
      const started = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
      worker.current = started;
      started.onmessage = ({ data }: MessageEvent<AlignAnswer>) => {
        if (data.kind !== 'step') finish(data.kind === 'heard' ? { ...data, recording } : data);
        else if (turn.current === own) setState({ kind: 'working', step: data.step });
      };
      started.onerror = (event) => finish({ kind: 'error', message: workerFault(event) });
      const question: AlignQuestion = { recording: decoded, score: { bytes, path: score.name } };
      started.postMessage(question, [decoded.samples.buffer, bytes.buffer]);
    } catch (error) {
      finish({ kind: 'error', message: (error as Error).message });
    }
  }

  return {
    state,
    align,
    cancel() {
      end();
      setState({ kind: 'cancelled' });
    },
  };
}
