import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseAlignedScore } from '../src/data/readers/bach10.js';
import { readConll } from '../src/data/readers/text/conll.js';
import { collectPairs, readPairs } from '../src/data/readers/text/parallel-text.js';
import { readWordVectors } from '../src/data/readers/text/word-vectors.js';
import { alignSchema } from '../src/experiments/align/config.js';
import { readTrainedModel } from '../src/experiments/align/trained-model.js';
import { attentionSchema } from '../src/experiments/attention/config.js';
import { loadCorpus } from '../src/experiments/attention/corpus.js';
import { initialParameters } from '../src/experiments/attention/parameters.js';
import { loadTranslator } from '../src/experiments/attention/saved-translator.js';
import { nerSchema } from '../src/experiments/ner/config.js';
import { loadTagger } from '../src/experiments/ner/saved-model.js';
import { experimentNamed } from '../src/experiments/registry.js';
import {
  loadCheckpoint,
  readArrays,
  saveArrays,
  saveCheckpoint,
} from '../src/runner/checkpoint/checkpoint.js';
import { configYaml, loadConfig } from '../src/runner/config/config.js';
import { findRuns, readRun, summariseRun } from '../src/runner/run/recorded-run.js';
import { DataFiles } from '../src/runner/run/data-files.js';
import { RunDirectory } from '../src/runner/run/run-directory.js';
import { loadSweep } from '../src/runner/sweep/definition.js';
import { SweepDirectory } from '../src/runner/sweep/sweep-directory.js';
import { runs } from './property-runs.js';
import { temporaryFolder } from './temporary-folder.js';

const folder = temporaryFolder('bad');

const projectFile = (path: string) => new URL(`../${path}`, import.meta.url);
const fromProject = (path: string) => readFileSync(projectFile(path));

/** Bytes of any kind, or a good file with bytes changed, cut out, doubled, or replaced by text. */
function bad(good: Uint8Array): fc.Arbitrary<Uint8Array> {
  const odd = [
    '\0',
    '\uFEFF',
    'NaN',
    '1e999',
    '-0',
    '[',
    '{',
    '"',
    ': ',
    '&a *a',
    '!!js',
    '\r\n',
    '__proto__: 1\n',
    '99999999999999999999',
  ];
  const place = fc.nat(Math.max(0, good.length - 1));
  const change = fc.oneof(
    fc.record({ at: place, cut: fc.nat(20), insert: fc.uint8Array({ maxLength: 4 }) }),
    fc.record({
      at: place,
      cut: fc.nat(3),
      insert: fc.constantFrom(...odd).map((text) => new TextEncoder().encode(text)),
    }),
    fc.record({ at: place, cut: fc.constant(good.length), insert: fc.constant(new Uint8Array()) }),
  );
  const mutated = fc
    .array(change, { minLength: 1, maxLength: 4 })
    .map((changes) =>
      changes.reduce(
        (bytes, { at, cut, insert }) =>
          Buffer.concat([bytes.subarray(0, at), insert, bytes.subarray(at + cut)]),
        Buffer.from(good),
      ),
    );
  return fc.oneof(
    { weight: 4, arbitrary: mutated },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 300 }) },
  );
}

/** Whatever is read, it is read, or refused with one of our errors, which say where. */
async function readsOrRefuses(
  good: Uint8Array,
  read: (bytes: Uint8Array) => unknown,
  where: string,
  numRuns = 60,
) {
  await fc.assert(
    fc.asyncProperty(bad(good), async (bytes) => {
      try {
        await read(bytes);
      } catch (error) {
        const { exitCode, message, stack } = error as Error & { exitCode?: number };
        expect([2, 3], stack).toContain(exitCode);
        expect(message).toContain(where);
        expect(message).not.toMatch(/undefined|\[object|\n\s+at /);
      }
    }),
    { numRuns: runs(numRuns) },
  );
}

/** Reads through a file of its own. */
const asFile = (name: string, read: (path: string) => unknown) => (bytes: Uint8Array) => {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, bytes);
  return read(path);
};

