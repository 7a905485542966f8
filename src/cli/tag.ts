import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { Command, InvalidArgumentError, Option } from 'commander';
import { chooseEngine } from '../engine/index.js';
import { DataError, UsageError } from '../errors.js';
import { marginalsFigure } from '../experiments/ner/figure.js';
import { loadTagger } from '../experiments/ner/saved-model.js';
import { tagSentences, wordsOfText } from '../experiments/ner/tagging.js';
import { taggedText } from '../experiments/ner/tables.js';
import { writeAside } from '../runner/write-aside.js';

interface TagFlags {
  file?: string;
  best: number;
  figure?: string;
  with?: string;
  split: boolean;
  backend?: 'tensorflow' | 'wasm' | 'cpu';
  json?: boolean;
}

/** `didyprog tag`: tags text, with the k most probable taggings. */
export function tagCommand(): Command {
  return new Command('tag')
    .description('Tag text by the tagger of a run: from the command line, a file, or piped')
    .argument('<run>', 'the run directory of didyprog train ner')
    .argument('[sentence...]', 'a sentence, or several; without, a sentence a line is read')
    .option('--file <path>', 'read a sentence a line from a file')
    .option('--best <k>', 'how many taggings to rank', whole, 5)
    .option('--figure <file.svg>', 'draw the tag-by-word marginals of the first sentence')
    .option('--with <run>', 'a second run for the figure, such as one with l2, drawn below')
    .option('--no-split', 'words are separated by spaces already: leave punctuation alone')
    .addOption(
      new Option('--backend <name>', 'force an engine').choices(['tensorflow', 'wasm', 'cpu']),
    )
    .option('--json', 'print a JSON object a sentence')
    .addHelpText(
      'after',
      `
Examples:
  didyprog tag runs/ner-en "Angela Merkel visited Paris on Monday."
  didyprog tag runs/ner-en --file sentences.txt --json
  cat sentences.txt | didyprog tag runs/ner-en
  didyprog tag runs/en-negentropy "He met Paul Smith." --figure tags.svg --with runs/en-l2`,
    )
    .action(tag);
}

async function tag(run: string, sentences: string[], flags: TagFlags): Promise<void> {
  if (flags.with !== undefined && flags.figure === undefined) {
    throw new UsageError('--with is for --figure: the marginals of a second run');
  }
  const tagger = await loadTagger(run);
  const other = flags.with === undefined ? undefined : await loadTagger(flags.with);
  const engine = await chooseEngine({ backend: flags.backend });
  process.stderr.write(`${engine.reason}\n`);
  const text = sentences.length > 0 ? sentences : await readSentences(flags.file);
  const words = text
    .map((line) => (flags.split ? wordsOfText(line) : line.trim().split(/\s+/u).filter(Boolean)))
    .filter((list) => list.length > 0);
  if (words.length === 0) {
    throw new UsageError('no sentence: give one on the command line, by --file, or piped');
  }
  const tagged = tagSentences(tagger, words, flags.best);
  for (const sentence of tagged) {
    process.stdout.write(
      flags.json
        ? `${JSON.stringify({ ...sentence, tagNames: tagger.lexicon.tags.entries })}\n`
        : `${taggedText(sentence, tagger.config)}\n\n`,
    );
  }
  if (flags.figure === undefined) return;
  const panels = [tagger, ...(other ? [other] : [])].map((one) => ({
    config: one.config,
    tagNames: one.lexicon.tags.entries,
    sentence: tagSentences(one, words.slice(0, 1), flags.best)[0]!,
  }));
  await writeAside(flags.figure, marginalsFigure(panels));
  process.stderr.write(`Figure  ${flags.figure}\n`);
}

async function readSentences(file: string | undefined): Promise<string[]> {
  if (file !== undefined) {
    try {
      return (await readFile(file, 'utf8')).split('\n');
    } catch (error) {
      throw new DataError(`cannot read ${file}: ${(error as Error).message}`);
    }
  }
  if (process.stdin.isTTY) {
    process.stderr.write('A sentence a line; Ctrl-D ends.\n');
  }
  const lines: string[] = [];
  for await (const line of createInterface({ input: process.stdin })) lines.push(line);
  return lines;
}

function whole(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) {
    throw new InvalidArgumentError('It must be a whole number from 1 on.');
  }
  return value;
}
