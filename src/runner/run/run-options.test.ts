import { mkdir, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { stringify } from 'yaml';
import { z } from 'zod';
import { DataError, UsageError } from '../../errors.js';
import { configHash } from '../config/config.js';
import { fingerprintSchema } from './data-files.js';
import { Interrupted } from '../interrupt.js';
import { silenceProgress } from '../quiet.js';
import { readRun } from './recorded-run.js';
import { stretchSchema, stretchesOf, type Stretch } from './provenance.js';
import { RunLock } from './run-lock.js';
import { inRunDirectory, type RunOptions, type RunParts } from './run-options.js';

silenceProgress();
let folder: string;
let data: string;
let out: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'didyprog-run-'));
  data = join(folder, 'data');
  out = join(folder, 'run');
  await mkdir(join(data, 'set'), { recursive: true });
  await writeFile(join(data, 'set', 'train'), 'one');
  await writeFile(join(data, 'set', 'test'), 'two');
});
afterEach(() => rm(folder, { recursive: true }));

interface Config {
  seed: number;
  rate?: number;
  epochs?: number;
}

const config: Config = { seed: 3 };
const resultSchema = z.object({
  config: z.unknown(),
  provenance: z.array(stretchSchema),
  files: z.array(fingerprintSchema),
});
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

/** A run that reads two files, and is cut short unless it is to be finished. */
function start(
  how: 'finish' | 'cut',
  {
    config: own = config,
    mayDiffer,
    onLoad,
    ...options
  }: Partial<RunOptions> & {
    config?: Config;
    mayDiffer?: RunParts<string, object>['mayDiffer'];
    onLoad?: () => Promise<unknown>;
  } = {},
) {
  return inRunDirectory<{ provenance: Stretch[]; files: object[] }, string>(
    own,
    {
      ...{
        out,
        dataFolder: data,
        resume: true,
        startEngine: () => Promise.resolve('cpu 1'),
        command: `didyprog ${how}`,
      },
      ...options,
    },
    {
      ...(mayDiffer && { mayDiffer }),
      load: async (files) => {
        await onLoad?.();
        const names = ['train', 'test'].map((use) =>
          files.note(join(files.folder, 'set', use), use),
        );
        return readFile(names[0]!, 'utf8');
      },
      work: async (text, { directory, provenance, data }) => {
        await directory.write('lexicon.json', JSON.stringify(text));
        await directory.write('checkpoint/latest.bin', '');
        await provenance.save({ steps: how === 'finish' ? 9 : 4 });
        if (how === 'cut') throw new Interrupted('SIGTERM', 'saved');
        const result = { config: own, provenance: provenance.stretches, files: data };
        await directory.write('result.json', JSON.stringify(result));
        return result;
      },
      done: { file: 'result.json', read: (value) => resultSchema.parse(value) },
    },
  );
}

/** Every file of the run directory: what it holds and when it was written. */
async function everything() {
  const names = (await readdir(out, { recursive: true })).sort();
  const entries = names.map(async (name) => {
    const path = join(out, name);
    const { mtimeMs } = await stat(path);
    return [name, mtimeMs, await readFile(path, 'utf8').catch(() => '')];
  });
  return Promise.all(entries);
}

it('says what to do where the data of a run that goes on has moved', async () => {
  const gone = () => Promise.reject(new DataError('there is no file'));
  await expect(start('finish', { onLoad: gone })).rejects.toThrow(/^there is no file$/);
  await start('cut').catch(() => undefined);
  await expect(start('finish', { onLoad: gone })).rejects.toThrow(
    /^there is no file\. .* was begun with this data: where it has moved, --data names/,
  );
});

it('says that another process is at work before it reads the data', async () => {
  await start('cut').catch(() => undefined);
  const lock = await RunLock.acquire(join(out, 'lock'));
  const onLoad = vi.fn(() => Promise.resolve());
  await expect(start('finish', { onLoad })).rejects.toThrow(`at work in ${out}: process`);
  expect(onLoad).not.toHaveBeenCalled();
  await lock.release();
});

