import { basename } from 'node:path';
import type { CorpusConfig } from './config.js';

/** A language's code: en, pt-BR, zh_Hans. */
const code = /^[a-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*$/i;
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
  return ending !== undefined && code.test(ending) ? ending : undefined;
}

/**
 * The languages of a corpus: those of its pair, else those that the names of the training files end
 * in, else 'source' and 'target'.
 */
export function languagesOf(corpus: CorpusConfig): { source: string; target: string } {
  if (corpus.pair !== undefined) {
    const [source = '', target = ''] = corpus.pair.split('-');
    return { source, target };
  }
  const [source, target] = [corpus.train.source, corpus.train.target].map(languageOfFile);
  return source === undefined || target === undefined || source === target
    ? { source: 'source', target: 'target' }
    : { source, target };
}

/** A corpus' languages as tables write them: 'fr-en'. */
export function pairOf(corpus: CorpusConfig): string {
  const { source, target } = languagesOf(corpus);
  return `${source}-${target}`;
}
