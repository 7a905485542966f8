import { basename } from 'node:path';
import { UsageError } from '../../errors.js';
import { isLanguage, languageCode } from '../../data/text/language-names.js';
import { isSameFile } from '../../output-places.js';
import type { Notify } from '../../data/readers/notices.js';
import type { CorpusConfig } from './config.js';

/** Endings that tell how a file is written, not in which language. */
const formats = new Set([
  'txt',
  'tsv',
  'csv',
  'tok',
  'raw',
  'src',
  'tgt',
  'ref',
  'trg',
  'bpe',
  'gz',
]);

/** The language that a file's name ends in: en of train.en and train.en.gz; undefined without one. */
export function languageOfFile(path: string): string | undefined {
  const parts = basename(path.replaceAll('\\', '/')).split('.').slice(1);
  if (parts.at(-1)?.toLowerCase() === 'gz') parts.pop();
  const ending = parts.findLast((part) => !formats.has(part.toLowerCase()));
  return ending !== undefined && languageCode.test(ending) ? ending : undefined;
}

/**
 * The languages of a corpus: those of its pair, else those that the names of the training files end
 * in, or that a table's columns or its own name tell, else 'source' and 'target'.
 */
export function languagesOf(corpus: CorpusConfig): { source: string; target: string } {
  if (corpus.pair !== undefined) {
    const [source = '', target = ''] = corpus.pair.split('-');
    return { source, target };
  }
  const own = corpus.source === 'table' ? languagesOfTable(corpus) : endingsOf(corpus.train);
  return own ?? { source: 'source', target: 'target' };
}

/** The languages that a table's columns are called by, or that stand in its name: x.it-en.tsv. */
function languagesOfTable({
  columns: { source, target },
  train,
}: Extract<CorpusConfig, { source: 'table' }>): BothFiles | undefined {
  const isCode = (column: number | string): column is string =>
    typeof column === 'string' && languageCode.test(column) && isLanguage(column);
  if (isCode(source) && isCode(target) && source !== target) return { source, target };
  const parts = basename(train.replaceAll('\\', '/')).split('.');
  const both = parts.map((part) => /^([a-z]{2,3})[-_]([a-z]{2,3})$/i.exec(part)).findLast(Boolean);
  const [, first = '', second = ''] = both ?? [];
  // A name of two short words, such as my-set.
  if (first === second || !isLanguage(first) || !isLanguage(second)) return undefined;
  const inOrder = { source: first, target: second };
  return typeof source === 'number' && typeof target === 'number' && source > target
    ? { source: inOrder.target, target: inOrder.source }
    : inOrder;
}

type BothFiles = Record<'source' | 'target', string>;

/** The languages that two files end in; undefined where they do not tell the sides apart. */
function endingsOf(files: BothFiles): BothFiles | undefined {
  const [source, target] = [files.source, files.target].map(languageOfFile);
  return source === undefined || target === undefined || source === target
    ? undefined
    : { source, target };
}

/**
 * Checks the two files of a part: a side may have been given twice, or each in the place of the other.
 * @param corpus what the model is trained on
 * @param notify told of languages that training does not have
 * @throws UsageError for one file on both sides, and for the languages of training exchanged
 */
export async function checkSides(
  files: BothFiles,
  corpus: CorpusConfig,
  notify: Notify,
): Promise<void> {
  const { source, target } = files;
  if (await isSameFile(source, target)) {
    throw new UsageError(
      `${source} and ${target} are one file: the sentences and their translations are two files`,
    );
  }
  const own = endingsOf(files);
  const trained = (corpus.source === 'files' && endingsOf(corpus.train)) || languagesOf(corpus);
  if (!own || trained.source === 'source') return;
  const isSame = (a: string, b: string) => a.toLowerCase() === b.toLowerCase();
  if (isSame(own.source, trained.target) && isSame(own.target, trained.source)) {
    throw new UsageError(
      `${source} and ${target} are exchanged: training is from ${trained.source} to ` +
        `${trained.target}, so it must be ${target},${source}`,
    );
  }
  if (isSame(own.source, trained.source) && isSame(own.target, trained.target)) return;
  notify(
    `${source} and ${target}: by their names from ${own.source} to ${own.target}, training is from ` +
      `${trained.source} to ${trained.target}`,
  );
}

/** A corpus' languages as tables write them: 'fr-en'. */
export function pairOf(corpus: CorpusConfig): string {
  const { source, target } = languagesOf(corpus);
  return `${source}-${target}`;
}
