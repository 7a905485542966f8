import { counted } from '../../../counted.js';
import { readRunFigures } from '../../../report/figures/run-figures.js';
import { tableToMarkdown } from '../../../report/table.js';
import { claimsSection } from '../../results/claims.js';
import type { FinishedRun, Page } from '../../experiment.js';
import type { AlignResult } from './result.js';
import { alignFindings } from './findings.js';
import { alignClaims } from './claims.js';
import { alignTable, isOnBach10, settingTitle } from './tables.js';

/** The tables and numbers of all runs, and their figures. The page is named after the first run. */
export async function alignPage(
  runs: readonly FinishedRun<AlignResult>[],
): Promise<Page<AlignResult>> {
  const images: string[] = [];
  const files: Record<string, string | Uint8Array> = {};
  for (const { path, result } of runs) {
    const setting = result.config.name;
    const { figures, problems } = await readRunFigures(path);
    if (problems.length > 0) {
      images.push(`${counted(problems.length, 'figure')} left out: didyprog report says why.\n`);
    }
    for (const figure of figures) {
      const file = `figures/${setting}-${figure.name}.svg`;
      files[file] = figure.svg;
      const caption = `${settingTitle(result.config)}. ${figure.caption}`;
      images.push(`![${caption}](${file})\n\n${caption}\n`);
    }
  }
  const tables = runs.map(({ result }) => tableToMarkdown(alignTable(result)));
  const results = runs.map(({ result }) => result);
  const findings = [
    ...(results.some(isOnBach10) ? [claimsSection(alignClaims(results))] : []),
    alignFindings(results)
      .map((finding) => `- ${finding}\n`)
      .join('\n'),
  ];
  return {
    name: runs[0]!.result.config.name,
    text: `# Audio-to-score alignment\n\n${tables.join('\n\n')}\n\n## Findings\n\n${findings.join('\n\n')}\n${images.join('\n')}`,
    runs,
    files,
  };
}
