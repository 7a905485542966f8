/** How scores become attention weights: a softmax, or the marginals of a chain of two states under Ω. */
export const attentionKinds = ['softmax', 'crf-negentropy', 'crf-l2'] as const;

export type AttentionKind = (typeof attentionKinds)[number];
