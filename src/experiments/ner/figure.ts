import { drawMarginals } from '../../report/marginals-figure.js';
import type { NerConfig } from './config.js';
import type { TaggedText } from './tagging.js';

/** A sentence as one tagger sees it. */
export interface TaggedPanel {
  config: NerConfig;
  tagNames: readonly string[];
  sentence: TaggedText;
}

/** Negentropy above l2, as in the paper's figure, whatever the order given. */
export function marginalsFigure(panels: readonly TaggedPanel[]): string {
  const order = ['negentropy', 'l2', 'hard'];
  return drawMarginals(
    [...panels]
      .sort((a, b) => order.indexOf(a.config.omega) - order.indexOf(b.config.omega))
      .map(({ config: { omega, loss, gamma }, tagNames, sentence }) => ({
        title: `${omega}, γ ${gamma}, ${loss} loss`,
        words: sentence.words,
        tagNames,
        marginals: sentence.marginals,
      })),
  );
}