it('records each data file with its SHA-256, by its name below the data folder', async () => {
  const { files } = await start('finish');
  const expected = [
    { use: 'test', name: 'set/test', bytes: 3, sha256: sha256('two') },
    { use: 'train', name: 'set/train', bytes: 3, sha256: sha256('one') },
  ];
  expect(files).toEqual(expected);
  expect(JSON.parse(await readFile(join(out, 'data.json'), 'utf8'))).toEqual(expected);
});

it('a stretch is added for each start, and earlier ones stay as they are', async () => {
  await expect(start('cut')).rejects.toThrow(Interrupted);
  const first = JSON.parse(await readFile(join(out, 'provenance.json'), 'utf8')) as Stretch[];
  expect(first).toHaveLength(1);
  const { provenance } = await start('finish', { startEngine: () => Promise.resolve('wasm 2') });
  expect(provenance[0]).toEqual(first[0]);
  expect(provenance.map(({ command, engine, reached }) => [command, engine, reached])).toEqual([
    ['didyprog cut', 'cpu 1', { steps: 4 }],
    ['didyprog finish', 'wasm 2', { steps: 9 }],
  ]);
  for (const { startedAt, endedAt, cores, commit } of provenance) {
    expect(Date.parse(startedAt!)).toBeLessThanOrEqual(Date.parse(endedAt!));
    expect(cores).toBeGreaterThan(0);
    expect(commit).toMatch(/^([0-9a-f]{12}(\+changes)?|unknown)$/);
  }
});

it('a finished run is left as it is, and its result is given again', async () => {
  const result = await start('finish');
  const before = await everything();
  const again = await start('finish', { command: 'didyprog again' });
  expect(again).toEqual(JSON.parse(JSON.stringify(result)));
  // Nothing of its data is needed.
  await rm(data, { recursive: true });
  await start('finish');
  expect(await everything()).toEqual(before);
  await expect(start('finish', { resume: false })).rejects.toThrow(UsageError);
  expect(await everything()).toEqual(before);
});

it('other data at a resume is an error of both sums, and nothing is written', async () => {
  await expect(start('cut')).rejects.toThrow(Interrupted);
  const before = await everything();
  await writeFile(join(data, 'set', 'test'), 'TWO');
  const changed = await start('finish').catch((error: unknown) => error as Error);
  expect(changed).toBeInstanceOf(DataError);
  for (const part of ['set/test', sha256('two'), sha256('TWO')]) {
    expect((changed as Error).message).toContain(part);
  }
  // Of the same size and time, as a copy may be; and the two files in each other's place.
  await writeFile(join(data, 'set', 'test'), 'one');
  await writeFile(join(data, 'set', 'train'), 'two');
  await expect(start('finish')).rejects.toThrow(sha256('one'));
  await rm(join(data, 'set', 'test'));
  await expect(start('finish')).rejects.toThrow(DataError);
  expect(await everything()).toEqual(before);
});

it('the same data elsewhere is the same data', async () => {
  await expect(start('cut')).rejects.toThrow(Interrupted);
  const moved = join(folder, 'moved');
  await mkdir(join(moved, 'set'), { recursive: true });
  for (const [name, text] of [
    ['train', 'one'],
    ['test', 'two'],
  ] as const) {
    await writeFile(join(moved, 'set', name), text);
  }
  expect((await start('finish', { dataFolder: moved })).provenance).toHaveLength(2);
});

it('missing data leaves no run directory', async () => {
  await rm(join(data, 'set', 'train'));
  await expect(start('finish')).rejects.toThrow();
  await expect(stat(out)).rejects.toThrow('ENOENT');
});

