import {
  mostFollowed,
  type CurvesUpdate,
  type ReadingProgress,
  type RunList,
  type ShownCurve,
  type ShownRun,
} from '../../shown.js';

/** Where the runs are: beside this page, on the local server or as files of an exported site. */
const at = (path: string) => new URL(`runs/${path}`, document.baseURI).href;

export const fileOf = (run: string, ...names: string[]) =>
  at(['at', ...run.split('/').filter(Boolean), ...names].map(encodeURIComponent).join('/'));

export const modelFilesOf = (run: string) => ({
  model: fileOf(run, 'page-model.json'),
  numbers: fileOf(run, 'best.bin'),
});

/**
 * Fetches something from where the page is.
 * @throws Error that says what is not there, or that nobody answers any more
 */
export async function fetchAnswer(address: string): Promise<Response> {
  const response = await fetch(address).catch(() => {
    throw new Error(
      'no answer: didyprog explore does not run any more, or the site is out of reach',
    );
  });
  if (response.ok) return response;
  // Our server says why in plain text; what other hosts say is a page.
  const isPlain = response.headers.get('content-type')?.startsWith('text/plain');
  const name = decodeURIComponent(address.split('/').slice(-2).join('/'));
  throw new Error(
    (isPlain && (await response.text()).trim()) || `${name} is not there (${response.status})`,
  );
}

async function fetchJson<T>(address: string): Promise<T> {
  const response = await fetchAnswer(address);
  return (await response.json()) as T;
}

export const fetchRuns = () => fetchJson<RunList>(at('index.json'));

export const fetchRun = (run: string) => fetchJson<ShownRun>(fileOf(run, 'run.json'));

export interface RunCurves {
  curves: ReadonlyMap<string, ShownCurve>;
  state?: string;
  problem?: string | undefined;
  /** The part of a long file that has been read. */
  read?: number | undefined;
}

type TakeCurves = (run: string, change: (before: RunCurves | undefined) => RunCurves) => void;

/**
 * Follows the curves of runs: on the local server as they grow, on an exported site as they were.
 * @returns what ends it
 */
export function followCurves(
  runs: readonly string[],
  isExported: boolean,
  take: TakeCurves,
): () => void {
  if (runs.length === 0) return () => undefined;
  if (isExported) {
    for (const run of runs) void takeOnce(run, take);
    return () => undefined;
  }
  let source: EventSource | undefined;
  // A browser has six connections to a server, for all of its tabs: one that nobody looks at leaves its own.
  const turn = () => {
    if (!document.hidden) source ??= openCurves(runs, take);
    else {
      source?.close();
      source = undefined;
    }
  };
  turn();
  document.addEventListener('visibilitychange', turn);
  return () => {
    document.removeEventListener('visibilitychange', turn);
    source?.close();
  };
}

/** Has the server send the curves: first all, then what changes. */
function openCurves(runs: readonly string[], take: TakeCurves): EventSource {
  // Of hundreds the address would be longer than a server takes.
  const words = new URLSearchParams(runs.slice(0, mostFollowed).map((run) => ['run', run]));
  const source = new EventSource(at(`live?${words.toString()}`));
  const dataOf = <T>(event: Event) => JSON.parse((event as MessageEvent<string>).data) as T;
  source.addEventListener('curves', (event) => {
    const { run, state, anew, problem, curves } = dataOf<CurvesUpdate>(event);
    take(run, (before) => {
      const known = new Map(anew ? [] : before?.curves);
      for (const curve of curves) known.set(curve.name, curve);
      return { curves: known, state, problem };
    });
  });
  source.addEventListener('progress', (event) => {
    const { run, read, size } = dataOf<ReadingProgress>(event);
    take(run, (before) => ({ ...before, curves: before?.curves ?? new Map(), read: read / size }));
  });
  return source;
}

async function takeOnce(run: string, take: TakeCurves) {
  try {
    const { curves, problem } = await fetchJson<{ curves: ShownCurve[]; problem?: string }>(
      fileOf(run, 'curves.json'),
    );
    take(run, () => ({ curves: new Map(curves.map((one) => [one.name, one])), problem }));
  } catch (error) {
    take(run, () => ({ curves: new Map(), problem: (error as Error).message }));
  }
}
