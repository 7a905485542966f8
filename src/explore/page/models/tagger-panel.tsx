import { useMemo, useState } from 'preact/hooks';
import { convertTags } from '../../../data/readers/text/tag-scheme.js';
import { HeatMap } from '../heat-map.js';
import { ChartTable, percent } from '../numbers.js';
import { OmegaChoice, type OmegaChoiceProps } from '../omega-choice.js';
import { tableOf } from '../play/cells.js';
import type { Tagged } from './questions.js';

export interface TaggerPanelProps extends OmegaChoiceProps {
  shown: Tagged | undefined;
}

/** The tags of a sentence under one Ω: marginals, the best taggings. */
export function TaggerPanel(props: TaggerPanelProps) {
  const { title, omega, shown } = props;
  const [cell, setCell] = useState(0);
  const values = useMemo(() => {
    if (!shown) return undefined;
    const { marginals } = shown.text;
    return Float32Array.from(shown.tagNames.flatMap((_, tag) => marginals.map((own) => own[tag]!)));
  }, [shown]);
  const words = shown?.text.words ?? [];
  // As didyprog tag writes them; what is probable is a tag of the model, in IOBES.
  const tags = useMemo(() => convertTags(shown?.text.tags ?? [], 'IOB2'), [shown]);
  const tagNames = shown?.tagNames ?? [];
  const axes = { rows: tagNames, cols: words, row: 'tag', col: 'word' };
  const chosen = Math.min(cell, Math.max(0, (values?.length ?? 1) - 1));
  return (
    <section aria-label={`${title}: ${omega}`} data-side={title}>
      <OmegaChoice {...props} />
      {shown && values && (
        <>
          <p class="tagged" dir="auto">
            {words.map((word, at) => (
              <>
                <ruby class={tags[at] === 'O' ? 'outside' : 'inside'}>
                  {word}
                  {tags[at] !== 'O' && <rt>{tags[at]}</rt>}
                </ruby>{' '}
              </>
            ))}
          </p>
          <HeatMap
            values={values}
            axes={axes}
            label={`Probability of each tag, ${omega}`}
            cell={chosen}
            onCell={setCell}
            describe={(at) =>
              `${tagNames[Math.floor(at / words.length)]} at ${words[at % words.length]}: ${percent(values[at]!)}`
            }
          />
          <p class="quiet">
            {tagNames[Math.floor(chosen / words.length)]} at{' '}
            <bdi>{words[chosen % words.length]}</bdi>: <b>{percent(values[chosen]!)}</b>.{' '}
            {values.filter((probability) => probability > 0).length} of {values.length} are above 0.
          </p>
          <ChartTable
            caption="Probabilities"
            {...tableOf(axes, values, (value) => value.toFixed(3))}
          />
          <h3>
            {shown.text.wholeSupport
              ? `All ${shown.text.best.length} taggings that have a probability`
              : `The ${shown.text.best.length} most probable taggings`}
          </h3>
          <ol class="paths">
            {shown.text.best.map(({ tags, probability }) => (
              <li>
                <span data-probability={probability}>{percent(probability)}</span>{' '}
                <code>{convertTags(tags, 'IOB2').join(' ')}</code>
              </li>
            ))}
          </ol>
        </>
      )}
    </section>
  );
}
