import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { wordsOfText } from '../../../experiments/ner/tagging.js';
import { omegaNames, type OmegaName } from '../../../index.js';
import type { ShownRun } from '../../shown.js';
import type { Address } from '../main.js';
import { fetchRun, fileOf } from '../recorded/source.js';
import type { TaggerAnswer, TaggerQuestion } from './questions.js';
import { TaggerPanel } from './tagger-panel.js';

/** More words than this at once take seconds. */
const mostWords = 400;
const best = 5;

/** What one panel shows. */
interface Panel {
  run: string;
  omega: OmegaName;
}

type Tagged = Extract<TaggerAnswer, { kind: 'tagged' }>;

/** A sentence tagged in the page by a run's model, under two Ω or by two runs. */
export function TaggerView({ address }: { address: Address }) {
  const run = address.words.get('run') ?? '';
  const other = address.words.get('with') ?? run;
  const [about, setAbout] = useState<ShownRun>();
  const [text, setText] = useState(address.words.get('text') ?? '');
  const [omegas, setOmegas] = useState<readonly OmegaName[]>(['negentropy', 'l2']);
  const [shown, setShown] = useState<readonly (Tagged | undefined)[]>([]);
  const [loading, setLoading] = useState<number>();
  const [error, setError] = useState<string>();
  const worker = useRef<Worker>(undefined);
  const turn = useRef(0);

  useEffect(() => {
    fetchRun(run).then(setAbout, (reason: Error) => setError(reason.message));
    return () => stop();
  }, [run]);

  const gamma = Number(about?.settings.find(([key]) => key === 'gamma')?.[1] ?? 1);
  const words = useMemo(() => wordsOfText(text).slice(0, mostWords), [text]);

  const stop = () => {
    worker.current?.terminate();
    worker.current = undefined;
    setLoading(undefined);
  };

  const take = ({ data }: MessageEvent<TaggerAnswer>) => {
    if (data.kind === 'loading') {
      setLoading(data.part);
      return;
    }
    // Of a sentence that was changed meanwhile nothing is shown.
    if (data.turn !== turn.current) return;
    setLoading(undefined);
    setError(data.kind === 'error' ? data.message : undefined);
    if (data.kind === 'tagged') {
      setShown((before) => [0, 1].map((side) => (side === data.side ? data : before[side])));
    }
  };

  const panels: readonly Panel[] = [
    { run, omega: omegas[0]! },
    { run: other, omega: omegas[1]! },
  ];
  useEffect(() => {
    if (!about || words.length === 0) return;
    const wait = setTimeout(() => {
      const link = new URLSearchParams({ run, ...(other !== run && { with: other }), text });
      history.replaceState(null, '', `#/tagger?${link.toString()}`);
      if (!worker.current) {
        worker.current = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
        worker.current.onmessage = take;
        worker.current.onerror = ({ message }) => setError(message || 'the worker cannot start');
        setLoading(0);
      }
      turn.current++;
      panels.forEach((panel, side) => {
        const question: TaggerQuestion = {
          ...{ turn: turn.current, side },
          files: {
            tagger: fileOf(panel.run, 'tagger.json'),
            numbers: fileOf(panel.run, 'best.bin'),
          },
          ...{ words, omega: panel.omega, gamma, k: best },
        };
        worker.current!.postMessage(question);
      });
    }, 150);
    return () => clearTimeout(wait);
  }, [about, words, omegas, other]);

  return (
    <>
      <h1>A tagger in this page</h1>
      <p class="about">
        The model of <bdi>{run || 'this run'}</bdi>
        {other === run ? (
          ''
        ) : (
          <>
            {' '}
            and of <bdi>{other}</bdi>
          </>
        )}
        : type a sentence, and see the probability of each tag at each word under two Ω. Everything
        is computed here.
      </p>
      {error !== undefined && <p role="alert">{error}</p>}
      <form class="controls" onSubmit={(event) => event.preventDefault()}>
        <label class="sentence">
          sentence
          <textarea
            dir="auto"
            rows={3}
            value={text}
            onInput={({ currentTarget }) => setText(currentTarget.value)}
          />
        </label>
        {loading !== undefined && (
          <>
            <label>
              loading the model
              <progress value={loading} max="1" />
            </label>
            <button type="button" onClick={stop}>
              Cancel
            </button>
          </>
        )}
      </form>
      <p class="quiet" role="status">
        {words.length} words
        {shown[0] &&
          `; tagged in ${Math.round(shown[0].milliseconds)} ms on ${shown[0].threads} threads`}
      </p>
      <div class="panels">
        {panels.map((panel, side) => (
          <TaggerPanel
            key={side}
            title={side === 0 ? 'A' : 'B'}
            omega={panel.omega}
            run={panel.run}
            shown={shown[side]}
            onOmega={(omega) =>
              setOmegas(omegas.map((before, at) => (at === side ? omega : before)))
            }
            omegas={omegaNames.filter((name) => name !== 'hard')}
          />
        ))}
      </div>
    </>
  );
}
