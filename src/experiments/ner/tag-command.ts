import { formatConll } from '../../data/readers/text/conll.js';
import { UsageError } from '../../errors.js';
import { predictTags } from './prediction.js';
import { openTagger, type Tagger } from './saved-model.js';
import { noticeRows, wordsOfLine } from './sentence-lines.js';
import { tagSentences, type TaggedText } from './tagging.js';
import { taggedText } from './tables.js';
import { writeAside } from '../../runner/write-aside.js';
import { notice } from '../../runner/notice.js';
import type { EngineFlags } from '../experiment.js';
import { checkSentences, inParts, readSentences } from '../read-sentences.js';
import { startEngine } from '../start-engine.js';
import { writeData, writeResult } from '../../terminal.js';

export interface TagFlags extends EngineFlags {
  file?: string;
  best: number;
  figure?: string;
  with?: string;
  split: boolean;
  format?: 'table' | 'conll' | 'json';
}

/** Tags the sentences and prints the most probable taggings of each. */
export async function tag(run: string, sentences: string[], flags: TagFlags): Promise<void> {
  await checkSentences(sentences, flags);
  if (flags.json && flags.format !== undefined && flags.format !== 'json') {
    throw new UsageError(`--json and --format ${flags.format}: only one of them`);
  }
  if (flags.with !== undefined && flags.figure === undefined) {
    throw new UsageError('--with is for --figure: the marginals of a second run');
  }
  const opened = await openTagger(run);
  const openedOther = flags.with === undefined ? undefined : await openTagger(flags.with);
  const text = sentences.length > 0 ? sentences : await readSentences(flags.file);
  if (sentences.length === 0) noticeRows(text, flags.file ?? 'stdin', notice);
  const words = text.map((line) => wordsOfLine(line, flags.split));
  const first = words.find(({ length }) => length > 0);
  // Piped blank lines are kept: line n of the results is of line n.
  if (!first && (sentences.length > 0 || flags.figure !== undefined)) {
    throw new UsageError('no sentence: give one on the command line, by --file, or piped');
  }
  const tagger = await opened.start();
  const other = await openedOther?.start();
  await startEngine(flags.backend);
  const format = flags.format ?? (flags.json ? 'json' : 'table');
  await inParts(words, 'tag', (part) => {
    if (format === 'conll') for (const text of columns(part, tagger)) writeData(text);
    else
      for (const one of tagSentences(tagger, part, flags.best))
        writeResult(written(one, format, tagger));
  });
  if (flags.figure === undefined || !first) return;
  const panels = [tagger, ...(other ? [other] : [])].map((one) => ({
    config: one.config,
    tagNames: one.lexicon.tags.entries,
    sentence: tagSentences(one, [first], flags.best)[0]!,
  }));
  const { marginalsFigure } = await import('./figure.js');
  await writeAside(flags.figure, marginalsFigure(panels));
  notice(`Figure  ${flags.figure}`);
}

/** A tagged sentence in a format; of one without words a blank line, which keeps the place. */
function written(sentence: TaggedText, format: 'table' | 'json', tagger: Tagger): string {
  if (format === 'json') {
    return `${JSON.stringify({ ...sentence, tagNames: tagger.lexicon.tags.entries })}\n`;
  }
  return sentence.words.length === 0 ? '\n' : `${taggedText(sentence, tagger.config)}\n\n`;
}

/** Sentences as a CoNLL file has them, without what only the other formats say of them. */
function columns(sentences: readonly string[][], { model, lexicon, config }: Tagger): string[] {
  const list = sentences.map((words) => ({ words }));
  return predictTags(model, lexicon, list, config).map((tags, at) =>
    tags.length === 0 ? '\n' : `${formatConll([{ words: sentences[at]!, tags }], 'IOB2')}\n`,
  );
}
