import { counted } from '../../counted.js';
import { isBlank } from '../../data/text/blank.js';
import type { PairUse, ParallelFiles } from '../../data/readers/text/parallel-text.js';
import { UsageError } from '../../errors.js';
import { requireFile } from '../../input-file.js';
import { bleuCounts, bleuOfCounts, bleuSignature, type BleuOptions } from '../../metrics/bleu.js';
import {
  type BootstrapResult,
  bootstrapDefaults,
  pairedBootstrap,
  sumOf,
} from '../../metrics/significance.js';
import { percent, right, screenTable, type Table } from '../../report/table.js';
import { dataFolderOf, readAgain } from '../../runner/run/data-files.js';
import { notice } from '../../runner/notice.js';
import { writeResult } from '../../terminal.js';
import { version } from '../../version.js';
import type { EvaluateFlags } from '../evaluate-flags.js';
import { noticeOtherDraw } from '../drawn-parts.js';
import { evaluatedConfig } from '../evaluated-config.js';
import { startEngine } from '../start-engine.js';
import { attentionSchema, type AttentionConfig } from './config.js';
import { loadCorpus, somePairs, type TestSet } from './corpus.js';
import { noticeEqual, noticeForm, noticeLanguages, noticeUnknown, noticeWords } from './doubts.js';
import { checkSides } from './languages.js';
import { loadTranslator } from './saved-translator.js';
import type { Translator } from './translator.js';

type Trained = { translator: Translator; config: AttentionConfig };

/** The ways to count BLEU on text, as sacrebleu names them. */
const ways: readonly BleuOptions[] = [{}, { lowercase: true }];

/** Scores the translator of a run on a test set, and whether another run differs from it. */
export async function evaluateTranslator(run: string, flags: EvaluateFlags): Promise<void> {
  const other = flags.with;
  const paths = [run, ...(other === undefined ? [] : [other])];
  const translators: Trained[] = [];
  for (const path of paths) {
    const { translator, config: trained } = await loadTranslator(path);
    const beam = { option: '--beam', key: 'decoding.beam', value: flags.beam };
    const config = evaluatedConfig(attentionSchema, trained, flags.set, ['decoding'], [beam]);
    translators.push({ translator, config });
  }
  const set = await testSet(run, translators[0]!, flags);
  if (other !== undefined) {
    const [one, two] = translators.map(({ translator }) => translator);
    noticeLanguages([run, one!], [other, two!], notice);
    if (flags.source === undefined && flags.file === undefined) {
      const [own, others] = translators.map(({ config }) => config.corpus);
      noticeOtherDraw(own!, [other, others!], notice);
    }
    noticeUnknown(two!, { ...set, name: `${other}, ${set.name}` }, notice);
  }
  await startEngine(flags.backend);
  const texts: string[][] = [];
  for (const { translator, config } of translators) {
    const translations = await translator.translate(
      set.pairs.map(({ source }) => source),
      config.decoding,
    );
    texts.push(translations.map(({ text }) => text));
  }
  const references = referencesOf(set);
  const scored = ways.map((way) => {
    const [a, b] = texts.map((own) =>
      own.map((text, at) => bleuCounts(text, references[at]!, way)),
    );
    return { way, a: a!, ...(b && { b }) };
  });
  const measured = scored.map(({ way, a, b }) => ({
    runs: [a, ...(b ? [b] : [])].map((counts) => bleuOfCounts(sumOf(counts))),
    signature: bleuSignature(way, `didyprog-${version}`, {
      references: numberOf(references),
      ...(b && { bootstrap: bootstrapDefaults }),
    }),
    ...(b && { comparison: pairedBootstrap({ a, b, score: (sums) => bleuOfCounts(sums).score }) }),
  }));
  if (flags.json) {
    writeResult(
      `${JSON.stringify({ set: set.name, sentences: set.pairs.length, runs: paths, measured })}\n`,
    );
    return;
  }
  const letters = ['A', 'B'];
  const table: Table = {
    caption: `${set.name}, ${counted(set.pairs.length, 'sentence')}`,
    columns: [
      ...(other === undefined ? [] : ['run']),
      'letters',
      ...['BLEU', '1', '2', '3', '4 words', 'brevity'].map(right),
    ],
    rows: measured.flatMap(({ runs: scores }, way) =>
      scores.map(({ score, precisions, brevityPenalty }, at) => [
        ...(other === undefined ? [] : [letters[at]!]),
        caseOf[way]!,
        score.toFixed(2),
        ...precisions.map((precision) => precision.toFixed(1)),
        brevityPenalty.toFixed(3),
      ]),
    ),
    notes: [
      ...(other === undefined ? [] : paths.map((path, at) => `${letters[at]!}: ${path}`)),
      ...measured.flatMap(({ comparison }, way) =>
        comparison ? [comparisonText(comparison, caseOf[way]!, set.pairs.length)] : [],
      ),
      ...measured.map(({ signature }) => signature),
    ],
  };
  writeResult(`${screenTable(table)}\n`);
}

