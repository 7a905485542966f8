import { isAbsolute, join, relative } from 'node:path';
import { Command } from 'commander';
import { exitCodes, UsageError } from '../errors.js';
import type { PageState } from '../experiments/results/results.js';
import { projectFile } from '../project-file.js';
import { writeResult, writeWrapped } from '../terminal.js';
import { visible } from '../visible.js';

interface ResultsFlags {
  check?: boolean;
  keep?: boolean;
  folder: string;
  json?: boolean;
}

export function resultsCommand(): Command {
  return new Command('results')
    .argument(
      '[runs...]',
      'finished runs to publish instead of the ones noted in results/; a sweep is published as what it tried',
    )
    .option('--check', 'change nothing; say whether results/ agrees with its runs')
    .option('--keep', 'also copy what the pages are made of, models aside, to records/ beside them')
    .option('--folder <folder>', 'the results folder', resultsHere())
    .option('--json', 'print the outcome as JSON')
    .addHelpText(
      'after',
      `
results/sources.json notes which runs each page was made from. Where they are not here, --check
still holds each page's tables against the numbers committed beside it. Ends with 1 when a page
differs. With --keep, settings, results and the scores of every sentence of the runs stay in records/: by
these the pages can be made again, and compared, when the runs are gone.

Examples:
  didyprog results --check
  didyprog results
  didyprog results runs/full/align-bach10 runs/full/align-bach10-strong
  didyprog results runs/ner-choices --keep`,
    )
    .action(async (runs: string[], { check, keep, folder, json }: ResultsFlags) => {
      if (keep && runs.length === 0) throw new UsageError('--keep is for runs that are named');
      if (check && runs.length > 0) {
        throw new UsageError('--check checks what is noted in results/: give no runs with it');
      }
      const { checkResults } = await import('../experiments/results/results.js');
      const states = await (check ? checkResults(folder) : rebuilt(runs, folder, keep));
      if (json) writeResult(`${JSON.stringify(states)}\n`);
      else writeWrapped(`${states.map((state) => lineOf(state, folder)).join('\n')}\n`);
      if (states.some(({ state }) => state === 'differs')) process.exitCode = exitCodes.failed;
    });
}

/** The results of a clone within it; elsewhere a folder of one's own, and not that of the installed program. */
function resultsHere(): string {
  const here = relative(projectFile('.'), process.cwd());
  const isOutside = here.startsWith('..') || isAbsolute(here);
  return isOutside ? 'results' : relative('', projectFile('results')) || '.';
}

async function rebuilt(
  runs: readonly string[],
  folder: string,
  keep = false,
): Promise<PageState[]> {
  const { publishRuns, rebuildResults } = await import('../experiments/results/results.js');
  if (runs.length === 0) return rebuildResults(folder);
  const names = await publishRuns(runs, folder, { keep });
  return names.map((name) => ({ name, state: 'rebuilt', details: [] }));
}

const said: Record<PageState['state'], string> = {
  rebuilt: 'rebuilt from its runs',
  agrees: 'agrees with its runs',
  consistent: 'its runs are not here; its tables are those of its own numbers',
  differs: 'DIFFERS',
  absent: 'its runs are not here: left as it is',
};

function lineOf({ name, state, details }: PageState, folder: string): string {
  const page = state === 'rebuilt' ? `: ${visible(join(folder, `${name}.md`))}` : '';
  return [`${name}: ${said[state]}${page}`, ...details.map((detail) => `  ${detail}`)].join('\n');
}
