import type { OmegaName } from '../dp/omega/table.js';
import type { AttentionKind } from '../layers/attention-kind.js';
import type { ConllLanguage } from '../data/acquire/known-data.js';
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

/**
 * Named entity recognition, as printed: test F1 in per cent, by regulariser and loss. The paper calls
 * the convex loss 'surrogate' and the cost-sensitive one 'relaxed'.
 */
export const paperNer: {
  source: string;
  cells: Partial<Record<OmegaName, Record<'convex' | 'cost', Record<ConllLanguage, number>>>>;
  /** Lample et al. 2016, Neural Architectures for Named Entity Recognition, printed beside. */
  lample: Record<ConllLanguage, number>;
} = {
  source:
    'Mensch & Blondel, Differentiable Dynamic Programming for Structured Prediction and ' +
    'Attention, ICML 2018 (arXiv:1802.03676), table of named entity recognition',
  cells: {
    negentropy: {
      convex: { en: 90.8, es: 86.68, de: 77.35, nl: 87.56 },
      cost: { en: 90.47, es: 86.2, de: 77.56, nl: 87.37 },
    },
    l2: {
      convex: { en: 90.86, es: 85.51, de: 76.01, nl: 86.58 },
      cost: { en: 89.49, es: 84.07, de: 76.91, nl: 85.9 },
    },
  },
  lample: { en: 90.96, es: 85.75, de: 78.76, nl: 81.74 },
};

/** The attentions of the paper. */
type PaperKind = Extract<AttentionKind, 'softmax' | 'crf-negentropy' | 'crf-l2'>;

/** BLEU of the paper's attention models, one for each direction. */
export interface PaperAttention {
  source: string;
  rows: Record<PaperKind, Record<'fr-en' | 'en-fr', number>>;
}

/** Detokenised BLEU on newstest2014 of models trained on a million pairs of WMT14, as printed. */
export const paperAttention: PaperAttention = {
  source:
    'Mensch & Blondel, Differentiable Dynamic Programming for Structured Prediction and ' +
    'Attention, ICML 2018 (arXiv:1802.03676), table of attention models on WMT14 1M',
  rows: {
    softmax: { 'fr-en': 27.96, 'en-fr': 28.08 },
    'crf-negentropy': { 'fr-en': 27.96, 'en-fr': 27.98 },
    'crf-l2': { 'fr-en': 27.21, 'en-fr': 27.28 },
  },
};
