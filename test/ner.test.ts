import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { formatConll } from '../src/data/readers/text/conll.js';
import { syntheticCorpus } from '../src/data/synthetic/sentences.js';
import type { NerResult } from '../src/experiments/ner/result.js';
import { commandLine } from './command-line-here.js';
import { expectSameTraining, killAndResume, main } from './killed-run.js';
import { temporaryFolder } from './temporary-folder.js';

const folder = temporaryFolder('ner');
const config = join(folder, 'small.yaml');
const whole = join(folder, 'whole');

beforeAll(() => {
  writeFileSync(
    config,
    `name: small
title: generated sentences, a tiny model
language: synthetic
data: { source: synthetic, train: 240, development: 60, test: 60 }
model: { wordSize: 16, characterSize: 8, characterUnits: 8, units: 12, hiddenUnits: 12 }
omega: l2
optimiser: { kind: adam, learningRate: 0.01, clipNorm: 5 }
training: { epochs: 3, checkpointSteps: 7, logSteps: 10 }
`,
  );
});

const run = (...args: string[]) => commandLine(folder, [...args, '--backend', 'cpu']);

const resultOf = (out: string) =>
  JSON.parse(readFileSync(join(out, 'result.json'), 'utf8')) as NerResult;

describe('didyprog train ner', () => {
  it('learns generated sentences, neither nothing nor everything', async () => {
    const { status, stdout, stderr } = await run(
      'train',
      'ner',
      '--config',
      config,
      '--out',
      whole,
    );
    expect(stderr).toContain('engine');
    expect(status).toBe(0);
    expect(stdout).toContain('development');
    const { test, training } = resultOf(whole);
    expect(test?.f1).toBeGreaterThan(30);
    expect(test?.f1).toBeLessThan(100);
    expect(training.history).toHaveLength(3);
    expect(test?.sparsity.zeros).toBeGreaterThan(0.3);
    // What tests of significance read adds up to the score of the whole.
    const kept = readFileSync(join(whole, 'test-scores.json'), 'utf8');
    const [{ counts }] = JSON.parse(kept) as [{ counts: [number, number, number][] }];
    expect(counts).toHaveLength(60);
    const [gold, found, correct] = [0, 1, 2].map((k) =>
      counts.reduce((sum, row) => sum + row[k]!, 0),
    );
    expect((200 * correct!) / (gold! + found!)).toBeCloseTo(test!.f1, 10);
  });

  it('killed in the middle of an epoch and resumed, ends with the same numbers', async () => {
    const out = join(folder, 'killed');
    const args = ['train', 'ner', '--config', config, '--backend', 'cpu'];
    // In the second epoch, of 30 steps each.
    expect(await killAndResume(args, out, 5)).toBe(0);
    const { test, development, training } = resultOf(out);
    const expected = resultOf(whole);
    expect(test).toEqual(expected.test);
    expect(development).toEqual(expected.development);
    expect(training.history).toEqual(expected.training.history);
    await expectSameTraining(out, whole);
  });

  it('refuses the cost-sensitive loss of the hard maximum, whose gradient is 0', async () => {
    const { status, stderr } = await run(
      ...['train', 'ner', '--config', config, '--omega', 'hard', '--loss', 'cost'],
      ...['--out', join(folder, 'hard')],
    );
    expect(status).toBe(2);
    expect(stderr).toContain('loss: got "cost"');
  });

  it('says which command gets data that is missing', async () => {
    const { status, stderr } = await run(
      ...['train', 'ner', '--lang', 'es', '--data', folder, '--out', join(folder, 'es')],
    );
    expect(status).toBe(3);
    expect(stderr).toContain('didyprog data conll2002');
  });
});

