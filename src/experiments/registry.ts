import { UsageError } from '../errors.js';
import { quoted } from '../visible.js';
import { alignExperiment } from './align/experiment.js';
import { onsetsExperiment } from './align/onsets/experiment.js';
import { attentionExperiment } from './attention/experiment.js';
import { evaluate } from './evaluate.js';
import type { Experiment, UseCommand } from './experiment.js';
import { nerExperiment } from './ner/experiment.js';

/** Every experiment. docs/add-an-experiment.md says what a new one takes. */
export const experiments: Experiment[] = [
  alignExperiment,
  onsetsExperiment,
  nerExperiment,
  attentionExperiment,
];

/** What finished runs of several experiments can do. */
export const sharedCommands: readonly UseCommand[] = [evaluate];

/** The experiment that result.json calls so: one of another version may name any. */
export const findExperiment = (name: unknown): Experiment | undefined =>
  experiments.find((experiment) => experiment.name === name);

/**
 * The experiment of a name.
 * @throws UsageError that lists the names when there is none
 */
export function experimentNamed(name: string): Experiment {
  const found = findExperiment(name);
  if (found) return found;
  const names = experiments.map((experiment) => experiment.name).join(', ');
  throw new UsageError(`experiment: got ${quoted(name)}; it must be one of ${names}`);
}
