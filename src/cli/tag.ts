import { Command } from 'commander';
import { countTo } from './option-values.js';
import { backendOption, type RunFlags } from './run-flags.js';

/** The options of `didyprog tag`. */
export interface TagFlags {
  file?: string;
  best: number;
  figure?: string;
  with?: string;
  split: boolean;
  backend?: RunFlags['backend'];
  json?: boolean;
}

/** `didyprog tag`: tags text, with the k most probable taggings. */
export function tagCommand(): Command {
  return new Command('tag')
    .description('Tag text by the tagger of a run: from the command line, a file, or piped')
    .argument('<run>', 'the run directory of didyprog train ner')
    .argument('[sentence...]', 'a sentence, or several; without, a sentence a line is read')
    .option('--file <path>', 'read a sentence a line from a file')
    .option('--best <k>', 'how many taggings to rank', countTo(1000), 5)
    .option('--figure <file.svg>', 'draw the tag-by-word marginals of the first sentence')
    .option('--with <run>', 'a second run for the figure, such as one with l2, drawn below')
    .option('--no-split', 'words are separated by spaces already: leave punctuation alone')
    .addOption(backendOption())
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
    .action(async (run: string, sentences: string[], flags: TagFlags) => {
      const { tag } = await import('./tag-run.js');
      await tag(run, sentences, flags);
    });
}
