import { omegaNames } from './table.js';

/** The names of the regularisers that are strongly convex: with them expected paths have a derivative. */
export const smoothOmegaNames = omegaNames.filter((name) => name !== 'hard');
