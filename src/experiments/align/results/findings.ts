import { rowNames, type EndToEndConfig } from '../config.js';
import type { AlignResult, SummaryRow } from './result.js';
import { settingTitle } from './tables.js';

/** Test errors this many times those of training: what was learnt does not carry over. */
const overfitted = 3;

/**
 * What the runs of a page say, in sentences: what training through the alignment wins in each setting,
 * and where an untrained template is ahead of what was learnt.
 */
export const alignFindings = (results: readonly AlignResult[]): string[] =>
  results.flatMap((result) => [...won(result), ...againstTemplate(result)]);

/** What the trainings that start from the frame-wise one make of it. */
function won(result: AlignResult): string[] {
  const start = rowOf(result, rowNames.frameWise);
  const trained = result.config.endToEnd.filter(
    (setting) => setting.start === 'frame-wise' && rowOf(result, setting.name),
  );
  if (!start || trained.length === 0) return [];
  const parts = trained.map((setting) => {
    const row = rowOf(result, setting.name)!;
    const [better, folds] = betterFolds(result, setting);
    return `${seconds(row)} with ${setting.omega} (better in ${better} of ${folds} folds)`;
  });
  return [
    `${settingTitle(result.config)}: training through the alignment takes the mean absolute ` +
      `deviation of the piece left out from ${seconds(start)} of the frame-wise training to ` +
      `${parts.join(', ')}.`,
  ];
}

/** In how many folds a training is better than the one it starts from, and of how many. */
function betterFolds({ folds }: AlignResult, { name }: EndToEndConfig): [number, number] {
  const pairs = folds.flatMap(({ rows }) => {
    const [own, start] = [rows[name], rows[rowNames.frameWise]];
    return own && start ? [own.test.meanAbsolute - start.test.meanAbsolute] : [];
  });
  return [pairs.filter((difference) => difference < 0).length, pairs.length];
}

/** The template, which learns nothing, beside the best of the trained rows. */
function againstTemplate(result: AlignResult): string[] {
  const template = rowOf(result, rowNames.template);
  const untrained = Object.values<string>(rowNames).filter((name) => name !== rowNames.frameWise);
  const best = result.rows
    .filter(({ name }) => !untrained.includes(name))
    .reduce<SummaryRow | undefined>(
      (best, row) =>
        !best || row.test.meanAbsolute.mean < best.test.meanAbsolute.mean ? row : best,
      undefined,
    );
  if (!template || !best) return [];
  const ahead = template.test.meanAbsolute.mean < best.test.meanAbsolute.mean;
  const [test, training] = [best.test.rmse.mean, best.training.rmse.mean];
  const why =
    `RMSE of that row is ${training.toFixed(3)} s on the pieces it was trained on and ` +
    `${test.toFixed(3)} s on the piece left out`;
  return [
    `${settingTitle(result.config)}: the template, which is trained on nothing and reads pitches off ` +
      `a semitone spectrum, has ${seconds(template)}, ${ahead ? 'less' : 'more'} than the best ` +
      `trained row (${best.name}, ${seconds(best)}). The ${why}` +
      (ahead && test > overfitted * training ? `: ${notCarriedOver(result)}` : '.'),
  ];
}

/** Only of a spectrum smoothed over pitches is it a fact that they do not show. */
const notCarriedOver = ({ config: { features } }: AlignResult) =>
  features.kind === 'mfcc' || features.kind === 'mel'
    ? 'these features do not show pitches as such, and how to read them, learnt on so few pieces, does ' +
      'not carry over to another.'
    : 'what was learnt on so few pieces does not carry over to another.';

const rowOf = ({ rows }: AlignResult, wanted: string) => rows.find(({ name }) => name === wanted);

const seconds = ({ test }: SummaryRow) => `${test.meanAbsolute.mean.toFixed(3)} s`;
