import { smoothOmegaNames, type OmegaName } from '../dp/omega/index.js';
import { checkOneOf } from '../value-checks.js';

/** How scores become attention weights: a softmax, or the marginals of a chain of two states under Ω. */
export type AttentionKind = 'softmax' | `crf-${Exclude<OmegaName, 'hard'>}`;

/**
 * What a chain's state 'attend' scores: the score itself, or its odds against the other positions.
 *
 * @example
 * ```ts
 * import { attentionPotentials } from 'didyprog/layers';
 *
 * console.log(attentionPotentials.join()); // scores,odds
 * ```
 */
export const attentionPotentials = ['scores', 'odds'] as const;
/** 'scores' or 'odds'; see `attentionPotentials`. */
export type AttentionPotentials = (typeof attentionPotentials)[number];

/**
 * Every kind.
 *
 * @example
 * ```ts
 * import { attentionKinds } from 'didyprog/layers';
 *
 * console.log(attentionKinds.join()); // softmax,crf-negentropy,crf-l2,crf-entmax15
 * ```
 */
export const attentionKinds: AttentionKind[] = [
  'softmax',
  ...smoothOmegaNames.map((name): AttentionKind => `crf-${name}`),
];

/**
 * The Ω of a kind's chain; undefined for softmax.
 * @throws RangeError for a kind of another name
 *
 * @example
 * ```ts
 * import { omegaOf } from 'didyprog/layers';
 *
 * console.log(omegaOf('crf-l2'), omegaOf('softmax')); // l2 undefined
 * ```
 */
export function omegaOf(kind: AttentionKind): Exclude<OmegaName, 'hard'> | undefined {
  checkOneOf('kind', kind, attentionKinds);
  return smoothOmegaNames.find((name) => kind === `crf-${name}`);
}
