import { describe, expect, it } from 'vitest';
import { attentionFigure } from './attention-figure.js';

const map = {
  source: ['un', '<chien>'],
  target: ['a', 'dog'],
  weights: [Float32Array.of(0.75, 0), Float32Array.of(0, 1), Float32Array.of(0.25, 0.5)],
};

describe('the figure of attention', () => {
  const svg = attentionFigure([
    { name: 'softmax', maps: [map] },
    { name: 'crf-l2', maps: [map] },
  ]);

  it('has a cell for each weight above 0, and none for an exact 0', () => {
    const opacities = [...svg.matchAll(/<rect[^>]*fill-opacity="([\d.]+)"/g)].map(([, o]) => +o!);
    // 0.04 + 0.96·weight, in two panels.
    const panel = [0.76, 1, 0.28, 0.52];
    expect(opacities.map((opacity) => Math.round(opacity * 100) / 100)).toEqual([
      ...panel,
      ...panel,
    ]);
  });

  it('names words, models and the end of the sentence, escaped', () => {
    for (const text of ['un', '&lt;chien&gt;', 'dog', '⏎', 'softmax', 'crf-l2']) {
      expect(svg).toContain(`>${text}<`);
    }
    expect(svg).not.toMatch(/NaN|undefined/);
  });

  it('refuses weights that do not fit the words', () => {
    const wrong = { ...map, source: ['un'] };
    expect(() => attentionFigure([{ name: 'm', maps: [wrong] }])).toThrow(
      'row 0 has 2 weights for 1 words',
    );
    expect(() =>
      attentionFigure([
        { name: 'a', maps: [map] },
        { name: 'b', maps: [] },
      ]),
    ).toThrow('b has 0 maps: a has 1');
  });
});
