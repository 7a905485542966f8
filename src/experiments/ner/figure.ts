import { omegaNames } from '../../dp/omega/table.js';
import { drawMarginals } from '../../report/figures/marginals-figure.js';
import type { NerConfig } from './config.js';
import type { TaggedText } from './tagging.js';

export interface TaggedPanel {
  config: NerConfig;
  tagNames: readonly string[];
  sentence: TaggedText;
}

/** Negentropy above l2, as in the paper's figure, whatever the order given. */
export function marginalsFigure(panels: readonly TaggedPanel[]): string {
  return drawMarginals(
    [...panels]
      .sort((a, b) => omegaNames.indexOf(a.config.omega) - omegaNames.indexOf(b.config.omega))
      .map(({ config: { omega, loss, gamma }, tagNames, sentence }) => ({
        title: `${omega}, γ ${gamma}, ${loss} loss`,
        words: sentence.words,
        tagNames,
        marginals: sentence.marginals,
      })),
  );
}
