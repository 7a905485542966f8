/**
 * The commands of experiments that stand by themselves, not below `align` or `train`, with what they
 * do: `didyprog --help` lists them without loading any experiment.
 */
export const ownWords = {
  evaluate: 'Score the model of a run, on a part of its corpus or files of your own',
  tag: 'Tag text by the tagger of a run: from the command line, a file, or piped',
  translate: 'Translate sentences by the best model of a run of `train attention`',
} as const;
