import { Command } from 'commander';
import { fileEnding } from '../option-values.js';
import { dataFolderOf } from '../runner/run/data-files.js';
import { notice } from '../runner/notice.js';
import { writeResult } from '../terminal.js';

export function reportCommand(): Command {
  return new Command('report')
    .argument('<run|sweep>', 'a run directory, or a folder that holds some')
    .option(
      '--out <file>',
      'where to write it (default: report.html in that folder)',
      fileEnding('.html', '.htm'),
    )
    .option('--data <folder>', 'where the data sets are (default: $DIDYPROG_DATA, or data)')
    .option('--json', 'print the path as JSON')
    .addHelpText(
      'after',
      `
Curves, the table beside the paper's, figures, and for alignments an excerpt to listen to.

Examples:
  didyprog report runs/mine
  didyprog report runs/ner-losses --out ner-losses.html`,
    )
    .action(async (folder: string, flags: { out?: string; data?: string; json?: boolean }) => {
      notice('Reading the runs, drawing and writing the report …');
      const { writeReport } = await import('../experiments/results/report.js');
      const { out } = flags;
      const path = await writeReport(folder, { dataFolder: dataFolderOf(flags.data), out });
      writeResult(`${flags.json ? JSON.stringify({ report: path }) : path}\n`);
    });
}
