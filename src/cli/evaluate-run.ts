import { readConll } from '../data/conll.js';
import { chooseEngine } from '../engine/index.js';
import { UsageError } from '../errors.js';
import { loadCorpus } from '../experiments/ner/corpus.js';
import { evaluate } from '../experiments/ner/run.js';
import { loadTagger, type Tagger } from '../experiments/ner/saved-model.js';
import { evaluationTable } from '../experiments/ner/tables.js';
import { tableToText } from '../report/table.js';
import { dataFolderOf } from './data-folder.js';
import type { EvaluateFlags } from './evaluate.js';
import { notice } from './notice.js';
import { writeResult } from '../terminal.js';

/** Scores the tagger of a run and prints the table. */
export async function evaluateRun(run: string, flags: EvaluateFlags): Promise<void> {
  const tagger = await loadTagger(run);
  const engine = await chooseEngine({ backend: flags.backend });
  notice(engine.reason);
  if (flags.columns && !flags.file) {
    throw new UsageError('--columns says how --file is read: give --file, too');
  }
  const sentences = flags.file
    ? (await readConll(flags.file, { columns: columnsOf(tagger, flags), notify: notice })).sentences
    : (await loadCorpus(tagger.config, dataFolderOf(flags.data)))[flags.split];
  const decode = flags.decode ?? tagger.config.decode;
  const scores = evaluate(tagger, sentences, { ...tagger.config, decode });
  const name = `${flags.file ?? flags.split}, ${sentences.length} sentences, ${decode}`;
  writeResult(
    flags.json ? `${JSON.stringify(scores)}\n` : `${tableToText(evaluationTable(name, scores))}\n`,
  );
}

/** The columns that are asked for, or else those that the run's own files were read by. */
function columnsOf({ config }: Tagger, { columns }: EvaluateFlags) {
  const own = config.data.source === 'conll' ? config.data.columns : undefined;
  if (own && !columns) notice('Columns as in the run’s config; others by --columns');
  return columns ?? own;
}
