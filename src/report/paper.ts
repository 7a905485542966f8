import type { MeanAndDeviation } from './table.js';

/** A row of a table that the paper prints; no deviation where it prints none. */
export interface PaperRow {
  test: MeanAndDeviation;
  training: MeanAndDeviation;
}

/** A table of the paper, to be set beside measured numbers. */
export interface PaperTable<Row extends string> {
  source: string;
  rows: Record<Row, PaperRow>;
}

/**
 * Audio-to-score alignment on Bach10, leave-one-out, as printed: the alignment error of the onsets
 * of test and training pieces under a linear model on the frames.
 */
export const paperAlign: PaperTable<'random' | 'nonStructured' | 'endToEnd'> = {
  source:
    'Mensch & Blondel, Differentiable Dynamic Programming for Structured Prediction and ' +
    'Attention, ICML 2018 (arXiv:1802.03676), table of audio-to-score alignment',
  rows: {
    random: { test: { mean: 14.64 }, training: { mean: 14.64 } },
    nonStructured: {
      test: { mean: 3.7, deviation: 2.85 },
      training: { mean: 1.8, deviation: 0.14 },
    },
    endToEnd: {
      test: { mean: 1.26, deviation: 0.64 },
      training: { mean: 0.17, deviation: 0.01 },
    },
  },
};
