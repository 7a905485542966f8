import { useEffect, useMemo, useState } from 'preact/hooks';
import { mostFollowed, type RunList } from '../../shown.js';
import type { Address } from '../address.js';
import { chartsOf } from './charts.js';
import { CurveChart } from './curve-chart.js';
import { RunDetails } from './run-details.js';
import { RunTable } from './run-list.js';
import { fetchRuns, followCurves, type RunCurves } from './source.js';
import { SweepTable } from './sweep-table.js';
import { sweepsOf } from './sweeps.js';

/** How often the list is asked for again. */
const listMilliseconds = 4000;

/** When each of the runs last said something, and in what state it is. */
const progressOf = ({ runs }: RunList, chosen: readonly string[]) =>
  runs
    .filter(({ name }) => chosen.includes(name))
    .map((run) => (run.state === 'unreadable' ? run.problem : `${run.state} ${run.updated}`))
    .join('\n');

function stateText({ state, read }: RunCurves): string {
  // The server has no state of what is not there.
  if (state === '') return 'it is not there';
  return state ?? (read === undefined ? 'as exported' : `reading, ${Math.round(100 * read)} %`);
}

/** The runs of the folder: a list, and those that are chosen over each other. */
export function RunsView({ address }: { address: Address }) {
  const [list, setList] = useState<RunList>();
  const [error, setError] = useState<string>();
  const [known, setKnown] = useState<ReadonlyMap<string, RunCurves>>(new Map());
  const chosen = address.runs;
  const key = chosen.join('\n');
  const isExported = list?.exported === true;

  useEffect(() => {
    let timer: ReturnType<typeof setTimeout>;
    let isOver = false;
    const update = async () => {
      try {
        const found = document.hidden ? undefined : await fetchRuns();
        if (found) setList(found);
        setError(undefined);
        if (found?.exported) return;
      } catch (reason) {
        setError((reason as Error).message);
      }
      if (!isOver) timer = setTimeout(() => void update(), listMilliseconds);
    };
    void update();
    return () => {
      isOver = true;
      clearTimeout(timer);
    };
  }, []);

  useEffect(() => {
    setKnown(new Map());
    if (!list) return;
    return followCurves(chosen, isExported, (run, change) =>
      setKnown((before) => new Map(before).set(run, change(before.get(run)))),
    );
  }, [key, list !== undefined]);

  const choose = (runs: readonly string[]) => {
    const words = new URLSearchParams(runs.map((run) => ['run', run]));
    location.hash = runs.length > 0 ? `#/runs?${words.toString()}` : '#/runs';
  };
  // In the order in which they were chosen, whichever answered first.
  const shown = useMemo(
    () =>
      new Map(chosen.flatMap((run) => (known.has(run) ? [[run, known.get(run)!] as const] : []))),
    [key, known],
  );
  const charts = useMemo(() => chartsOf(shown), [shown]);
  const sweeps = useMemo(() => sweepsOf(list?.runs ?? []), [list]);
  const problem = error ?? list?.problem;
  return (
    <>
      <h1>Runs</h1>
      {problem !== undefined && <p role="alert">{problem}</p>}
      {!list && problem === undefined && <p role="status">Reading the folder …</p>}
      {list && !list.problem && list.runs.length === 0 && (
        <p>There are no runs in {list.folder}.</p>
      )}
      {list && list.runs.length + chosen.length > 0 && (
        <RunTable runs={list.runs} chosen={chosen} onChosen={choose} />
      )}
      {chosen.length > 0 && (
        <section aria-label="Curves">
          <h2>Curves</h2>
          {!isExported && chosen.length > mostFollowed && (
            <p>
              Of the first {mostFollowed} of {chosen.length} chosen runs: more cannot be told apart.
            </p>
          )}
          {[...shown].map(([run, curves]) => (
            <p class="quiet">
              <bdi>{run || 'this run'}</bdi>: {stateText(curves)}
              {curves.problem !== undefined && <span class="wrong">; {curves.problem}</span>}
            </p>
          ))}
          <div class="charts">
            {charts.map((chart) => (
              <CurveChart key={chart.measure} chart={chart} />
            ))}
          </div>
          {shown.size > 0 && charts.length === 0 && <p>Nothing has been measured yet.</p>}
        </section>
      )}
      {list && chosen.length > 0 && (
        <RunDetails
          key={key}
          // The table says which are not there.
          runs={chosen.filter((name) => list.runs.some((run) => run.name === name))}
          progress={progressOf(list, chosen)}
        />
      )}
      {sweeps.length > 0 && (
        <section aria-label="Sweeps">
          <h2>Sweeps</h2>
          {sweeps.map((sweep) => (
            <SweepTable key={sweep.name} sweep={sweep} />
          ))}
        </section>
      )}
    </>
  );
}