it('a run of version 0.1.0 goes on, and its starts are those of its log', async () => {
  await expect(start('cut')).rejects.toThrow(Interrupted);
  await rm(join(out, 'data.json'));
  await rm(join(out, 'provenance.json'));
  const log = '2026-01-02T03:04:05.678Z started: didyprog train ner; engine cpu 4.22.0\n';
  await writeFile(join(out, 'run.log'), log);
  const { provenance } = await start('finish');
  expect(provenance).toHaveLength(2);
  expect(provenance[0]).toEqual({
    command: 'didyprog train ner',
    startedAt: '2026-01-02T03:04:05.678Z',
    engine: 'cpu 4.22.0',
  });
  expect(await readFile(join(out, 'run.log'), 'utf8')).toContain('has no fingerprints');
  expect(JSON.parse(await readFile(join(out, 'data.json'), 'utf8'))).toHaveLength(2);
});

it('a damaged provenance.json or data.json is said', async () => {
  await expect(start('cut')).rejects.toThrow(Interrupted);
  await writeFile(join(out, 'provenance.json'), '[{"command":');
  await expect(start('cut')).rejects.toThrow(Interrupted);
  expect(await readFile(join(out, 'run.log'), 'utf8')).toContain('was damaged');
  await writeFile(join(out, 'data.json'), '[{"use":"train"}]');
  await expect(start('finish')).rejects.toThrow(/data\.json: expected the fingerprints/);
});

it('the one provenance of version 0.1.0 is read as one stretch', () => {
  const old = { command: 'didyprog align bach10', engine: 'wasm 4.22.0', cores: 2, seed: 0 };
  expect(stretchesOf(old)).toEqual([old]);
  expect(stretchesOf([old, old])).toEqual([old, old]);
  expect(stretchesOf(undefined)).toEqual([]);
  expect(stretchesOf('x')).toEqual([]);
});

it('a cell of a sweep keeps the settings of the sweep, a run beside them need not', async () => {
  const slurm = { setup: [], warningSeconds: 120 };
  const cells = [{ name: 'a=1', values: { a: 1 }, config: { seed: 3 } }];
  await writeFile(
    join(folder, 'sweep.json'),
    JSON.stringify({ name: 's', experiment: 'x', dataFolder: data, command: 'c', slurm, cells }),
  );
  const mayDiffer = () => true as const;
  const cell = { out: join(folder, 'cells', 'a=1'), mayDiffer };
  const other = { out: join(folder, 'cells', 'b'), mayDiffer };
  for (const options of [cell, other]) {
    await start('finish', { ...options, config: { seed: 3, epochs: 1 } });
  }
  const longer = { seed: 3, epochs: 2 };
  await expect(start('finish', { ...cell, config: longer })).rejects.toThrow(
    `epochs is 1 there and 2 now (the run is a cell of the sweep ${folder}, whose file says it)`,
  );
  await start('finish', { ...other, config: longer });
});

describe('a config.yaml that was edited since the run started', () => {
  const edited = { seed: 3, rate: 2, epochs: 1 };
  const begun = { seed: 3, rate: 1, epochs: 1 };
  const edit = (text: string) => writeFile(join(out, 'config.yaml'), text);

  it.each(['cut', 'finish'] as const)('is refused by its key, nothing written: %s', async (how) => {
    await start(how, { config: begun }).catch(() => undefined);
    await edit(stringify(edited));
    const before = await everything();
    const error = await start('finish', { config: edited }).catch(
      (error: unknown) => error as Error,
    );
    expect(error).toBeInstanceOf(UsageError);
    expect((error as Error).message).toContain('config.yaml was changed since the run started');
    expect((error as Error).message).toContain('rate was 1 and is 2; put it back');
    expect(await everything()).toEqual(before);
  });

  it('is refused by its hash where only that is known, but not for a comment', async () => {
    await start('cut', { config: begun }).catch(() => undefined);
    await writeFile(join(out, 'resume.json'), '{"dataFolder":"x"}');
    await edit(stringify(edited));
    await expect(start('finish', { config: edited })).rejects.toThrow(
      `its hash was ${configHash(begun)} and is ${configHash(edited)}`,
    );
    await edit(`# mine\n${stringify(begun)}`);
    await start('finish', { config: begun });
  });

  it('may have what may change when a run goes on', async () => {
    const mayDiffer: RunParts<string, object>['mayDiffer'] = (key, before, now) =>
      key !== 'epochs' ? undefined : Number(now) > Number(before) || 'not to fewer';
    for (const how of ['cut', 'finish'] as const) {
      await rm(out, { recursive: true, force: true });
      await start(how, { config: begun }).catch(() => undefined);
      await edit(stringify({ ...begun, epochs: 0 }));
      await expect(start('finish', { config: { ...begun, epochs: 0 }, mayDiffer })).rejects.toThrow(
        'epochs was 1 and is 0 (not to fewer)',
      );
      await edit(stringify({ ...begun, epochs: 5 }));
      await start('finish', { config: { ...begun, epochs: 5 }, mayDiffer });
    }
  });

  it('of version 0.1.0, which kept no hash, is taken as it is', async () => {
    await start('cut', { config: begun }).catch(() => undefined);
    for (const name of ['resume.json', 'provenance.json']) await rm(join(out, name));
    await edit(stringify(edited));
    await start('finish', { config: edited });
  });
});

