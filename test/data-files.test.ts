import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { encodeWav16 } from '../src/data/readers/audio/wav.js';
import { commandLine } from './command-line-here.js';
import { temporaryFolder } from './temporary-folder.js';

vi.setConfig({ testTimeout: 120_000 });

const folder = temporaryFolder('data-files');

const ner = (vectors = '') =>
  `name: own
title: own
language: en
data: { source: conll, dataSet: mine, train: ner/train, development: ner/dev, test: ner/test }
training: { epochs: 1 }
${vectors}`;
const sentence = 'Anna S-PER\nsleeps O\n\n';
const pairs = 'un\n';
const sound = Buffer.from(encodeWav16({ sampleRate: 8000, samples: new Float64Array(8000) }));
const score = '100\t0\t60\t1\n500\t400\t62\t1\n';
const multi30k = ['train', 'val', 'test_2016_flickr', 'test_2017_flickr'].flatMap((part) =>
  ['fr', 'en'].map((language) => [`multi30k-fr-en/${part}.${language}`, pairs]),
);

/** Data that every experiment could train on. */
const good: Record<string, string | Buffer> = {
  'ner.yaml': ner(),
  'vectors.yaml': ner('vectors: { path: vectors.txt }'),
  ...{ 'ner/train': sentence, 'ner/dev': sentence, 'ner/test': sentence },
  'vectors.txt': 'Anna 1 2\n',
  ...Object.fromEntries(multi30k),
  ...{ 'bach10/one/one.wav': sound, 'bach10/one/one.txt': score },
  ...{ 'bach10/two/two.wav': sound, 'bach10/two/two.txt': score },
};

const nerRun = ['train', 'ner', '--config', 'ner.yaml'];
const vectorsRun = ['train', 'ner', '--config', 'vectors.yaml'];
const attentionRun = ['train', 'attention', '--pair', 'fr-en'];
const alignRun = ['align', 'bach10'];

/** The data folder, which is the working folder, too. */
const cwd = join(folder, 'work');
beforeEach(() => {
  rmSync(cwd, { recursive: true, force: true });
  for (const [name, content] of Object.entries(good)) {
    mkdirSync(dirname(join(cwd, name)), { recursive: true });
    writeFileSync(join(cwd, name), content);
  }
});

/** The command must end with code 3 and say why, with the file's name, and leave no run behind. */
async function expectRefused(command: readonly string[], file: string, why: RegExp) {
  const words = [...command, '--data', '.', '--backend', 'cpu', '--out', 'run'];
  const { status, stderr } = await commandLine(cwd, words);
  expect([status, stderr], `${command.join(' ')}, ${file}`).toEqual([
    3,
    expect.stringMatching(why),
  ]);
  expect(stderr).toContain(file);
  expect(existsSync(join(cwd, 'run'))).toBe(false);
}

describe('data without anything in one of its parts ends with exit code 3, the file and why', () => {
  it('of ner', async () => {
    for (const [part, text] of [
      ['train', ''],
      ['dev', '\n \n'],
      ['test', '-DOCSTART- -X- O\n\n'],
    ] as const) {
      writeFileSync(join(cwd, 'ner', part), text);
      await expectRefused(nerRun, join('ner', part), /no sentence/);
      writeFileSync(join(cwd, 'ner', part), sentence);
    }
    writeFileSync(join(cwd, 'vectors.txt'), '\n');
    await expectRefused(vectorsRun, 'vectors.txt', /is empty: expected is a word and its numbers/);
  });

  it('of attention', async () => {
    for (const part of ['train', 'val', 'test_2017_flickr']) {
      for (const language of ['fr', 'en']) {
        writeFileSync(join(cwd, 'multi30k-fr-en', `${part}.${language}`), '');
      }
      await expectRefused(attentionRun, join('multi30k-fr-en', `${part}.fr`), /are empty/);
      for (const language of ['fr', 'en']) {
        writeFileSync(join(cwd, 'multi30k-fr-en', `${part}.${language}`), pairs);
      }
    }
    // As many lines, none of which can be trained on.
    writeFileSync(join(cwd, 'multi30k-fr-en', 'train.fr'), '\n');
    await expectRefused(attentionRun, 'train.fr', /of 1 pair none has both sides/);
  });

  it('of align', async () => {
    const text = join('bach10', 'two', 'two.txt');
    for (const [content, why] of [
      ['', /no rows/],
      ['100\t0\t60\t1\n', /one event: at least two are expected/],
    ] as const) {
      writeFileSync(join(cwd, text), content);
      await expectRefused(alignRun, text, why);
    }
    writeFileSync(join(cwd, text), score);
    writeFileSync(join(cwd, 'bach10', 'two', 'two.wav'), sound.subarray(0, 44));
    await expectRefused(alignRun, 'two.wav', /empty|truncated/);
    rmSync(join(cwd, 'bach10', 'two'), { recursive: true });
    await expectRefused(alignRun, 'bach10', /at least two pieces/);
    rmSync(join(cwd, 'bach10', 'one'), { recursive: true });
    await expectRefused(alignRun, 'bach10', /no pieces/);
  });
});

describe.skipIf(process.platform === 'win32')('a named pipe or a folder in a data set', () => {
  it.each([
    ['a named pipe', (path: string) => spawnSync('mkfifo', [path])],
    ['a folder', (path: string) => mkdirSync(path)],
  ])('is said when it is %s', async (kind, make) => {
    for (const [file, command] of [
      ['ner/train', nerRun],
      ['ner/test', nerRun],
      ['vectors.txt', vectorsRun],
      ['multi30k-fr-en/val.en', attentionRun],
      ['bach10/one/one.wav', alignRun],
      ['bach10/one/one.txt', alignRun],
    ] as const) {
      rmSync(join(cwd, file));
      make(join(cwd, file));
      await expectRefused(command, file, new RegExp(kind));
      rmSync(join(cwd, file), { recursive: true });
      writeFileSync(join(cwd, file), good[file]!);
    }
  });
});