const best = { epoch: 1, evaluation: { score: 1 } };

describe('bad input is refused by name, never by a stack trace', () => {
  it('as a config of align', async () => {
    const good = fromProject('configs/align/synthetic.yaml');
    const read = asFile('config.yaml', (path) => loadConfig(alignSchema, path));
    await readsOrRefuses(good, read, 'config.yaml');
  });

  it.each([
    ['UTF-16', Buffer.from('\ufeffname: a\n', 'utf16le'), 'not UTF-8 text: save it as UTF-8'],
    ['Latin-1', Buffer.from('name: M\xfcller\n', 'latin1'), 'not UTF-8 text: save it as UTF-8'],
    ['a list', '- name: a\n', 'expected keys and their values, not [{"name":"a"}]'],
    ['a text', 'x'.repeat(1000), `expected keys and their values, not "${'x'.repeat(200)}…"`],
    ['a number', '3\n', 'expected keys and their values, not 3'],
    ['two documents', 'name: a\n---\nname: b\n', 'several documents, expected one'],
    ['a tag of another language', 'name: !!js/function "x"\n', 'not valid YAML: Unresolved tag'],
    ['a key twice', 'name: a\nname: b\n', 'Map keys must be unique at line 2'],
    ['nothing', '', 'data: it is missing'],
  ])('as a config of %s', async (_, content, said) => {
    const read = asFile('odd.yaml', (path) => loadConfig(nerSchema, path));
    await expect(read(Buffer.from(content))).rejects.toThrow(/odd\.yaml/);
    await expect(read(Buffer.from(content))).rejects.toThrow(said);
  });

  it('as a config of ner', async () => {
    const good = fromProject('configs/ner/synthetic.yaml');
    const read = asFile('ner.yaml', (path) => loadConfig(nerSchema, path));
    await readsOrRefuses(good, read, 'ner.yaml');
  });

  it('as a config of attention', async () => {
    const good = fromProject('configs/attention/synthetic-fr-en.yaml');
    const read = asFile('attention.yaml', (path) => loadConfig(attentionSchema, path));
    await readsOrRefuses(good, read, 'attention.yaml');
    const feeding = { overrides: { model: { attention: 'softmax', inputFeeding: 'yes' } } };
    await expect(loadConfig(attentionSchema, join(folder, 'plain.yaml'))).rejects.toThrow('plain');
    writeFileSync(join(folder, 'plain.yaml'), good);
    await expect(loadConfig(attentionSchema, join(folder, 'plain.yaml'), feeding)).rejects.toThrow(
      'model.inputFeeding: got "yes"; expected true or false',
    );
  });

  it('as a sweep', async () => {
    const base = fileURLToPath(projectFile('configs/align/synthetic.yaml'));
    const good = `name: s\nexperiment: align\nbase: ${base}\nset: { seed: 2 }\ngrid:\n  folds: [1, 2]\n  endToEnd.0.gamma: { from: 1, to: 3 }\nexclude: [{ folds: 1 }]\nslurm: { time: 2:00 }\n`;
    const read = asFile('sweep.yaml', (path) =>
      loadSweep(path, (name) => experimentNamed(name).config),
    );
    // The name of the base config may be what is bad; the message then has that path.
    await readsOrRefuses(Buffer.from(good), read, '');
  });

  it('as CoNLL columns', async () => {
    const good = Buffer.from(
      '-DOCSTART- -X- O O\n\nEU NNP I-NP I-ORG\nrejects VBZ I-VP O\n" " O O\n\nPeter NNP I-NP I-PER\n',
    );
    await readsOrRefuses(good, asFile('eng.train', readConll), 'eng.train', 500);
  });

  it('as word vectors', async () => {
    const good = Buffer.from('2 3\nthe 0.1 -0.2 0.3\n, 1 2 3e-1\n');
    const read = asFile('vectors.txt', (path) => readWordVectors(path, () => true));
    await readsOrRefuses(good, read, 'vectors.txt');
    const readGzip = asFile('vectors.gz', (path) => readWordVectors(path, () => true));
    await readsOrRefuses(gzipSync(good), readGzip, 'vectors.gz');
  });

  it('as parallel text, plain, gzip and in columns', async () => {
    writeFileSync(join(folder, 'text.fr'), 'un\ndeux\n');
    const good = Buffer.from('one\ntwo\n');
    const read = asFile('text.en', (source) =>
      collectPairs(readPairs({ source, target: join(folder, 'text.fr') })),
    );
    await readsOrRefuses(good, read, 'text.en');
    // Mostly a header that is still gzip's, and garbage behind it.
    await readsOrRefuses(gzipSync(good), read, 'text.en');
    const columns = asFile('fra.txt', (pairs) =>
      collectPairs(readPairs({ table: pairs, columns: { source: 2, target: 1 } })),
    );
    await readsOrRefuses(Buffer.from('Go.\tVa !\nHi.\tSalut !\n'), columns, 'fra.txt');
  });

  it('as files of a corpus of sentence pairs', async () => {
    const data = join(folder, 'data');
    const parts = ['train', 'val', 'test_2016_flickr', 'test_2017_flickr'];
    const folderOf = join(data, 'multi30k-fr-en');
    mkdirSync(folderOf, { recursive: true });
    for (const part of parts) {
      writeFileSync(join(folderOf, `${part}.fr`), 'un\ndeux\n');
      writeFileSync(join(folderOf, `${part}.en`), 'one\ntwo\n');
    }
    const load = () => loadCorpus({ source: 'multi30k', pair: 'en-fr' }, new DataFiles(data));
    expect((await load()).training).toHaveLength(2);
    const read = asFile('data/multi30k-fr-en/val.fr', load);
    await readsOrRefuses(Buffer.from('un\ndeux\n'), read, 'val.fr');
    writeFileSync(join(folderOf, 'val.fr'), 'un\n');
    await expect(load()).rejects.toThrow(/val\.en has 2 lines and .*val\.fr has 1/);
  });

  it('as an aligned score', async () => {
    const good = Buffer.from('100\t0\t60\t1\n500\t400\t62\t1\n500\t400\t65\t2\n900\t800\t64\t1\n');
    await readsOrRefuses(
      good,
      (bytes) => parseAlignedScore(Buffer.from(bytes).toString('utf8'), 'piece.txt'),
      'piece.txt',
    );
  });

  it('as a model', async () => {
    const good = fromProject('models/align-bach10-model.json').subarray(0, 3000);
    await readsOrRefuses(good, asFile('model.json', readTrainedModel), 'model.json');
  });

  it('as a checkpoint', async () => {
    await saveCheckpoint(join(folder, 'good'), {
      json: { epoch: 1 },
      arrays: { w: Float32Array.of(1, 2) },
    });
    const good = readFileSync(join(folder, 'good', 'latest.bin'));
    await readsOrRefuses(good, asFile('latest.bin', readArrays), 'latest.bin');
    const read = asFile('bad/latest.bin', (path) => loadCheckpoint(dirname(path)));
    await readsOrRefuses(good, read, 'latest.bin');
  });

  it('as the files of a translator and of a tagger', async () => {
    const config = attentionSchema.parse({
      name: 'small',
      corpus: { source: 'synthetic', pair: 'fr-en', training: 1, development: 1, test: 1 },
      model: { embedding: 2, encoder: 2, decoder: 2, attention: 'crf-l2' },
      training: { epochs: 1 },
    });
    const words = ['<unk>', '<s>', '</s>', 'mille'];
    const sizes = { source: words.length, target: words.length };
    const run = join(folder, 'translator');
    mkdirSync(run);
    const parameters = initialParameters(config.model, sizes, 1);
    await saveArrays(join(run, 'best.bin'), { json: best, arrays: parameters });
    writeFileSync(join(run, 'config.yaml'), configYaml(config));
    writeFileSync(join(run, 'vocabulary.json'), JSON.stringify({ source: words, target: words }));
    expect((await loadTranslator(run)).translator.model.parameters).toEqual(parameters);
    for (const name of ['best.bin', 'config.yaml', 'vocabulary.json']) {
      const good = readFileSync(join(run, name));
      const read = asFile(`translator/${name}`, () => loadTranslator(run));
      await readsOrRefuses(good, read, 'translator', 200);
      writeFileSync(join(run, name), good);
    }
    // A whole file with the numbers of another model.
    const fed = initialParameters({ ...config.model, inputFeeding: true }, sizes, 1);
    await saveArrays(join(run, 'best.bin'), { json: best, arrays: fed });
    await expect(loadTranslator(run)).rejects.toThrow('decoder/kernel has 32 numbers; 16 are');

    const tagger = join(folder, 'tagger');
    mkdirSync(tagger);
    await saveArrays(join(tagger, 'best.bin'), { json: best, arrays: {} });
    const lexicon = { words: ['a'], characters: ['a'], tags: ['O'], zeroDigits: true };
    const ner = await loadConfig(
      nerSchema,
      fileURLToPath(projectFile('configs/ner/synthetic.yaml')),
    );
    const saved = JSON.stringify({ config: ner, wordSize: 3, lexicon });
    const read = asFile('tagger/lexicon.json', () => loadTagger(tagger));
    await readsOrRefuses(Buffer.from(saved), read, 'tagger', 100);
  });

  it('as the files of a run directory, which stay as they were', async () => {
    const good = { name: 'x', training: { epochs: 3 } };
    const names = [
      'config.yaml',
      'metrics.jsonl',
      'result.json',
      'run.log',
      'failure.json',
      'lock',
    ];
    const content = Buffer.from('{"kind":"epoch","epoch":1,"score":0.5}\n{"epoch":2}\n');
    let run = 0;
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...names), bad(content), async (name, bytes) => {
        const path = join(folder, `run-${run++}`);
        const directory = await RunDirectory.open({ path, config: good, resume: false });
        await directory.metric({ epoch: 1 });
        await directory.log('started: didyprog test');
        await directory.close();
        writeFileSync(join(path, name), bytes);
        const files = readdirSync(path);
        for (const use of [
          async () => summariseRun(await readRun(path)),
          () => findRuns(path),
          async () => {
            const opened = await RunDirectory.open({ path, config: good, resume: true });
            await opened.close();
          },
        ]) {
          try {
            await use();
          } catch (error) {
            const { exitCode, message, stack } = error as Error & { exitCode?: number };
            expect([2, 3], stack).toContain(exitCode);
            expect(message).toContain(`run-${run - 1}`);
          }
        }
        // Only a lock that is nobody's, and the failure of a run that goes on, may be gone.
        const gone = files.filter((file) => !readdirSync(path).includes(file));
        expect(['', 'lock', 'failure.json']).toContain(gone.join());
        if (!gone.includes(name)) expect(readFileSync(join(path, name)).equals(bytes)).toBe(true);
      }),
      { numRuns: runs(60) },
    );
  });

  it('as the directory of a sweep', async () => {
    const good = JSON.stringify({
      ...{ name: 's', experiment: 'align', dataFolder: 'data', command: 'c', slurm: {} },
      cells: [{ name: 'a=1', values: { a: 1 }, config: { seed: 1 } }],
    });
    const read = asFile('sweep/sweep.json', async (path) =>
      (await SweepDirectory.open(dirname(path))).status(),
    );
    await readsOrRefuses(Buffer.from(good), read, 'sweep.json');
  });
});
