import { requireFile } from '../../input-file.js';
import type { ColumnChoice } from '../../data/readers/column-layout.js';
import type { EngineFlags } from '../experiment.js';
import { readConll } from '../../data/readers/conll.js';
import { chooseEngine } from '../../engine/index.js';
import { UsageError } from '../../errors.js';
import type { NerConfig } from './config.js';
import { hasTest, loadCorpus, type Split } from './corpus.js';
import { evaluate } from './run.js';
import { loadTagger, type Tagger } from './saved-model.js';
import { evaluationTable } from './tables.js';
import { screenTable } from '../../report/table.js';
import { dataFolderOf, DataFiles, recordedData } from '../../runner/data-files.js';
import { notice } from '../../runner/notice.js';
import { writeResult } from '../../terminal.js';

/** The options of `didyprog evaluate`. */
export interface EvaluateFlags extends EngineFlags {
  data?: string;
  split?: Split;
  file?: string;
  columns?: ColumnChoice;
  decode?: NerConfig['decode'];
}

/** Scores the tagger of a run and prints the table. */
export async function evaluateRun(run: string, flags: EvaluateFlags): Promise<void> {
  if (flags.file !== undefined) await requireFile(flags.file);
  const tagger = await loadTagger(run);
  const engine = await chooseEngine({ backend: flags.backend });
  notice(engine.reason);
  if (flags.columns && !flags.file) {
    throw new UsageError('--columns says how --file is read: give --file, too');
  }
  const split = flags.split ?? (hasTest(tagger.config) ? 'test' : 'development');
  const sentences = flags.file
    ? (await readConll(flags.file, { columns: columnsOf(tagger, flags), notify: notice })).sentences
    : await splitOf(run, tagger.config, split, flags);
  const decode = flags.decode ?? tagger.config.decode;
  const scores = evaluate(tagger, sentences, { ...tagger.config, decode });
  const count = `${sentences.length} sentence${sentences.length === 1 ? '' : 's'}`;
  const name = `${flags.file ?? split}, ${count}, ${decode}`;
  writeResult(
    flags.json ? `${JSON.stringify(scores)}\n` : `${screenTable(evaluationTable(name, scores))}\n`,
  );
}

/** The columns that are asked for, or else those that the run's own files were read by. */
function columnsOf({ config }: Tagger, { columns }: EvaluateFlags) {
  const own = config.data.source !== 'synthetic' ? config.data.columns : undefined;
  if (own && !columns) notice('Columns as in the run’s config; others by --columns');
  return columns ?? own;
}

/** A part of the run's corpus, with a notice when it is no longer what the run read. */
async function splitOf(run: string, config: NerConfig, split: Split, { data }: EvaluateFlags) {
  if (split === 'test' && !hasTest(config)) {
    throw new UsageError(
      `${run} was trained without a test file: give --file, or --split development`,
    );
  }
  const files = new DataFiles(dataFolderOf(data));
  const corpus = await loadCorpus(config, files);
  const before = (await recordedData(run))?.find(({ use }) => use === split);
  const now = (await files.fingerprints()).find(({ use }) => use === split);
  if (before && now && before.sha256 !== now.sha256) {
    notice(
      `${now.name} is not what ${run} read as ${split}: its SHA-256 was ${before.sha256} and is ${now.sha256}`,
    );
  }
  return corpus[split];
}
