import { entmax15 } from './entmax15.js';
import { hard } from './hard.js';
import { l2 } from './l2.js';
import { negentropy } from './negentropy.js';
import { own } from './own.js';
import type { Smoother } from './smoother.js';
import { byOmega, type OmegaName, type Smoothing } from './table.js';

/** The regularisers with their derivatives: apart from the table, for pages that need the maximum alone. */
const smoothers: Record<OmegaName, (gamma: number) => Smoother> = {
  negentropy,
  l2,
  entmax15,
  hard: () => hard,
};

/**
 * The smoother of Ω and γ.
 * @throws RangeError for a γ that is not a positive finite number or an unknown Ω
 */
export function createSmoother(smoothing: Smoothing): Smoother {
  return byOmega(smoothing, smoothers, own);
}
