import { dot, gridX, ruleY } from '@observablehq/plot';
import { groupBy } from '../group-by.js';
import { colours, drawSheet, headerHeight, margins, withoutMiddle, xAxis } from './sheet.js';

export interface ScoredRun {
  name: string;
  score: number;
}

const width = 760;
const lineHeight = 22;
/** Letters of a name that fit beside the axis. */
const mostLetters = 56;

const inMargin = (name: string) => withoutMiddle(name, mostLetters);

/**
 * One dot for each run on the axis of the score, in the runs' order; runs of one name in one row, with
 * their mean. A standalone SVG document.
 */
export function scoresFigure({
  runs,
  label,
}: {
  runs: readonly ScoredRun[];
  /** Name and unit of the score. */
  label: string;
}): string {
  const longest = runs.reduce((most, { name }) => Math.max(most, [...inMargin(name)].length), 0);
  const marginLeft = Math.min(360, 24 + 6 * longest);
  const groups = groupBy(runs, ({ name }) => name);
  const names = [...groups.keys()];
  const height = margins.marginBottom + 12 + lineHeight * names.length;
  const grouped = names.length < runs.length;
  const means = [...groups].map(([name, own]) => ({
    name,
    score: own.reduce((sum, { score }) => sum + score, 0) / own.length,
  }));
  return drawSheet({
    title: grouped ? `${label}; diamonds: the mean of each row` : `${label} of each run`,
    description: means.map(({ name, score }) => `${name}: ${score.toPrecision(4)}`).join('; '),
    width,
    height: headerHeight.title + height,
    panels: [
      {
        left: 0,
        top: headerHeight.title,
        options: {
          ...margins,
          marginTop: 8,
          marginLeft,
          width,
          height,
          x: { label, nice: true, ...xAxis },
          y: { label: null, type: 'point', domain: names, tickFormat: inMargin, tickSize: 0 },
          marks: [
            gridX({ strokeOpacity: 0.12 }),
            ruleY(names, { strokeOpacity: 0.12 }),
            dot(runs, {
              ...{ x: 'score', y: 'name', fill: colours.blue },
              ...(grouped ? { r: 3.5, fillOpacity: 0.55 } : { r: 5 }),
            }),
            ...(grouped
              ? [
                  dot(means, {
                    x: 'score',
                    y: 'name',
                    symbol: 'diamond',
                    fill: colours.red,
                    r: 5.5,
                  }),
                ]
              : []),
          ],
        },
      },
    ],
  });
}
