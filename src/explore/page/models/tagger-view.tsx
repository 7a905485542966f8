import { useEffect, useMemo, useState } from 'preact/hooks';
import { counted } from '../../../counted.js';
import { wordsOfText } from '../../../experiments/ner/tagging.js';
import { omegaNames, type OmegaName } from '../../../index.js';
import { writeAddress, type Address } from '../address.js';
import { modelFilesOf } from '../recorded/source.js';
import { firstCharacters, SentenceForm } from './sentence-form.js';
import { TaggerPanel } from './tagger-panel.js';
import { useModel } from './use-model.js';

/** More words than this at once take seconds. */
const mostWords = 400;
/** Longer links cannot be opened, and one word may be a book. */
const mostCharacters = 20_000;
const best = 5;
/** Under hard no tag has a probability between. */
const choices = omegaNames.filter((name) => name !== 'hard');

/** The Ω of the panels A and B: those of a link, or the usual ones. */
const omegasOf = (words: URLSearchParams): readonly OmegaName[] =>
  (['negentropy', 'l2'] as const).map(
    (usual, side) => choices.find((name) => name === words.get(panelNames[side]!)) ?? usual,
  );
const panelNames = ['a', 'b'] as const;

/** A sentence tagged in the page by a run's model, under two Ω; or by two runs. */
export function TaggerView({ address }: { address: Address }) {
  const run = address.words.get('run') ?? '';
  const other = address.words.get('with') ?? run;
  const [whole, setText] = useState(address.words.get('text') ?? '');
  const text = firstCharacters(whole, mostCharacters);
  const [omegas, setOmegas] = useState(() => omegasOf(address.words));
  const use = useModel();
  const all = useMemo(() => wordsOfText(text), [text]);
  const words = useMemo(() => all.slice(0, mostWords), [all]);
  const panels = [
    { run, omega: omegas[0]! },
    { run: other, omega: omegas[1]! },
  ];

  // Another link was followed.
  useEffect(() => {
    setText(address.words.get('text') ?? '');
    setOmegas(omegasOf(address.words));
  }, [address]);
  useEffect(() => {
    const wait = setTimeout(() => {
      const [a, b] = omegas as [OmegaName, OmegaName];
      const link = new URLSearchParams({ run, ...(other !== run && { with: other }), a, b, text });
      writeAddress(`#/tagger?${link.toString()}`);
      if (words.length === 0) {
        use.clear();
        return;
      }
      use.ask(
        panels.map((panel) => ({
          ...{ kind: 'tag', files: modelFilesOf(panel.run) },
          ...{ words, omega: panel.omega, k: best },
        })),
      );
    }, 150);
    return () => clearTimeout(wait);
  }, [words, omegas, run, other]);

  const [first] = use.found;
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
      <SentenceForm text={whole} onText={setText} use={use} most={mostCharacters} />
      <p class="quiet" role="status">
        {counted(words.length, 'word')}
        {all.length > mostWords && `, the first of ${all.length}: more take too long`}
        {first && `; tagged in ${Math.round(first.milliseconds)} ms on ${first.threads} threads`}
      </p>
      <div class="panels">
        {panels.map((panel, side) => {
          const shown = use.found[side];
          return (
            <TaggerPanel
              key={side}
              title={side === 0 ? 'A' : 'B'}
              omega={panel.omega}
              shown={shown?.kind === 'tagged' ? shown : undefined}
              onOmega={(omega) =>
                setOmegas(omegas.map((before, at) => (at === side ? omega : before)))
              }
              omegas={choices}
            />
          );
        })}
      </div>
    </>
  );
}