it('a run that another process finishes while this one reads the data stays as it is', async () => {
  await expect(start('cut')).rejects.toThrow(Interrupted);
  let finished: Awaited<ReturnType<typeof everything>> = [];
  const { provenance } = await start('finish', {
    onLoad: async () => {
      await start('finish');
      finished = await everything();
    },
  });
  expect(provenance).toHaveLength(2);
  const kept = ([name]: (typeof finished)[number]) => !/^(config\.yaml|lock)$/.test(String(name));
  expect((await everything()).filter(kept)).toEqual(finished.filter(kept));
});

it('a damaged result.json or data.json says the way on', async () => {
  await start('finish');
  await writeFile(join(out, 'result.json'), '{"config":');
  const again =
    /result\.json: not valid JSON.*moved away, didyprog resume \S+ makes it again from the checkpoint/;
  await expect(start('finish')).rejects.toThrow(again);
  await expect(readRun(out)).rejects.toThrow(again);
  await rm(join(out, 'checkpoint', 'latest.bin'));
  await expect(start('finish')).rejects.toThrow('no checkpoint to make it again from');
  await writeFile(join(out, 'checkpoint', 'latest.bin'), '');
  await rm(join(out, 'result.json'));
  await writeFile(join(out, 'data.json'), '[{"use":');
  await expect(start('finish')).rejects.toThrow(/data\.json: not valid JSON.*moved away the run/);
  await rm(join(out, 'data.json'));
  await start('finish');
});

describe('a run whose checkpoint is gone', () => {
  const begun = { seed: 3, epochs: 1 };
  const more = { config: { seed: 3, epochs: 2 }, mayDiffer: () => true as const };

  it.each([
    ['cut', { config: begun }, 'had saved its work (steps 4)'],
    ['finish', more, 'had saved its work (steps 9)'],
  ] as const)('does not start from scratch, and stays as it is: %s', async (how, again, said) => {
    await start(how, { config: begun }).catch(() => undefined);
    await rm(join(out, 'checkpoint', 'latest.bin'));
    // Not what a run goes on from.
    await writeFile(join(out, 'checkpoint', 'best.bin'), '');
    await writeFile(join(out, 'checkpoint', 'latest.damaged'), '');
    const before = await everything();
    const error = await start('finish', again).catch((error: unknown) => error as Error);
    expect(error).toBeInstanceOf(DataError);
    expect((error as Error).message).toContain(
      `${join(out, 'checkpoint', 'latest.bin')} is missing: the run ${said}`,
    );
    expect(await everything()).toEqual(before);
  });

  it('is known as done without its provenance, and as new where nothing was saved', async () => {
    await start('finish', { config: begun });
    for (const name of ['provenance.json', 'checkpoint/latest.bin']) await rm(join(out, name));
    await expect(start('finish', more)).rejects.toThrow('the run was done and cannot go on');
    await rm(join(out, 'result.json'));
    await start('finish', { config: begun });
  });
});
