import { useState } from 'preact/hooks';
import type { ListedRun } from '../../shown.js';
import { shortNumber } from '../numbers.js';

export interface RunListProps {
  runs: readonly ListedRun[];
  chosen: readonly string[];
  onChosen(runs: readonly string[]): void;
}

/** Rows that are shown at first, and again with each wish for more. */
const page = 100;

/** Every run that fits the words, each to be chosen. */
export function RunTable({ runs, chosen, onChosen }: RunListProps) {
  const [words, setWords] = useState('');
  const [count, setCount] = useState(page);
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
  const gone = chosen
    .filter((name) => !runs.some((run) => run.name === name))
    .map((name): ListedRun => ({ name, state: 'unreadable', problem: 'it is not there' }));
  const fitting = runs.filter((run) => {
    const text = `${run.name} ${run.state} ${run.state === 'unreadable' ? '' : run.kind}`;
    return wanted.every((word) => text.toLowerCase().includes(word));
  });
  const toggle = (name: string) =>
    onChosen(chosen.includes(name) ? chosen.filter((one) => one !== name) : [...chosen, name]);
  return (
    <>
      <div class="controls">
        <label>
          name, experiment or state
          <input
            type="search"
            value={words}
            onInput={({ currentTarget }) => setWords(currentTarget.value)}
          />
        </label>
        <p class="quiet" role="status">
          {fitting.length} of {runs.length} runs, {chosen.length} chosen
        </p>
      </div>
      <div class="wide" tabIndex={0} role="region" aria-label="Runs">
        <table class="runs">
          <thead>
            <tr>
              {['run', 'what', 'state', 'score', 'measure', 'started (UTC)'].map((name) => (
                <th scope="col">{name}</th>
              ))}
            </tr>
          </thead>
          <tbody>
            {[...gone, ...fitting.slice(0, count)].map((run) => (
              <tr>
                <th scope="row">
                  <label>
                    <input
                      type="checkbox"
                      checked={chosen.includes(run.name)}
                      disabled={run.state === 'unreadable' && !chosen.includes(run.name)}
                      onChange={() => toggle(run.name)}
                    />{' '}
                    <bdi>{run.name || '(this folder)'}</bdi>
                  </label>
                </th>
                {run.state === 'unreadable' ? (
                  <td colSpan={5}>cannot be read: {run.problem}</td>
                ) : (
                  <>
                    <td>{run.kind}</td>
                    <td>{run.state}</td>
                    <td class="number">{run.score ? shortNumber(run.score.value) : '–'}</td>
                    <td>{run.score?.name ?? ''}</td>
                    <td>{run.started?.slice(0, 16).replace('T', ' ') ?? ''}</td>
                  </>
                )}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {fitting.length > count && (
        <button type="button" onClick={() => setCount(count + page)}>
          Show {Math.min(page, fitting.length - count)} more
        </button>
      )}
    </>
  );
}
