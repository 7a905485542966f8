import { useEffect, useState } from 'preact/hooks';
import type { ModelKind, ShownRun } from '../../shown.js';
import { shortNumber } from '../numbers.js';
import { shortNames } from './charts.js';
import { fileOf, fetchRun } from './source.js';

const textOf = (value: unknown) =>
  value === undefined ? '–' : typeof value === 'string' ? value : JSON.stringify(value);

/** Rows of one key over the runs, those first that tell them apart. */
function rowsOf<T>(runs: readonly (readonly (readonly [string, T])[])[], onlyDiffering: boolean) {
  const maps = runs.map((entries) => new Map(entries));
  const keys = [...new Set(maps.flatMap((map) => [...map.keys()]))];
  return keys.flatMap((key) => {
    const values = maps.map((map) => map.get(key));
    const differs = values.some((value) => textOf(value) !== textOf(values[0]));
    return differs || !onlyDiffering ? [{ key, values }] : [];
  });
}

export interface RunDetailsProps {
  runs: readonly string[];
  /** How far the runs are; they are read again when it changes. */
  progress: string;
}

/** What is known of the chosen runs beside their curves. */
export function RunDetails({ runs, progress }: RunDetailsProps) {
  const [known, setKnown] = useState<readonly ShownRun[]>([]);
  const [problems, setProblems] = useState<readonly string[]>([]);
  useEffect(() => {
    let isOver = false;
    void Promise.allSettled(runs.map(fetchRun)).then((answers) => {
      if (isOver) return;
      setKnown(answers.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : [])));
      setProblems(
        answers.flatMap((one) =>
          one.status === 'rejected' ? [(one.reason as Error).message] : [],
        ),
      );
    });
    return () => {
      isOver = true;
    };
  }, [progress]);
  const single = known.length === 1 ? known[0] : undefined;
  return (
    <>
      {problems.map((problem) => (
        <p role="alert">{problem}</p>
      ))}
      {known.length > 0 && (
        <KeyTable
          title={single ? 'Settings' : 'Settings that differ'}
          file="config.yaml"
          runs={known}
          rows={rowsOf(
            known.map(({ settings }) => settings),
            !single,
          )}
          text={textOf}
        />
      )}
      {known.some(({ numbers }) => numbers.length > 0) && (
        <KeyTable
          title="Results"
          file="result.json"
          runs={known}
          rows={rowsOf(
            known.map(({ numbers }) => numbers),
            false,
          )}
          text={(value) => (value === undefined ? '–' : shortNumber(value))}
        />
      )}
      <ModelLinks runs={known} />
      {known.map((run) => (
        <RunFiles run={run} />
      ))}
    </>
  );
}

/** More rows than this nobody reads in a page. */
const mostRows = 200;

interface KeyTableProps<T> {
  title: string;
  /** Of the run: where all of them are. */
  file: string;
  runs: readonly ShownRun[];
  rows: readonly { key: string; values: readonly (T | undefined)[] }[];
  text(value: T | undefined): string;
}

function KeyTable<T>({ title, file, runs, rows, text }: KeyTableProps<T>) {
  if (rows.length === 0) return <p>{title}: none.</p>;
  const names = shortNames(runs.map(({ name }) => name));
  return (
    <section>
      <h2>{title}</h2>
      {rows.length > mostRows && (
        <p class="quiet">
          The first {mostRows}; the rest are in {file}.
        </p>
      )}
      <div class="wide" tabIndex={0} role="region" aria-label={title}>
        <table>
          <thead>
            <tr>
              <th scope="col">key</th>
              {runs.map(({ name }) => (
                <th scope="col">
                  <bdi>{runs.length === 1 ? 'value' : names.get(name)}</bdi>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.slice(0, mostRows).map(({ key, values }) => (
              <tr>
                <th scope="row">{key}</th>
                {values.map((value) => (
                  <td dir="auto">{text(value)}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

/** The way to the models of the chosen runs: those of one kind side by side. */
function ModelLinks({ runs }: { runs: readonly ShownRun[] }) {
  const of = (kind: ModelKind) =>
    runs.filter(({ model }) => model === kind).map(({ name }) => name);
  const [tagger, other] = of('tagger');
  const translators = of('translator').map((name) => ['run', name]);
  return (
    <>
      {tagger !== undefined && (
        <p>
          <a
            href={`#/tagger?${new URLSearchParams({ run: tagger, ...(other !== undefined && { with: other }) }).toString()}`}
          >
            Tag a sentence with its model
          </a>
        </p>
      )}
      {translators.length > 0 && (
        <p>
          <a href={`#/translator?${new URLSearchParams(translators).toString()}`}>
            Translate a sentence with its model
          </a>
        </p>
      )}
    </>
  );
}

/** The report, the figures and the log of a run. */
function RunFiles({ run }: { run: ShownRun }) {
  const { name, figures, log } = run;
  return (
    <section>
      <h2>
        <bdi>{name || 'This run'}</bdi>
      </h2>
      <p>
        <a href={fileOf(name, 'report.html')} target="_blank" rel="noreferrer">
          Open its report
        </a>
      </p>
      {figures.map((figure) => (
        <figure>
          <img
            src={fileOf(name, 'figures', figure)}
            alt={figure.replace(/\.svg$/, '')}
            loading="lazy"
          />
          <figcaption class="quiet">{figure}</figcaption>
        </figure>
      ))}
      {log.length > 0 && (
        <details>
          <summary>The last lines of its log</summary>
          <pre tabIndex={0}>{log.join('\n')}</pre>
        </details>
      )}
    </section>
  );
}
