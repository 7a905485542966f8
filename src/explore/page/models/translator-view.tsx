import { useEffect, useMemo, useState } from 'preact/hooks';
import { HeatMap } from '../heat-map.js';
import { writeAddress, type Address } from '../address.js';
import { NumberInput, usedNumber } from '../number-field.js';
import { ChartTable, percent } from '../numbers.js';
import { tableOf } from '../play/cells.js';
import { modelFilesOf } from '../recorded/source.js';
import type { Translated } from './questions.js';
import { firstCharacters, SentenceForm } from './sentence-form.js';
import { useModel } from './use-model.js';

/** More models than this are not side by side. */
const mostRuns = 3;
/** Longer sentences take minutes. */
const mostCharacters = 1000;
const beams = { least: 1, most: 10, step: 1 } as const;

/** The beam of a link; 1 where it has none that can be. */
const beamOf = (words: URLSearchParams) => usedNumber(words.get('beam') ?? '', beams) ?? 1;

/** A sentence translated in the page, by the models of up to three runs: each word and what it attended to. */
export function TranslatorView({ address }: { address: Address }) {
  const runs = address.runs.slice(0, mostRuns);
  const key = runs.join('\n');
  const [whole, setText] = useState(address.words.get('text') ?? '');
  const text = firstCharacters(whole, mostCharacters);
  const [beam, setBeam] = useState(() => beamOf(address.words));
  const use = useModel();
  // Another link was followed.
  useEffect(() => {
    setText(address.words.get('text') ?? '');
    setBeam(beamOf(address.words));
  }, [address]);
  useEffect(() => {
    const wait = setTimeout(() => {
      const link = new URLSearchParams(runs.map((run) => ['run', run]));
      if (beam !== 1) link.set('beam', String(beam));
      link.set('text', text);
      writeAddress(`#/translator?${link.toString()}`);
      if (text.trim() === '') {
        use.clear();
        return;
      }
      use.ask(runs.map((run) => ({ kind: 'translate', files: modelFilesOf(run), text, beam })));
    }, 400);
    return () => clearTimeout(wait);
  }, [text, key, beam]);
  return (
    <>
      <h1>A translator in this page</h1>
      <p class="about">
        Type a sentence: the map grows with each word of the translation, and shows what the word
        attended to. Everything is computed here.
      </p>
      <SentenceForm text={whole} onText={setText} use={use} most={mostCharacters} />
      <form class="controls" onSubmit={(event) => event.preventDefault()}>
        <label>
          beam
          <NumberInput label="beam" {...beams} value={beam} onValue={setBeam} />
        </label>
      </form>
      <div class="panels close">
        {runs.map((run, side) => {
          const shown = use.found[side];
          return (
            <TranslatorPanel
              key={run}
              run={run}
              shown={shown?.kind === 'translated' ? shown : undefined}
            />
          );
        })}
      </div>
    </>
  );
}

interface TranslatorPanelProps {
  run: string;
  shown: (Translated & { milliseconds: number }) | undefined;
}

function TranslatorPanel({ run, shown }: TranslatorPanelProps) {
  const [cell, setCell] = useState(0);
  const { values, axes } = useMemo(() => {
    const { tokens, sourceTokens, weights } = shown?.translation ?? empty;
    const rows = weights.map((_, at) => tokens[at] ?? '(end)');
    return {
      values: Float32Array.from(weights.flatMap((row) => [...row])),
      axes: { rows, cols: sourceTokens, row: 'word', col: 'from' },
    };
  }, [shown]);
  const chosen = Math.max(0, Math.min(cell, values.length - 1));
  const named = (at: number) =>
    `${axes.rows[Math.floor(at / axes.cols.length)]} from ${axes.cols[at % axes.cols.length]}: ${percent(values[at] ?? 0)}`;
  return (
    <section aria-label={run}>
      <h2>
        <bdi>{shown?.attention ?? run}</bdi>
      </h2>
      {shown && values.length > 0 && (
        <>
          <p class="translation" dir="auto" data-whole={shown.isWhole}>
            {shown.translation.text}
          </p>
          <HeatMap
            values={values}
            axes={axes}
            label={`Attention, ${shown.attention}`}
            cell={chosen}
            onCell={setCell}
            describe={named}
          />
          <p class="quiet">
            <bdi>{named(chosen)}</bdi>. {values.filter((weight) => weight > 0).length} of{' '}
            {values.length} weights are above 0; {Math.round(shown.milliseconds)} ms.
          </p>
          {axes.cols.length < shown.translation.sourceLength && (
            <p class="quiet">
              The first {axes.cols.length} of {shown.translation.sourceLength} tokens are
              translated: the run’s decoding.maximumLength allows no more.
            </p>
          )}
          <ChartTable caption="Attention" {...tableOf(axes, values, (value) => value.toFixed(3))} />
        </>
      )}
    </section>
  );
}

const empty = {
  tokens: [] as readonly string[],
  sourceTokens: [] as readonly string[],
  weights: [] as readonly Float32Array[],
};
