import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import type { NerResult } from '../src/experiments/ner/result.js';
import { main } from './killed-run.js';
import { temporaryFolder } from './temporary-folder.js';

const folder = temporaryFolder('own');
const at = (...path: string[]) => join(folder, ...path);

const run = (...args: string[]) =>
  spawnSync(process.execPath, [main, ...args], { encoding: 'utf8', input: '', cwd: folder });

const resultOf = (out: string) =>
  JSON.parse(readFileSync(at(out, 'result.json'), 'utf8')) as NerResult;

/** A token a line, of a sentence such as 'the lotus/B-PLANT'. */
const rows = (sentences: string[]) =>
  sentences
    .map((text) =>
      text.replace(/(\S+?)(?:\/(\S+))?(?: |$)/g, (_, word, tag = 'O') => `${word} ${tag}\n`),
    )
    .join('\n');

const small = `model: { wordSize: 8, characterSize: 4, characterUnits: 4, units: 8, hiddenUnits: 8 }
training: { epochs: 3 }
optimiser: { kind: adam, learningRate: 0.02 }
`;

beforeAll(() => {
  mkdirSync(at('corpus'));
  mkdirSync(at('configs', 'deep'), { recursive: true });
  const train = ['the lotus/B-PLANT wilts .', 'a red/B-PEST mite/I-PEST on the lotus/B-PLANT .'];
  writeFileSync(at('corpus', 'train.conll'), rows(train.flatMap((one) => Array(8).fill(one))));
  writeFileSync(at('corpus', 'dev.conll'), rows(train));
  writeFileSync(at('corpus', 'test.conll'), rows(['the lotus/B-PLANT wilts/B-RUST .']));
  writeFileSync(at('corpus', 'empty.conll'), '\n\n');
  writeFileSync(at('corpus', 'bad.conll'), 'the O\nlotus X-PLANT\n');
  const data = `data: { source: files, train: ../../corpus/train.conll, development: ../../corpus/dev.conll }\n`;
  writeFileSync(at('configs', 'deep', 'own.yaml'), data + small);
});

describe('didyprog train ner on files of one’s own', () => {
  const files = ['--train', 'corpus/train.conll', '--dev', 'corpus/dev.conll'];
  const ofConfig = ['train', 'ner', '--config', join('configs', 'deep', 'own.yaml')];

  it('takes paths relative to the config, and needs no test file, name or language', () => {
    const { status, stdout, stderr } = run(...ofConfig, '--out', 'first');
    expect(stderr).toContain('engine');
    expect(status).toBe(0);
    expect(stdout).toContain('train.conll: negentropy');
    expect(stdout).not.toMatch(/paper|Lample/);
    expect(stdout).not.toMatch(/^test /m);
    const { score, development, test, files, config } = resultOf('first');
    expect(score).toEqual({ name: 'development F1', value: development.f1, better: 'higher' });
    expect(test).toBeUndefined();
    expect(config.name).toBe('ner');
    expect(files?.map(({ use, name }) => [use, name])).toEqual([
      ['development', 'corpus/dev.conll'],
      ['train', 'corpus/train.conll'],
    ]);
    expect(run('evaluate', at('first')).stdout).toContain('development, 2 sentences');
    const without = run('evaluate', 'first', '--split', 'test');
    expect(without.status).toBe(2);
    expect(without.stderr).toContain('without a test file');
    expect(run('tag', 'first', 'the lotus wilts .').stdout).toContain('lotus');
    expect(run('report', 'first').status).toBe(0);
    expect(readFileSync(at('first', 'report.html'), 'utf8')).toContain('train.conll');
  });

  it('takes flags relative to the working folder, and says what only the test file has', () => {
    const { status, stdout, stderr } = run(
      ...[...ofConfig, ...files, '--test', 'corpus/test.conll', '--out', 'second'],
    );
    expect(status).toBe(0);
    expect(stderr).toContain('types that the training file does not have: RUST (1 token)');
    expect(stdout).toMatch(/^test /m);
    expect(stdout).not.toContain('paper');
    const { config, score } = resultOf('second');
    expect(config.data.train).toBe(at('corpus', 'train.conll'));
    expect(score?.name).toBe('test F1');
  });

  it('says what is wrong with a file, by its line', () => {
    const bad = (train: string) =>
      run('train', 'ner', '--train', train, '--dev', 'corpus/dev.conll', '--out', 'none');
    for (const [file, text] of [
      ['corpus/empty.conll', 'empty.conll: no sentence'],
      ['corpus/bad.conll', 'bad.conll, line 2: the tag "X-PLANT" is of no known scheme'],
      ['corpus/none.conll', 'none.conll: there is no such file'],
      ['corpus', 'corpus: it is a folder; a file is expected'],
    ]) {
      const { status, stderr } = bad(file!);
      expect(stderr).toContain(text);
      expect(status).toBe(3);
    }
    const { status, stderr } = run('train', 'ner', '--train', 'corpus/train.conll');
    expect(status).toBe(2);
    expect(stderr).toContain('--train needs --dev');
  });
});

describe('didyprog train attention on files of one’s own', () => {
  it('trains between any two languages, names them by the files, and translates', () => {
    mkdirSync(at('text'));
    const pairs = [
      ['la rosa è rossa', 'the rose is red'],
      ['il muro è rosso', 'the wall is red'],
      ['la rosa è secca', 'the rose is dry'],
      ['il muro è secco', 'the wall is dry'],
    ] as const;
    const text = (side: 0 | 1, times: number) =>
      Array<string>(times)
        .fill(pairs.map((pair) => `${pair[side]}\n`).join(''))
        .join('');
    writeFileSync(at('text', 'train.it.gz'), gzipSync(text(0, 10)));
    writeFileSync(at('text', 'train.en'), text(1, 10));
    writeFileSync(at('text', 'dev.it'), text(0, 1));
    writeFileSync(at('text', 'dev.en'), text(1, 1));
    writeFileSync(
      at('configs', 'deep', 'text.yaml'),
      `corpus:
  source: files
  train: { source: ../../text/train.it.gz, target: ../../text/train.en }
  development: { source: ../../text/dev.it, target: ../../text/dev.en }
model: { embedding: 8, encoder: 8, decoder: 8, attention: softmax }
training: { epochs: 2, batchSize: 8 }
`,
    );
    const train = ['train', 'attention', '--config', join('configs', 'deep', 'text.yaml')];
    const { status, stdout } = run(...train, '--out', 'translator');
    expect(status).toBe(0);
    expect(stdout).toContain('train.it.gz and train.en it-en, attention softmax');
    expect(stdout).not.toMatch(/paper|^test \(/m);
    expect(run('translate', at('translator'), 'la rosa è rossa').status).toBe(0);
    const short = 'text/dev.it,text/train.en';
    const uneven = run('train', 'attention', '--train', short, '--dev', 'text/dev.it,text/dev.en');
    expect(uneven.status).toBe(3);
    expect(uneven.stderr).toMatch(/dev\.it has 4 lines and .*train\.en has 40/);
    const one = run('train', 'attention', '--train', 'text/dev.it', '--dev', short);
    expect(one.status).toBe(2);
    expect(one.stderr).toContain('two files with a comma between them');
  });
});
