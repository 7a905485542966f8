export {
  alignmentFigure,
  type AlignmentFigureOptions,
  type AlignmentPanel,
} from './alignment-figure.js';
export { curvesFigure, type Curve, type CurvesFigureOptions } from './curves-figure.js';
export { dagFigure } from './dag-figure.js';
export { excerptFigure, type ExcerptFigureOptions } from './excerpt-figure.js';
export { omegaFigure } from './omega-figure.js';
export { onsetFigure, type OnsetFigureOptions, type PlayedEvent } from './onset-figure.js';
export { scoresFigure, type ScoredRun } from './scores-figure.js';
