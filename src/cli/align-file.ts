import { Command } from 'commander';
import { wholeNumber } from './option-values.js';

/** The options of `didyprog align file`. */
export interface FileFlags {
  model?: string;
  out?: string;
  band?: number;
  json?: boolean;
}

/** `didyprog align file`: a user's own recording with their own score. */
export function alignFileCommand(): Command {
  return new Command('file')
    .description('align a recording of your own with its score')
    .argument('<recording.wav>', 'the recording: PCM or float WAV')
    .argument('<score.mid>', 'the score: a standard MIDI file')
    .option('--model <run>', 'a run directory or a model.json (default: the one that ships)')
    .option('--out <folder>', 'where the CSV, JSON and figure go (default: beside the recording)')
    .option('--band <n>', 'how many events the alignment may stray from the diagonal', wholeNumber)
    .option('--json', 'print the onsets and the files as JSON')
    .addHelpText(
      'after',
      `
Writes the onset of every score event as RECORDING.onsets.csv and .json, and a figure.

Example:
  didyprog align file performance.wav score.mid --out aligned`,
    )
    .action(async (recording: string, score: string, flags: FileFlags) => {
      const { alignFile } = await import('./align-file-run.js');
      await alignFile(recording, score, flags);
    });
}
