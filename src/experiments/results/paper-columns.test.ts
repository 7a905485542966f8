import { describe, expect, it } from 'vitest';
import { loadCatalogue } from '../../data/acquire/catalogue.js';
import { tableToText } from '../../report/table.js';
import type { Fingerprint } from '../../runner/run/data-files.js';
import { recorded } from '../../../test/recorded.js';
import type { AlignResult } from '../align/results/result.js';
import { alignExperiment } from '../align/experiment.js';
import { attentionExperiment } from '../attention/experiment.js';
import type { AttentionResult } from '../attention/result.js';
import { nerExperiment } from '../ner/experiment.js';
import type { NerResult } from '../ner/result.js';

const catalogue = await loadCatalogue();
const sumsOf = (name: string) => catalogue.find((script) => script.name === name)!.files;
const file = (use: string, name: string, sha256 = '0'.repeat(64)): Fingerprint => ({
  ...{ use, name, bytes: 1, sha256 },
});
const textOf = (tables: ReturnType<typeof nerExperiment.tables>) =>
  tables.map((table) => tableToText(table)).join('\n');

describe('a tagger’s table', () => {
  const [result] = recorded<NerResult>('ner');
  const parts = { train: 'eng.train', development: 'eng.testa', test: 'eng.testb' };
  const files = (own: boolean) =>
    Object.entries(parts).map(([use, path]) =>
      file(use, `conll2003-en/${path}`, own ? undefined : sumsOf('conll2003-en')[path]),
    );
  const text = (changes: object) => textOf(nerExperiment.tables([{ ...result!, ...changes }]));

  it('has the paper’s column beside the shared task’s data', () => {
    for (const changes of [{}, { files: files(false) }]) {
      expect(text(changes)).toMatch(/CoNLL-2003 English[^]*paper[^]*90\.80/);
    }
  });

  it('has none beside other data, whatever its names, language and title say', () => {
    const own = text({ files: files(true) });
    expect(own).not.toMatch(/paper|Lample|CoNLL-2003 English/);
    expect(own).toContain('conll2003-en/eng.train: negentropy');
    const { data } = result!.config;
    const columns = { ...result!.config, data: { ...data, columns: { tag: 2 } } };
    expect(text({ files: files(false), config: columns })).not.toMatch(/paper|Lample/);
    const own2 = [1, 2].map((seed) => ({
      ...{ ...result!, files: files(true), config: { ...result!.config, seed } },
    }));
    expect(textOf(nerExperiment.tables(own2))).not.toMatch(/paper|Lample/i);
    expect(nerExperiment.title(own2[0]!)).not.toContain('CoNLL');
  });

  it('says which vectors were read, and claims none that were not', () => {
    expect(text({ files: files(false) })).toContain('Word vectors: none.');
    const vectors = file('vectors', 'mine.vec', 'ab'.repeat(32));
    expect(text({ files: [...files(false), vectors] })).toContain(
      'Word vectors: mine.vec (SHA-256 abababababab…).',
    );
  });
});

describe('an alignment’s table', () => {
  const [mfcc, strong] = recorded<AlignResult>('align');
  const bach10 = Object.entries(sumsOf('bach10'))
    .filter(([path]) => /\.(wav|txt)$/.test(path))
    .map(([path, sum]) => file(path.split('/')[1]!, `bach10/${path}`, sum));
  const text = (result: AlignResult) => textOf(alignExperiment.tables([{ ...result }]));

  it('has the paper’s columns beside Bach10 only', () => {
    for (const result of [mfcc!, { ...mfcc!, files: bach10 }]) {
      expect(text(result)).toMatch(/paper, test[^]*14\.64[^]*1\.26 ± 0\.64/);
    }
    const own = text({ ...mfcc!, files: bach10.map(({ use, name }) => file(use, name)) });
    expect(own).not.toMatch(/paper/i);
    expect(own).toContain('10 recordings of one’s own');
  });

  it('sets the paper’s end-to-end row beside what it is, not beside a name', () => {
    const endToEnd = mfcc!.config.endToEnd.map((setting) => ({
      ...setting,
      loss: 'convex' as const,
    }));
    expect(text({ ...mfcc!, config: { ...mfcc!.config, endToEnd } })).not.toContain('1.26 ± 0.64');
  });

  it('says what was chosen on the training pieces, and for which rows', () => {
    expect(text(mfcc!)).toContain('Regularisation and γ of every fold were chosen on its training');
    expect(text(strong!)).toContain('Regularisation of every fold was chosen on its training');
    const chosen = (rows: string[]) => ({
      ...mfcc!,
      folds: mfcc!.folds.map((fold) => ({
        ...{ ...fold, settings: { ...fold.settings, chosen: rows } },
      })),
    });
    expect(text(chosen([]))).toContain('they were not chosen on these pieces');
    expect(text(chosen(['end-to-end, l2']))).toContain(
      'of every fold in ‘end-to-end, l2’ were chosen on its training pieces alone ' +
        '(results/align-bach10-choices.json). The other settings are those of the config.',
    );
  });

  it('is named by its features and model, not by the config’s title', () => {
    const features = { ...strong!.config.features, kind: 'chroma' } as const;
    const config = { ...strong!.config, title: '20 MFCC', features } as AlignResult['config'];
    expect(text({ ...strong!, config })).toMatch(/^chroma, one sigmoid a pitch/);
  });
});

describe('a translation’s tables', () => {
  const results = recorded<AttentionResult>('attention');
  const known = Object.entries(sumsOf('multi30k-fr-en')).map(([path, sum]) =>
    file(path, `multi30k-fr-en/${path}`, sum),
  );
  const text = (changes: object) =>
    textOf(attentionExperiment.tables(results.map((result) => ({ ...result, ...changes }))));

  it('have the paper’s and speak of captions beside Multi30k only', () => {
    for (const changes of [{}, { files: known }]) {
      expect(text(changes)).toMatch(/multi30k: BLEU[^]*The paper: WMT14[^]*image captions/);
    }
    const own = text({ files: known.map(({ use, name }) => file(use, name)) });
    expect(own).not.toMatch(/paper|captions/i);
    expect(own).toContain('other text in place of multi30k: BLEU');
  });

  it('say how the text was cut up', () => {
    const [first] = results;
    const config = { ...first!.config, text: { ...first!.config.text, lowercase: false } };
    expect(text({})).toContain('the models write lower case');
    expect(text({ config })).not.toMatch(/lower-cased, runs|write lower/);
  });
});
