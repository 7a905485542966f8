import { smoothOmegaNames, type OmegaName } from '../dp/omega/index.js';

/** How scores become attention weights: a softmax, or the marginals of a chain of two states under Ω. */
export type AttentionKind = 'softmax' | `crf-${Exclude<OmegaName, 'hard'>}`;

/** What a chain's state 'attend' scores: the score itself, or its odds against the other positions. */
export const attentionPotentials = ['scores', 'odds'] as const;
export type AttentionPotentials = (typeof attentionPotentials)[number];

/** Every kind. */
export const attentionKinds: AttentionKind[] = [
  'softmax',
  ...smoothOmegaNames.map((name): AttentionKind => `crf-${name}`),
];

/** The Ω of a kind's chain; undefined for softmax. */
export const omegaOf = (kind: AttentionKind) =>
  smoothOmegaNames.find((name) => kind === `crf-${name}`);
