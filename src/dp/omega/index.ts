export { smoothMax, smoothMaxProduct, type ArrayLikeOf, type MaxScores } from './smooth-max.js';
export { createSmoother } from './smoothers.js';
export { smoothOmegaNames } from './smooth-names.js';
export type { Regularizer } from './own.js';
export { omegaNames, type Omega, type OmegaName, type Smoothing } from './table.js';
export { tsallis } from './tsallis.js';
