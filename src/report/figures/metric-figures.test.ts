import { describe, expect, it } from 'vitest';
import { metricFigures } from './metric-figures.js';

const epochs = (scores: readonly number[], more: object = {}) =>
  scores.map((score, index) => ({
    ...{ kind: 'epoch', epoch: index + 1, step: 10 * (index + 1), score, learningRate: 0.1 },
    ...more,
  }));
const titles = (figures: readonly { svg: string }[]) =>
  figures.map(({ svg }) => /<title>(.*?)<\/title>/.exec(svg)![1]);
const described = ({ svg }: { svg: string }) => /<desc>(.*?)<\/desc>/.exec(svg)![1];

describe('metricFigures', () => {
  it('draws what changes and is no count', () => {
    const figures = metricFigures([{ metrics: epochs([1, 2, 3], { seconds: 4 }) }]);
    expect(titles(figures)).toEqual(['score']);
  });

  it('puts folds of one curve, and seeds of one cell, under one name with their mean', () => {
    const folds = [1, 2].flatMap((fold) => epochs([fold, fold + 1], { fold, row: 'l2' }));
    const [figure] = metricFigures([{ metrics: folds }]);
    expect(figure!.caption).toContain('their mean');
    // Two thin lines and the mean.
    expect(figure!.svg.match(/class="line"/g)).toHaveLength(3);
    const cells = ['omega=l2,seed=0', 'omega=l2,seed=1', 'omega=hard,seed=0'];
    const [joint] = metricFigures(cells.map((name) => ({ name, metrics: epochs([1, 2]) })));
    expect(described(joint!)).toBe('score by step: omega=l2, omega=hard.');
  });

  it('shows the steps of one run, and only the epochs of several', () => {
    const metrics = [
      ...[3, 2].map((loss, index) => ({ kind: 'step', step: index + 1, loss })),
      { kind: 'epoch', step: 2, loss: 2.5 },
      { kind: 'epoch', step: 4, loss: 1.5 },
    ];
    expect(described(metricFigures([{ metrics }])[0]!)).toBe('loss by step: step, epoch.');
    const [joint] = metricFigures(['a', 'b'].map((name) => ({ name, metrics })));
    expect(described(joint!)).toBe('loss by step: a, b.');
  });

  it('takes a log scale for a loss that falls far, never for one that reaches 0', () => {
    const captions = (scores: readonly number[]) =>
      metricFigures([{ metrics: epochs(scores) }]).map(({ caption }) => caption);
    expect(captions([100, 1])).toEqual(['score by step, on a log scale.']);
    expect(captions([100, 0])).toEqual(['score by step.']);
  });
});
