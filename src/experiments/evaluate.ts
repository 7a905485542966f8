import { UsageError } from '../errors.js';
import { countTo, eitherColumns, foreignColumn } from '../option-values.js';
import { ownWords } from './command-words.js';
import type { EvaluateFlags } from './evaluate-flags.js';
import { backendFlag, dataFlag, setFlag, type UseCommand } from './experiment.js';
import { kindOfRun, withArticle, type RunKind } from './results/run-kind.js';

/** Scores a finished run of any experiment that has something to score. */
export const evaluate: UseCommand = {
  words: ['evaluate'],
  description: ownWords.evaluate,
  arguments: [['<run>', 'the run directory of didyprog train or align']],
  flags: [
    dataFlag,
    {
      flag: '--split <name>',
      description: 'the part of the corpus (default: test, or development where there is none)',
      choices: ['test', 'development', 'train'],
    },
    { flag: '--with <run>', description: 'another run, and whether the difference is significant' },
    {
      flag: '--file <path>',
      description:
        'taggers: a CoNLL column file instead; translators: a table, .csv or with tabs, with both sides',
    },
    {
      flag: '--columns <choice>',
      description: 'its columns, such as word=2,tag=3, or source=2,target=1',
      parse: eitherColumns,
    },
    {
      flag: '--decode <name>',
      description: 'taggers: how tags are predicted (default: as the run says)',
      choices: ['viterbi', 'marginals'],
    },
    {
      flag: '--source <file>',
      description: 'translators: a test set of your own, a sentence a line',
    },
    {
      flag: '--target <file>',
      description: 'and its reference translations; once for each of several references',
      parse: (path, before) => [...((before as string[] | undefined) ?? []), path],
    },
    {
      flag: '--beam <n>',
      description: 'translators: hypotheses that are followed (default: the run’s)',
      parse: countTo(64),
    },
    {
      flag: '--truth <folder>',
      description: 'aligners: recordings with their scores and onsets, as for align train',
    },
    {
      ...setFlag,
      description:
        'a key that training leaves open: omega, gamma, decode of taggers, decoding.* of translators',
    },
    backendFlag,
    { flag: '--json', description: 'print the scores as JSON' },
  ],
  help: `
Two taggers are compared by approximate randomisation of their sentences, two aligners by that of the
recordings, two translators by a paired bootstrap.

Examples:
  didyprog evaluate runs/ner-en
  didyprog evaluate runs/ner-en --split development --decode marginals
  didyprog evaluate runs/ner-en --file mine.conll --with runs/ner-en-l2
  didyprog evaluate runs/ner-en --file germeval.tsv --columns word=2,tag=3
  didyprog evaluate runs/fr-en --source mine.fr --target mine.en
  didyprog evaluate runs/fr-en --source mine.fr --target one.en --target two.en
  didyprog evaluate runs/fr-en --file pairs.tsv --columns source=2,target=1
  didyprog evaluate runs/mine --truth my/recordings`,
  async run(run: string, flags: EvaluateFlags) {
    const kind = await kindOfRun(run);
    // What is no run at all says so itself.
    if (!kind) return evaluateTagger(run, flags);
    const wrong = (Object.keys(optionsOf) as RunKind[]).flatMap((other) =>
      other === kind ? [] : optionsOf[other].filter((name) => !isOption(kind, name)),
    );
    const foreign = wrong.find((name) => flags[name] !== undefined);
    if (foreign !== undefined) {
      const whose = (Object.keys(optionsOf) as RunKind[]).filter((one) => isOption(one, foreign));
      throw new UsageError(
        `--${foreign} is for ${whose.map((one) => `${one}s`).join(' and ')}; ${run} is ` +
          withArticle(kind),
      );
    }
    checkColumns(run, kind, flags);
    const other = flags.with === undefined ? undefined : await kindOfRun(flags.with);
    if (other !== undefined && other !== kind) {
      throw new UsageError(
        `--with ${flags.with!} is ${withArticle(other)}; ${run} is ${withArticle(kind)}: two of one ` +
          'kind can be compared',
      );
    }
    switch (kind) {
      case 'translator': {
        const { evaluateTranslator } = await import('./attention/evaluate-command.js');
        return evaluateTranslator(run, flags);
      }
      case 'aligner': {
        const { evaluateAligner } = await import('./align/file/evaluate-command.js');
        return evaluateAligner(run, flags);
      }
      case 'tagger':
        return evaluateTagger(run, flags);
    }
  },
};

async function evaluateTagger(run: string, flags: EvaluateFlags): Promise<void> {
  const { evaluateRun } = await import('./ner/evaluate-command.js');
  return evaluateRun(run, flags);
}

/** @throws UsageError for --columns without --file, or with what the files of other runs hold */
function checkColumns(run: string, kind: RunKind, { file, columns, split }: EvaluateFlags): void {
  if (columns && file === undefined) {
    throw new UsageError('--columns says how --file is read: give --file, too');
  }
  if (file !== undefined && split !== undefined) {
    throw new UsageError(`--split ${split} is a part of the run’s corpus: not beside --file`);
  }
  const own = kind === 'tagger' ? ['word', 'tag'] : ['source', 'target'];
  const foreign = foreignColumn(columns, own);
  if (foreign !== undefined) {
    throw new UsageError(
      `--columns ${foreign}=…: ${run} is ${withArticle(kind)}, whose files have columns for ${own.join(' and ')}`,
    );
  }
}

/** The options that not every kind has. */
const optionsOf = {
  tagger: ['file', 'columns', 'decode', 'split', 'data', 'set', 'backend'],
  translator: ['file', 'columns', 'source', 'target', 'beam', 'split', 'data', 'set', 'backend'],
  aligner: ['truth'],
} as const satisfies Record<RunKind, readonly (keyof EvaluateFlags)[]>;

const isOption = (kind: RunKind, name: string) =>
  (optionsOf[kind] as readonly string[]).includes(name);
