import { cell, text } from '@observablehq/plot';
import { colours, drawSheet, headerHeight, margins, withoutMiddle, type Panel } from './sheet.js';

/** The marginals of one sentence under one Ω. */
export interface MarginalsPanel {
  title: string;
  words: readonly string[];
  tagNames: readonly string[];
  /** [words][tags], probabilities. */
  marginals: readonly (readonly number[])[];
}

/** Square of a word and a tag, in pixels. */
const square = 30;
const bottomMargin = 84;
/** Letters of a word and of a tag that are written. */
const mostLetters = { word: 16, tag: 40 } as const;

/**
 * The probability of each tag at each word, a panel for each Ω, one above the other. A square for
 * every tag that is possible, the darker the more probable; no square where the probability is
 * exactly 0. Tags that no panel finds probable anywhere are left out.
 *
 * Source: Mensch & Blondel 2018, figure of the supports of tagged sentences.
 *
 * @returns a standalone SVG document
 * @throws RangeError without a panel, or for a sentence without words
 */
export function drawMarginals(panels: readonly MarginalsPanel[]): string {
  const first = panels[0];
  if (!first || first.words.length === 0) {
    throw new RangeError('marginals are drawn of a sentence of at least one word');
  }
  const shown = first.tagNames.filter((name) =>
    panels.some(({ tagNames, marginals }) => {
      const tag = tagNames.indexOf(name);
      return tag >= 0 && marginals.some((row) => row[tag]! > 0.005);
    }),
  );
  const longest = shown.reduce((most, name) => Math.max(most, [...name].length), 0);
  const leftMargin = Math.max(76, 16 + 7 * Math.min(longest, mostLetters.tag));
  const width = Math.max(480, leftMargin + first.words.length * square + margins.marginRight);
  const height = margins.marginTop + shown.length * square + bottomMargin;
  return drawSheet({
    title: 'Probability of each tag at each word',
    description:
      'A square for every possible tag of a word, the darker the more probable; none where the ' +
      `probability is exactly 0. ${panels.map(({ title }) => title).join(', then ')}.`,
    width: width + 16,
    height: headerHeight.title + panels.length * height,
    panels: panels.map((panel, row): Panel => ({
      left: 0,
      top: headerHeight.title + row * height,
      title: panel.title,
      options: { width, height, ...panelOptions(panel, shown), marginLeft: leftMargin },
    })),
  });
}

function panelOptions({ words, tagNames, marginals }: MarginalsPanel, shown: readonly string[]) {
  const squares = words.flatMap((_, position) =>
    shown.flatMap((name) => {
      const probability = marginals[position]![tagNames.indexOf(name)] ?? 0;
      return probability > 0 ? [{ position, name, probability }] : [];
    }),
  );
  const options = { x: 'position', y: 'name' } as const;
  return {
    ...margins,
    marginBottom: bottomMargin,
    x: {
      type: 'band' as const,
      domain: words.map((_, position) => position),
      tickFormat: (position: number) => withoutMiddle(words[position]!, mostLetters.word),
      tickRotate: -40,
      label: null,
    },
    y: {
      type: 'band' as const,
      domain: shown,
      tickFormat: (name: string) => withoutMiddle(name, mostLetters.tag),
      label: null,
    },
    marks: [
      cell(squares, {
        ...options,
        fill: colours.blue,
        // Even the least probable tag is seen to be possible.
        fillOpacity: ({ probability }: { probability: number }) => 0.06 + 0.94 * probability,
        stroke: colours.blue,
        strokeOpacity: 0.35,
        inset: 1,
      }),
      text(
        squares.filter(({ probability }) => probability >= 0.005),
        {
          ...options,
          text: ({ probability }: { probability: number }) => percentText(probability),
          fill: 'currentColor',
          fontSize: 9,
        },
      ),
    ],
  };
}

const percentText = (probability: number) => String(Math.round(100 * probability));
