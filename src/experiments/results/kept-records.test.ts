import {
  cpSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { recorded } from '../../../test/recorded.js';
import { temporaryFolder } from '../../../test/temporary-folder.js';
import { differencesOf } from './differences.js';
import { keepRun, keepSweep } from './kept-records.js';
import type { NerResult } from '../ner/result.js';
import { checkResults, publishRuns } from './results.js';
import { sentenceScoresText, sentencesHash } from './sentence-scores.js';

const folder = temporaryFolder('records');
const [one] = recorded<NerResult>('ner');
const two: NerResult = { ...one!, config: { ...one!.config, omega: 'l2' } };

/** A run that is done, with a model, steps in its metrics, and the scores of 40 sentences. */
function makeRun(path: string, result: NerResult, correct: number): string {
  mkdirSync(join(path, 'checkpoint'), { recursive: true });
  const counts = Array.from({ length: 40 }, (_, at) => [2, 2, at < correct ? 2 : 0]);
  const sentences = sentencesHash(['the same']);
  const files: Record<string, string> = {
    'config.yaml': `name: ner\nseed: ${result.config.seed}\nomega: ${result.config.omega}\n`,
    'result.json': JSON.stringify(result),
    'test-scores.json': sentenceScoresText([{ name: 'test F1', kind: 'F1', sentences, counts }]),
    'metrics.jsonl':
      '{"kind":"step","step":1,"loss":3}\n{"kind":"epoch","epoch":1,"score":7}\n{"kind":"st',
    'run.log': '2026-01-02T03:04:05.000Z started: didyprog train ner\n',
    'best.bin': 'a model',
    'checkpoint/latest.bin': 'a model',
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(path, name), text);
  return path;
}

it('what is kept of runs makes the same page, and the same test of significance', async () => {
  const results = join(folder, 'results');
  const paths = [
    makeRun(join(folder, 'runs/a'), one!, 9),
    makeRun(join(folder, 'runs/b'), two, 30),
  ];
  const [name] = (await publishRuns(paths, results, { keep: true })) as [string];
  const kept = ['a', 'b'].map((run) => join(results, 'records', name, run));
  const wanted = ['config.yaml', 'metrics.jsonl', 'result.json', 'run.log', 'test-scores.json'];
  for (const path of kept) expect(readdirSync(path).sort()).toEqual(wanted);
  expect(readFileSync(join(kept[0]!, 'metrics.jsonl'), 'utf8')).toBe(
    '{"kind":"epoch","epoch":1,"score":7}\n',
  );
  const compared = (runs: readonly string[]) =>
    differencesOf(runs.map((path, at) => ({ path, seed: 0, table: '', row: String(at) })));
  const before = await compared(paths);
  const blocked = join(folder, 'blocked');
  writeFileSync(blocked, '');
  await expect(keepRun(paths[0]!, join(blocked, 'a'))).rejects.toThrow(
    `cannot write ${join(blocked, 'a')}: a folder on the way to it is a file`,
  );
  renameSync(join(folder, 'runs'), join(folder, 'gone'));
  expect(await checkResults(results)).toEqual([{ name, state: 'agrees', details: [] }]);
  expect(await compared(kept)).toEqual(before);

  // Others join them: what is kept counts as a run.
  const third = makeRun(
    join(folder, 'later/c'),
    { ...one!, config: { ...one!.config, seed: 9 } },
    20,
  );
  await publishRuns([...kept, third], results, { keep: true });
  expect(readdirSync(join(results, 'records', name)).sort()).toEqual(['a', 'b', 'c']);
  expect((await checkResults(results)).map(({ state }) => state)).toEqual(['agrees']);

  // A page that is gone, as its runs are.
  const named = join(results, 'sources.json');
  writeFileSync(named, readFileSync(named, 'utf8').replace('{', '{"gone": ["runs/none"],'));
  expect((await checkResults(results))[0]).toMatchObject({
    ...{ name: 'gone', state: 'differs' },
    details: [
      expect.stringMatching(/^gone\.md is missing; sources\.json names it/),
      expect.anything(),
    ],
  });
});

it('a run of another config, or of the same name, does not take the place of one', async () => {
  const results = join(folder, 'other-results');
  const path = makeRun(join(folder, 'x/run'), one!, 9);
  const [name] = await publishRuns([path], results, { keep: true });
  const same = makeRun(join(folder, 'y/run'), two, 9);
  await expect(publishRuns([path, same], results, { keep: true })).rejects.toThrow(/have one name/);
  writeFileSync(join(same, 'config.yaml'), 'name: other\n');
  const page = () => readFileSync(join(results, `${name}.json`), 'utf8');
  const before = page();
  writeFileSync(join(same, 'result.json'), JSON.stringify(two));
  await expect(publishRuns([same], results, { keep: true })).rejects.toThrow(/another config/);
  expect(page()).toBe(before);
  const kept = join(results, 'records', name!, 'run/config.yaml');
  expect(readFileSync(kept, 'utf8')).toMatch(/^name: ner/);
});

it('a sweep is kept without the place of its data, and goes on from what is kept', async () => {
  const sweep = join(folder, 'sweeps/gammas');
  const cells = [1, 2].map((gamma) => ({
    ...{ name: `gamma=${gamma}`, values: { gamma }, config: { name: 'ner' } },
  }));
  makeRun(join(sweep, 'cells/gamma=1'), one!, 9);
  const about = {
    name: 'gammas',
    experiment: 'ner',
    dataFolder: '/home/me/data',
    command: 'sweep',
  };
  writeFileSync(join(sweep, 'sweep.json'), JSON.stringify({ ...about, slurm: {}, cells }));
  const results = join(folder, 'sweep-results');
  expect(await publishRuns([sweep], results, { keep: true })).toEqual(['gammas']);
  const kept = join(results, 'records/gammas');
  expect(readFileSync(join(kept, 'sweep.json'), 'utf8')).not.toContain('/home/me');
  expect(readdirSync(join(kept, 'cells'))).toEqual(['gamma=1']);
  expect((await checkResults(results)).map(({ state }) => state)).toEqual(['agrees']);
  const copy = join(folder, 'again');
  cpSync(kept, copy, { recursive: true });
  const { SweepDirectory } = await import('../../runner/sweep/sweep-directory.js');
  const states = (await (await SweepDirectory.open(copy)).status()).map(({ state }) => state);
  expect(states).toEqual(['done', 'waiting']);
});

it('what is kept of a sweep holds what the page of its cells reads', async () => {
  const sweep = join(folder, 'sweeps/kinds');
  const cells = [{ name: 'a', values: {}, config: { name: 'attention' } }];
  makeRun(join(sweep, 'cells/a'), one!, 9);
  writeFileSync(join(sweep, 'cells/a/attention-maps.json'), '[]');
  const about = { name: 'kinds', experiment: 'attention', dataFolder: 'data', command: 'sweep' };
  writeFileSync(join(sweep, 'sweep.json'), JSON.stringify({ ...about, slurm: {}, cells }));
  await keepSweep(sweep, join(folder, 'kinds'));
  expect(readdirSync(join(folder, 'kinds/cells/a'))).toContain('attention-maps.json');
});

it('a run that is named twice, or repeats another, is no further seed', async () => {
  const results = join(folder, 'once');
  const path = makeRun(join(folder, 'once-runs/a'), one!, 9);
  const called = { ...one!, config: { ...one!.config, name: 'called-otherwise' } };
  const again = makeRun(join(folder, 'once-runs/b'), called, 9);
  const seeded = { ...one!, config: { ...one!.config, seed: 9 } };
  const other = makeRun(join(folder, 'once-runs/c'), seeded, 9);
  symlinkSync(path, join(folder, 'link'));
  const named = [path, `${path}/`, join(folder, 'link'), again, other];
  const said: string[] = [];
  const options = { say: (text: string) => said.push(text) };
  const [name] = (await publishRuns(named, results, options)) as [string];
  expect(said).toEqual([
    `${path}/ is the same folder as ${path}, and counts once`,
    `${join(folder, 'link')} is the same folder as ${path}, and counts once`,
    expect.stringContaining(`${again} has the settings, the seed and the data of ${path}`),
  ]);
  const sources = JSON.parse(readFileSync(join(results, 'sources.json'), 'utf8')) as object;
  expect(sources).toEqual({ [name]: ['once-runs/a', 'once-runs/c'] });
  expect(JSON.parse(readFileSync(join(results, `${name}.json`), 'utf8'))).toHaveLength(2);
});