/** What each of `ways` does with capitals. */
const caseOf = ['cased', 'lower-cased'];

/** What a comparison of two runs found, in sentences. */
export function comparisonText(
  { difference, wins, p, samples }: BootstrapResult,
  what: string,
  sentences: number,
): string {
  const [score, low, high] = [difference.score, difference.low, difference.high].map((value) =>
    value.toFixed(2),
  );
  const ahead =
    difference.score === 0 ? '.' : `; the better one is ahead in ${percent(wins)} of them.`;
  // Resamples of one sentence are all alike. What exchanging the systems, as in F1's test, could show:
  const least = 2 ** (1 - sentences);
  const doubt =
    p < least
      ? ` Of ${counted(sentences, 'sentence')} that p is too low: exchanges could give no less than ${least}.`
      : '';
  return (
    `B less A, ${what}: ${score} BLEU, 95 % of ${samples} paired bootstrap resamples in ` +
    `${low} to ${high}, p = ${p.toFixed(4)}${ahead}${doubt}`
  );
}

/** A test set, and the other references of its sentences, [reference][sentence]. */
type ScoredSet = TestSet & { others?: readonly (readonly string[])[] };

/** The references of each sentence. One without words is none where another has some. */
function referencesOf({ pairs, others = [] }: ScoredSet): string[][] {
  return pairs.map(({ target }, at) => {
    const all = [target, ...others.map((texts) => texts[at]!)];
    const some = all.filter((text) => !isBlank(text));
    return some.length > 0 ? some : [target];
  });
}

/** How many references a sentence has, as a signature says it. */
function numberOf(references: readonly (readonly string[])[]): number | 'var' {
  const [one, ...more] = new Set(references.map(({ length }) => length));
  return more.length > 0 ? 'var' : one!;
}

/** The pairs of a source and a reference, or of a table, with what is doubtful about them said. */
async function ownSet(
  { translator, config }: Trained,
  from: ParallelFiles,
  use: PairUse,
): Promise<TestSet> {
  if ('target' in from) {
    await requireFile(from.target);
    await checkSides(from, config.corpus, notice);
  }
  const pairs = await somePairs(from, { notify: notice }, use);
  const name = 'table' in from ? from.table : `${from.source}, ${from.target}`;
  const set = { name, pairs };
  noticeEqual(set, notice);
  noticeForm(set, notice);
  noticeUnknown(translator, set, notice);
  return set;
}

/** The columns of a table that are asked for, or else those that the run's own table was read by. */
function columnsOf({ corpus }: AttentionConfig, { source, target }: EvaluateFlags['columns'] = {}) {
  const own = corpus.source === 'table' ? corpus.columns : { source: 1, target: 2 };
  const isUsual = own.source === 1 && own.target === 2;
  if (!isUsual && source === undefined && target === undefined) {
    notice('Columns as in the run’s config; others by --columns');
  }
  return { source: source ?? own.source, target: target ?? own.target };
}

/** The files that are named, or a part of the run's corpus. */
async function testSet(
  run: string,
  trained: Trained,
  { file, columns, source, target, split, data }: EvaluateFlags,
): Promise<ScoredSet> {
  const { config } = trained;
  if (file !== undefined) {
    if (source !== undefined || target !== undefined) {
      throw new UsageError('--file has both sides: not beside --source and --target');
    }
    await requireFile(file);
    const set = await ownSet(
      trained,
      { table: file, columns: columnsOf(config, columns) },
      'scoring',
    );
    noticeWords([set], notice);
    return set;
  }
  if (source !== undefined && target !== undefined) {
    await requireFile(source);
    if (split !== undefined) {
      throw new UsageError(`--split ${split} is a part of the run’s corpus: not beside --source`);
    }
    const twice = target.find((path, at) => target.indexOf(path) < at);
    if (twice !== undefined) {
      throw new UsageError(`--target ${twice} is given twice: each reference counts once`);
    }
    const use = target.length > 1 ? 'several references' : 'scoring';
    const sets: TestSet[] = [];
    for (const path of target) sets.push(await ownSet(trained, { source, target: path }, use));
    noticeWords(sets, notice);
    const others = sets.slice(1).map(({ pairs }) => pairs.map((pair) => pair.target));
    return { name: [source, ...target].join(', '), pairs: sets[0]!.pairs, others };
  }
  if (source !== undefined || target !== undefined) {
    throw new UsageError('--source and --target go together: a sentence a line in each');
  }
  const corpus = await readAgain(run, dataFolderOf(data), (files) =>
    loadCorpus(config.corpus, files),
  );
  if (split === 'train') return { name: 'train', pairs: corpus.training };
  const test = split === 'development' ? undefined : corpus.tests[0];
  if (split === 'test' && !test) {
    throw new UsageError('the run has no test files: give --source and --target');
  }
  return test ?? corpus.development;
}
