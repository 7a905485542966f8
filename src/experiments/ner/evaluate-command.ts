import { counted } from '../../counted.js';
import { requireFile } from '../../input-file.js';
import type { EvaluateFlags } from '../evaluate-flags.js';
import { readConll, type TaggedSentence } from '../../data/readers/text/conll.js';
import { UsageError } from '../../errors.js';
import { chunkCounts, f1OfCounts } from '../../metrics/chunk-scores.js';
import { approximateRandomisation, type RandomisationResult } from '../../metrics/significance.js';
import { noticeOtherDraw } from '../drawn-parts.js';
import { evaluatedConfig } from '../evaluated-config.js';
import { startEngine } from '../start-engine.js';
import { nerSchema, type NerConfig } from './config.js';
import { hasTest, loadCorpus, unseenText, type Split } from './corpus.js';
import { predictTags } from './prediction.js';
import { loadTagger, type Tagger } from './saved-model.js';
import { evaluationTable } from './tables.js';
import { screenTable } from '../../report/table.js';
import { dataFolderOf, readAgain } from '../../runner/run/data-files.js';
import { notice } from '../../runner/notice.js';
import { writeResult } from '../../terminal.js';

/** What prediction reads of a config. */
const openKeys = ['omega', 'gamma', 'decode'];

export async function evaluateRun(run: string, flags: EvaluateFlags): Promise<void> {
  if (flags.file !== undefined) await requireFile(flags.file);
  const tagger = await loadTagger(run);
  const split = flags.split ?? (hasTest(tagger.config) ? 'test' : 'development');
  const sentences = flags.file
    ? (await readConll(flags.file, { columns: columnsOf(tagger, flags), notify: notice })).sentences
    : await splitOf(run, tagger.config, split, flags);
  if (flags.file !== undefined) noticeUnseen(run, tagger, sentences);
  const config = evaluatedConfig(nerSchema, tagger.config, flags.set, openKeys, optionsOf(flags));
  await startEngine(flags.backend);
  const { scored } = await import('./run.js');
  const { evaluation: scores } = scored(tagger, sentences, config);
  const count = counted(sentences.length, 'sentence');
  const compared = flags.with === undefined ? undefined : await compare(tagger, sentences, flags);
  const name = `${flags.file ?? split}, ${count}, ${config.decode}`;
  if (flags.json) {
    writeResult(`${JSON.stringify({ ...scores, ...(compared && { comparison: compared }) })}\n`);
    return;
  }
  const table = evaluationTable(name, scores);
  const notes = [...table.notes!, ...(compared ? [comparisonText(compared, flags.with!)] : [])];
  writeResult(`${screenTable({ ...table, notes })}\n`);
}

const optionsOf = ({ decode }: EvaluateFlags) => [
  { option: '--decode', key: 'decode', value: decode },
];

/** Says which tags of the sentences a model does not have; of its own corpus training has said it. */
function noticeUnseen(
  run: string,
  { lexicon }: Tagger,
  sentences: readonly TaggedSentence[],
): void {
  const text = unseenText({ tags: lexicon.tags.entries, owner: run }, sentences);
  if (text) notice(`${text}: the model cannot predict them`);
}

/** Whether another tagger does better on the same sentences, each by its own decoding. */
async function compare(tagger: Tagger, sentences: readonly TaggedSentence[], flags: EvaluateFlags) {
  const other = await loadTagger(flags.with!);
  noticeUnseen(flags.with!, other, sentences);
  if (flags.file === undefined) {
    noticeOtherDraw(tagger.config.data, [flags.with!, other.config.data], notice);
  }
  const [a, b] = [tagger, other].map(({ model, lexicon, config: trained }) => {
    // What it says, it has said of the first.
    const say = () => undefined;
    const options = optionsOf(flags);
    const config = evaluatedConfig(nerSchema, trained, flags.set, openKeys, options, say);
    return predictTags(model, lexicon, sentences, config).map((tags, at) =>
      chunkCounts(sentences[at]!.tags, tags),
    );
  });
  return approximateRandomisation({ a: a!, b: b!, score: f1OfCounts });
}

/** What a comparison with another run found, as a sentence. */
export function comparisonText(
  { b, difference, p, exact, trials }: RandomisationResult,
  other: string,
): string {
  const by = exact ? `all ${trials} exchanges` : counted(trials, 'random exchange');
  // Nothing to exchange leaves one way to do it.
  const how =
    exact && trials === 1 ? ': no sentence differs.' : ` by ${by} of the sentences that differ.`;
  return (
    `${other}: F1 ${b.toFixed(2)}, a difference of ${difference.toFixed(2)}, p = ${p.toFixed(4)}` +
    how
  );
}

/** The columns that are asked for, or else those that the run's own files were read by. */
function columnsOf({ config }: Tagger, { columns }: EvaluateFlags) {
  const own = config.data.source !== 'synthetic' ? config.data.columns : undefined;
  if (own && !columns) notice('Columns as in the run’s config; others by --columns');
  return columns ?? own;
}

async function splitOf(run: string, config: NerConfig, split: Split, { data }: EvaluateFlags) {
  if (split === 'test' && !hasTest(config)) {
    throw new UsageError(
      `${run} was trained without a test file: give --file, or --split development`,
    );
  }
  const corpus = await readAgain(run, dataFolderOf(data), (files) => loadCorpus(config, files));
  return corpus[split];
}
