import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { writeChorale } from './write-chorale.js';
import { syntheticChorales, type SyntheticChorale } from '../src/data/synthetic/chorales.js';
import {
  alignRecording,
  type AlignedEvent,
} from '../src/experiments/align/file/align-recording.js';
import { warpedMidi } from '../src/experiments/align/file/onset-files.js';
import { readScore } from '../src/data/readers/scores/score.js';
import { readTrainedModel, shippedModel } from '../src/experiments/align/trained-model.js';
import { DataError } from '../src/errors.js';
import { onsetErrors } from '../src/metrics/onset-errors.js';
import { commandLine } from './command-line-here.js';
import { temporaryFolder } from './temporary-folder.js';

const main = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));
const folder = temporaryFolder('file');
let chorale: SyntheticChorale;

beforeAll(async () => {
  [chorale] = syntheticChorales({ pieces: 1, seed: 5, events: 24 }) as [SyntheticChorale];
  await writeChorale(folder, chorale);
});

describe('didyprog align file', () => {
  it('finds the onsets of a recording it has not seen, with the model that ships', async () => {
    const stem = join(folder, chorale.name, chorale.name);
    const out = join(folder, 'aligned');
    const words = ['align', 'file', `${stem}.wav`, `${stem}.mid`, '--out', out];
    const { status, stdout, stderr } = await commandLine(folder, words);
    expect(stderr).toBe('');
    expect(status).toBe(0);
    const written = stdout.trim().split('\n').slice(1);
    expect(written).toHaveLength(3);
    const { events } = JSON.parse(readFileSync(written[1]!, 'utf8')) as { events: AlignedEvent[] };
    expect(events).toHaveLength(chorale.events.length);
    const errors = onsetErrors(
      events.map(({ onsetSeconds }) => onsetSeconds),
      chorale.events.map(({ onsetSeconds }) => onsetSeconds),
    );
    expect(errors.medianAbsolute).toBeLessThan(0.03);
    expect(errors.rmse).toBeLessThan(0.1);
    expect(readFileSync(written[0]!, 'utf8').split('\n')[0]).toBe(
      'event,onset_seconds,score_seconds,pitches,from_seconds,to_seconds',
    );
    expect(readFileSync(written[2]!, 'utf8')).toContain('<svg');
  });

  it('loads no TensorFlow.js', () => {
    const stem = join(folder, chorale.name, chorale.name);
    const loaded = join(folder, 'loaded.txt');
    // A hook of Node's loader that notes every module.
    const hook =
      `import { appendFileSync } from 'node:fs';` +
      `export const load = (url, context, next) => ` +
      `(appendFileSync(${JSON.stringify(loaded)}, url + '\\n'), next(url, context));`;
    const register =
      `import { register } from 'node:module';` +
      `register('data:text/javascript,${encodeURIComponent(hook).replaceAll("'", '%27')}');`;
    const { status } = spawnSync(process.execPath, [
      ...['--import', `data:text/javascript,${encodeURIComponent(register)}`, main],
      ...['align', 'file', `${stem}.wav`, `${stem}.mid`, '--out', join(folder, 'light')],
    ]);
    expect(status).toBe(0);
    const modules = readFileSync(loaded, 'utf8').split('\n');
    expect(modules.some((url) => url.endsWith('align-recording.js'))).toBe(true);
    expect(modules.some((url) => url.endsWith('experiments/align/model.js'))).toBe(true);
    expect(modules.filter((url) => url.includes('tensorflow'))).toEqual([]);
  });

  it('takes only a model that fits its features', async () => {
    const trained = await readTrainedModel(shippedModel);
    const align = (model: object) =>
      alignRecording(chorale, chorale.events, { ...trained, ...model });
    expect(() => align({ bias: trained.bias.slice(1) })).toThrow('48 bias; expected are 49');
    expect(() => align({ weights: [] })).toThrow(DataError);
    const chroma = { kind: 'chroma', windowSeconds: 0.1, hopSeconds: 0.04, scale: 1 };
    expect(() => align({ features: chroma })).toThrow("need 'semitone' features");
  });

  it('says what a run of another experiment is for', async () => {
    const run = join(folder, 'run-of-a-tagger');
    mkdirSync(run);
    writeFileSync(join(run, 'lexicon.json'), '{}');
    const stem = join(folder, chorale.name, chorale.name);
    const words = ['align', 'file', `${stem}.wav`, `${stem}.mid`, '--model', run];
    const { status, stderr } = await commandLine(folder, words);
    expect(status).toBe(2);
    expect(stderr).toContain(`${run} is a tagger, not an aligner: use didyprog tag`);
  });

  it('says how far it is from the true onsets, and when they are not as many', async () => {
    const stem = join(folder, chorale.name, chorale.name);
    const truth = join(folder, 'truth.csv');
    const rows = chorale.events.map(({ onsetSeconds }, at) => `${at},${onsetSeconds}`);
    const run = () =>
      commandLine(folder, [
        ...['align', 'file', `${stem}.wav`, `${stem}.mid`, '--truth', truth],
        ...['--json', '--out', join(folder, 'scored')],
      ]);
    writeFileSync(truth, `event,onset\n${rows.join('\n')}\n`);
    const { events, errors } = JSON.parse((await run()).stdout) as {
      events: AlignedEvent[];
      errors: { rmse: number };
    };
    const squares = events.map(
      ({ onsetSeconds }, at) => (onsetSeconds - chorale.events[at]!.onsetSeconds) ** 2,
    );
    const mean = squares.slice(1).reduce((sum, square) => sum + square, 0) / (squares.length - 1);
    expect(errors.rmse).toBeCloseTo(Math.sqrt(mean), 9);
    writeFileSync(truth, `event,onset\n${rows.slice(1).join('\n')}\n`);
    const { status, stderr } = await run();
    expect(status).toBe(3);
    expect(stderr).toContain(`${rows.length - 1} onsets`);
  });

  it('doubts a score of another piece, and with --strict exits with 1', async () => {
    const stem = join(folder, chorale.name, chorale.name);
    const other = join(folder, 'other.mid');
    writeFileSync(
      other,
      warpedMidi(
        Array.from({ length: 24 }, (_, at) => ({
          onsetSeconds: 0.5 * at,
          durationSeconds: 0.45,
          pitch: 52 + ((7 * at) % 24),
          channel: 0,
          track: 0,
        })),
        [{ onsetSeconds: 0, scoreOnsetSeconds: 0 }],
      ),
    );
    const align = (...more: string[]) =>
      commandLine(folder, [
        ...['align', 'file', `${stem}.wav`, other, '--out', folder, '--json', ...more],
      ]);
    const doubted = await align();
    expect(doubted.status).toBe(0);
    expect(doubted.stderr).toContain('does not sound like the score');
    const { warnings } = JSON.parse(doubted.stdout) as { warnings: string[] };
    expect(warnings[0]).toContain('does not sound like the score');
    expect((await align('--strict')).status).toBe(1);
  });

  it('writes labels and the score at the times of the recording', async () => {
    const stem = join(folder, chorale.name, chorale.name);
    const { stdout, status } = await commandLine(folder, [
      ...['align', 'file', `${stem}.wav`, `${stem}.mid`, '--out', folder],
      ...['--json', '--write', 'midi', 'audacity', 'sonic-visualiser'],
    ]);
    expect(status).toBe(0);
    const { files, events } = JSON.parse(stdout) as {
      files: Record<string, string>;
      events: AlignedEvent[];
    };
    expect(Object.keys(files)).toEqual(['midi', 'audacity', 'sonic-visualiser']);
    const score = await readScore(files['midi']!);
    expect(score).toHaveLength(events.length);
    score.forEach(({ scoreOnsetSeconds, pitches }, at) => {
      expect(scoreOnsetSeconds - score[0]!.scoreOnsetSeconds).toBeCloseTo(
        events[at]!.onsetSeconds - events[0]!.onsetSeconds,
        2,
      );
      expect(pitches).toEqual(events[at]!.pitches);
    });
    for (const [file, separator] of [
      [files['audacity']!, '\t'],
      [files['sonic-visualiser']!, ','],
    ] as const) {
      const lines = readFileSync(file, 'utf8').trim().split('\n');
      expect(lines.map((line) => Number(line.split(separator)[0]))).toEqual(
        events.map(({ onsetSeconds }) => expect.closeTo(onsetSeconds, 5)),
      );
    }
  });

  it('replaces none of the files that it reads', async () => {
    const place = join(folder, 'inputs');
    mkdirSync(place);
    const [wav, mid, csv] = ['wav', 'mid', 'onsets.csv'].map((ending) =>
      join(place, `a.${ending}`),
    );
    for (const ending of ['wav', 'mid']) {
      const from = join(folder, chorale.name, `${chorale.name}.${ending}`);
      cpSync(from, join(place, `a.${ending}`));
    }
    writeFileSync(csv!, 'onset\n0.5\n');
    writeFileSync(join(place, 'jumps'), '4:1\n');
    symlinkSync(wav!, join(place, 'link.html'));
    const align = (...more: string[]) =>
      commandLine(place, ['align', 'file', 'a.wav', 'a.mid', ...more]);
    const before = [wav, mid, csv].map((path) => readFileSync(path!));
    for (const [words, what] of [
      [['--page', './a.wav'], 'It must end in .html or .htm.'],
      [['--page', 'link.html'], 'is the recording (a.wav), which would be overwritten'],
      [['--truth', 'a.onsets.csv'], 'is the file of --truth (a.onsets.csv)'],
      [['--jumps', 'jumps', '--page', 'jumps'], 'is the file of --jumps'],
    ] as const) {
      const { status, stderr } = await align(...words);
      expect(stderr.replace(/\s+/g, ' ')).toContain(what);
      expect(status).toBe(2);
    }
    const { stderr } = await align('--truth', csv!);
    expect(stderr.replace(/\s+/g, ' ')).toContain('write elsewhere by --out');
    expect([wav, mid, csv].map((path) => readFileSync(path!))).toEqual(before);
    expect(readdirSync(place)).toHaveLength(5);
  });

  it('keeps onsets that were corrected by hand, and replaces its own', async () => {
    const stem = join(folder, chorale.name, chorale.name);
    const out = join(folder, 'corrected');
    const align = (...more: string[]) =>
      commandLine(folder, ['align', 'file', `${stem}.wav`, `${stem}.mid`, '--out', out, ...more]);
    const names = ['--write', 'csv', 'json', 'midi', 'audacity'];
    expect((await align(...names)).stderr).toBe('');
    const csv = join(out, `${chorale.name}.onsets.csv`);
    const own = readFileSync(csv, 'utf8');
    // By another model: other onsets, and nobody's work is lost.
    const pitches = await align('--model', shippedModel, ...names);
    expect(pitches).toMatchObject({ status: 0, stderr: '' });
    expect(readFileSync(csv, 'utf8')).not.toBe(own);
    const hand = 'event,onset_seconds\n0,0.25\n';
    writeFileSync(csv, hand);
    const { stderr, status } = await align(...names);
    expect(status).toBe(0);
    expect(stderr).toBe(`${csv} was not as this program writes it: kept as ${csv}.1\n`);
    expect(readFileSync(`${csv}.1`, 'utf8')).toBe(hand);
    expect(readFileSync(csv, 'utf8')).toBe(own);
  });

  it('refuses an option that the model does not know', async () => {
    const stem = join(folder, chorale.name, chorale.name);
    const align = (...more: string[]) =>
      commandLine(folder, [
        'align',
        'file',
        `${stem}.wav`,
        `${stem}.mid`,
        '--out',
        folder,
        ...more,
      ]);
    for (const [words, message] of [
      [
        ['--band', '9'],
        '--band needs a pitch model, such as of align train; the model that ships is',
      ],
      [['--jumps', '4:1', '--model', shippedModel], '--jumps needs a model of align onsets'],
      [['--strict', '--model', shippedModel], `${shippedModel} is a pitch model`],
    ] as const) {
      const { status, stderr } = await align(...words);
      expect(stderr).toContain(message);
      expect(status).toBe(2);
    }
    expect((await align('--band', '9', '--model', shippedModel)).status).toBe(0);
  });

  it('says of a run without an alignment model that it has none', async () => {
    const stem = join(folder, chorale.name, chorale.name);
    const tagger = join(folder, 'tagger');
    mkdirSync(tagger);
    writeFileSync(join(tagger, 'config.yaml'), 'name: tagger\n');
    const { status, stderr } = await commandLine(folder, [
      ...['align', 'file', `${stem}.wav`, `${stem}.mid`, '--model', tagger],
    ]);
    expect(status).toBe(3);
    expect(stderr).toContain(`${tagger} holds no alignment model`);
    expect(stderr).not.toContain('ENOENT');
  });

  it('aligns within its memory budget to the same onsets', async () => {
    const trained = await readTrainedModel(shippedModel);
    const whole = alignRecording(chorale, chorale.events, trained);
    const small = alignRecording(chorale, chorale.events, trained, { memory: 4096 });
    expect(small.events).toEqual(whole.events);
  });

  it('finds the same onsets at any level, in any units and with a DC offset', async () => {
    const trained = await readTrainedModel(shippedModel);
    const { sampleRate } = chorale;
    const onsets = (samples: Float64Array) =>
      alignRecording({ samples, sampleRate }, chorale.events, trained).events.map(
        ({ onsetSeconds }) => onsetSeconds,
      );
    const plain = onsets(chorale.samples);
    for (const scale of [1e-3, 32768, 1e-30, 1e300]) {
      expect(onsets(chorale.samples.map((value) => value * scale)), `times ${scale}`).toEqual(
        plain,
      );
    }
    expect(onsets(chorale.samples.map((value) => value + 0.25))).toEqual(plain);
    // 60 dB below full scale in 16 bits, with the steps that are left.
    const quiet = chorale.samples.map((value) => Math.round(value * 33) / 32768);
    const differences = onsets(quiet).map((onset, event) => Math.abs(onset - plain[event]!));
    expect(Math.max(...differences)).toBeLessThan(0.1);
    for (const silence of [0, 0.5]) {
      expect(() => onsets(new Float64Array(50_000).fill(silence))).toThrow('is silent');
    }
  });

  it('ends with 3 for a recording or a model that is not one', async () => {
    const stem = join(folder, chorale.name, chorale.name);
    const broken = join(folder, 'broken.json');
    writeFileSync(broken, '{"weights": []}');
    const status = async (...args: string[]) =>
      (await commandLine(folder, ['align', 'file', ...args])).status;
    expect(await status(`${stem}.mid`, `${stem}.mid`)).toBe(3);
    expect(await status(`${stem}.wav`, `${stem}.wav`)).toBe(3);
    expect(await status(`${stem}.wav`, `${stem}.mid`, '--model', broken)).toBe(3);
    expect(await status(join(folder, 'none.wav'), `${stem}.mid`)).toBe(3);
  });
});

it('didyprog align generate suggests a training on several recordings, and an alignment of one', async () => {
  const said = async (pieces: string, out: string) =>
    (await commandLine(folder, ['align', 'generate', out, '--pieces', pieces])).stdout;
  expect(await said('2', 'two')).toContain('\nTrain on them: didyprog align train two\n');
  const alone = await said('1', 'one');
  expect(alone).toContain(
    '\nAlign it: didyprog align file one/synthetic-01.wav one/synthetic-01.mid\n',
  );
  expect(alone).not.toMatch(/…|them/);
});