describe('a trained tagger', () => {
  it('scores a column file as training scored its test sentences', async () => {
    const { test } = syntheticCorpus({ train: 240, development: 60, test: 60, seed: 1 });
    const file = join(folder, 'test.conll');
    writeFileSync(file, formatConll(test, 'IOB1'));
    const { status, stdout } = await run('evaluate', whole, '--file', file, '--json');
    expect(status).toBe(0);
    expect((JSON.parse(stdout) as NerResult['development']).f1).toBe(resultOf(whole).test?.f1);
  });

  it('tags sentences from the command line, with the ranked taggings and a figure', async () => {
    const figure = join(folder, 'tags.svg');
    const text = 'Ada Brouson joined Kelmer Bank .';
    const { status, stdout } = await run('tag', whole, text, '--figure', figure, '--best', '2');
    expect(status).toBe(0);
    expect(stdout.split('\n')[0]).toMatch(/^word +tag +1: [\d.]+ %/);
    expect(stdout).toContain('Brouson');
    expect(stdout).toMatch(/all there is|there are more/);
    expect(readFileSync(figure, 'utf8')).toContain('<svg');
    const odd = 'a\u0001b \u202ec';
    const columns = await run('tag', whole, odd, '--format', 'conll');
    expect(columns.stdout.replace(/ [A-Z]\S*/g, '')).toBe(`${odd.replace(' ', '\n')}\n\n`);
    expect((await run('tag', whole, odd)).stdout).toContain('a\\u0001b');
  });

  const piped = (input: string | Uint8Array, ...args: string[]) =>
    spawnSync(process.execPath, [main, 'tag', whole, '--backend', 'cpu', ...args], {
      encoding: 'utf8',
      input,
    });
  const wordsOf = (stdout: string) =>
    stdout
      .trimEnd()
      .split('\n')
      .map((line) => (JSON.parse(line) as { words: string[] }).words);

  it('tags piped text, a JSON object a line, blank lines among them', async () => {
    const { status, stdout } = piped('Rosa lives in Grouton .\n\r\nIt rained .\r\n', '--json');
    expect(status).toBe(0);
    expect(wordsOf(stdout)).toEqual([
      ['Rosa', 'lives', 'in', 'Grouton', '.'],
      [],
      ['It', 'rained', '.'],
    ]);
    const text = piped('\nIt rained .\n\n').stdout;
    expect(text).toMatch(/^\nword[^]*\n\n\n$/);
    expect(piped('\n\n').stdout).toBe('\n\n');
    expect(piped('').status).toBe(2);
  });

  it('ends piped lines at LF and CRLF alone', async () => {
    const input = 'vingt et un\ndeux\u2028trois\u0085\vq\fr\rs\nquatre\n';
    const { stdout } = piped(input, '--json', '--no-split');
    expect(wordsOf(stdout)).toEqual([
      ['vingt', 'et', 'un'],
      // Words end at spaces and tabs, as those of column files do; a lone CR is in none of them.
      ['deux\u2028trois\u0085\vq\fr', 's'],
      ['quatre'],
    ]);
  });

  it('refuses text that is not UTF-8, by its line, piped or from a file', async () => {
    const latin1 = Buffer.from('Rosa lives .\n\xc9l vive .\n', 'latin1');
    const { status, stderr } = piped(latin1, '--json');
    expect(status).toBe(3);
    expect(stderr).toContain('stdin, line 2: not UTF-8 text');
    const file = join(folder, 'latin1.txt');
    writeFileSync(file, latin1);
    const fromFile = await run('tag', whole, '--file', file);
    expect(fromFile.status).toBe(3);
    expect(fromFile.stderr).toContain('latin1.txt, line 2: not UTF-8 text');
  });

  it('scores and trains on the columns that are asked for', async () => {
    const { train, development, test } = syntheticCorpus({
      ...{ train: 240, development: 60, test: 60, seed: 1 },
    });
    const file = join(folder, 'wide.tsv');
    const wide = (sentences: typeof test) =>
      formatConll(sentences, 'BILOU').replace(/^(\S+) (\S+)$/gm, 'x\t$1\t$2\tO\tB-Y');
    writeFileSync(file, wide(test));
    const scored = await run(
      ...['evaluate', whole, '--file', file, '--columns', 'word=2,tag=3', '--json'],
    );
    expect((JSON.parse(scored.stdout) as NerResult['development']).f1).toBe(
      resultOf(whole).test?.f1,
    );
    const wrong = await run('evaluate', whole, '--file', file, '--columns', 'word=2,tag=6');
    expect(wrong.status).toBe(3);
    expect(wrong.stderr).toContain('wide.tsv, line 1: 5 columns: there is no column 6 for the tag');
    for (const choice of ['word=0', 'tag', 'word=1,word=2', 'x=1']) {
      const { status, stderr } = await run('evaluate', whole, '--file', file, '--columns', choice);
      expect(status).toBe(2);
      expect(stderr).toContain('It must be like word=2,tag=3');
    }
    const sets = { train, development, test };
    for (const [name, sentences] of Object.entries(sets)) {
      writeFileSync(join(folder, `${name}.tsv`), wide(sentences));
    }
    const own = join(folder, 'own.yaml');
    writeFileSync(
      own,
      readFileSync(config, 'utf8').replace(
        /data: .*/,
        'data: { source: conll, dataSet: own, train: train.tsv, development: development.tsv, test: test.tsv }',
      ),
    );
    const out = join(folder, 'own');
    const { status } = await run(
      ...['train', 'ner', '--config', own, '--data', folder, '--columns', 'word=2,tag=3'],
      ...['--epochs', '1', '--out', out],
    );
    expect(status).toBe(0);
    const { config: used, data } = resultOf(out);
    expect(used.data).toMatchObject({ columns: { word: 2, tag: 3 } });
    expect(data.tags).toBe(resultOf(whole).data.tags);
    expect(readFileSync(join(out, 'config.yaml'), 'utf8')).toContain('columns:');
  });

  it('keeps the sentences from its figure, and takes them from one place', async () => {
    const [sentences, pages] = ['sentences', 'pages.txt'].map((name) => join(folder, name));
    const text = 'Ada Brouson joined Kelmer Bank .\n';
    writeFileSync(sentences!, text);
    writeFileSync(pages!, text);
    for (const [said, ...words] of [
      ['is the file of sentences', '--file', sentences!, '--figure', `${folder}/./sentences`],
      ['It must end in .svg', '--file', pages!, '--figure', pages!],
      ['given twice, on the command line and by --file', 'a sentence', '--file', pages!],
    ]) {
      for (const command of ['tag', 'translate']) {
        const { status, stderr } = await run(command, whole, ...words);
        expect(stderr).toContain(said);
        expect(status).toBe(2);
      }
    }
    expect([sentences, pages].map((path) => readFileSync(path!, 'utf8'))).toEqual([text, text]);
    const nowhere = await run('tag', whole, text, '--figure', join(folder, 'none', 'x.svg'));
    expect(nowhere).toMatchObject({ status: 2, stdout: '' });
    expect(nowhere.stderr).toContain('none is missing');
    expect(nowhere.stderr).not.toContain('--resume');
  });

  it('says which types of a file it does not have, and so does the one it is compared with', async () => {
    const file = join(folder, 'rust.conll');
    writeFileSync(file, 'Ada B-PER\nsaw O\nrust B-RUST\n');
    const { status, stderr } = await run('evaluate', whole, '--file', file, '--with', whole);
    expect(status).toBe(0);
    expect(stderr.match(/types that .*whole does not have: RUST \(1 token\)/g)).toHaveLength(2);
    const split = await run('evaluate', whole, '--file', file, '--split', 'test');
    expect(split.status).toBe(2);
    expect(split.stderr).toContain('--split test is a part of the run’s corpus');
  });

  it('is told from a translator by the command that is for one', async () => {
    const { status, stderr } = await run('translate', whole, 'x');
    expect(status).toBe(2);
    expect(stderr).toBe(`${whole} is a tagger, not a translator: use didyprog tag\n`);
  });

  it('is not found in a folder that is no run', async () => {
    const empty = join(folder, 'empty');
    mkdirSync(empty);
    const { status, stderr } = await run('tag', empty, 'x');
    expect(status).toBe(3);
    expect(stderr).toContain('train one by didyprog train ner');
  });
});
