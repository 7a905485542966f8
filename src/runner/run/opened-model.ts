import { DataError } from '../../errors.js';
import { bestModelFile, readBestModel, type BestModel } from '../checkpoint/best-model.js';
import { shellCommand } from '../../shell-words.js';
import { notice } from '../notice.js';
import { failureFile, isRunDirectory, stateOf } from './recorded-run.js';

/**
 * The best model of a run, for a command that uses it. What is to be known about it is said: that it is
 * the spare, or that the training is not at its end, so that its numbers are not those of the run.
 * @param epochs of the training
 * @throws DataError when the run has no model yet
 * @throws CheckpointError when it is damaged
 */
export async function openBestModel(run: string, epochs: number): Promise<BestModel> {
  const model = await readBestModel(run);
  if (!model) throw await noModel(run);
  if (model.problem) notice(`${model.problem}; the spare is used`);
  // A model that was copied by itself does not say how its training went.
  const state = (await isRunDirectory(run)) ? await stateOf(run) : 'done';
  if (state !== 'done') {
    const how = state === 'running' ? 'is still running' : `is not done, it ${endings[state]}`;
    notice(
      `${run} ${how}: this is its best model so far, of epoch ${model.json.epoch} of ${epochs}`,
    );
  }
  return model;
}

const endings = { failed: 'failed', stopped: 'was stopped' } as const;

async function noModel(run: string): Promise<DataError> {
  const state = await stateOf(run);
  if (state === 'done') {
    return new DataError(
      `${run} is done, but its ${bestModelFile} is missing: copies that results --keep has made hold no ` +
        'model, the run itself does',
    );
  }
  const lacking = `${run} has no ${bestModelFile} yet`;
  if (state === 'running') return new DataError(`${lacking}: it is still in its first epoch`);
  const cause = state === 'failed' ? ` (${failureFile} says why)` : '';
  return new DataError(
    `${lacking}: it ${endings[state]} before its first epoch was finished${cause}; ` +
      `${shellCommand(['didyprog', 'resume', run])} goes on`,
  );
}
