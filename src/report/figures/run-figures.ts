import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { DataError } from '../../errors.js';
import { parseJson, readTextFile } from '../../read-file.js';
import { quoted, shortened } from '../../visible.js';
import type { ReportFigure } from '../pages/html.js';

/** A drawing of a run: figures/NAME.svg. */
interface RunFigure extends ReportFigure {
  name: string;
}

/** The figures of a run directory, and a sentence about each that cannot be shown. */
export interface RunFigures {
  figures: RunFigure[];
  problems: string[];
}

/** The file in figures/ that says what stands below each figure, by its name. */
export const captionsFile = 'captions.json';

/** A page is one text: it holds this much of a run's figures. */
const most = { files: 200, bytes: 50_000_000, captionLength: 2000 } as const;

/**
 * The figures of a run directory in the order of their names. A caption comes from captions.json,
 * else from the drawing's own description or title. What would run or fetch something where it is
 * opened by itself is left out, although it could not as an image: figures are also copied.
 */
export async function readRunFigures(runPath: string): Promise<RunFigures> {
  const folder = join(runPath, 'figures');
  const names = (await readdir(folder).catch(() => [] as string[])).sort();
  const files = names.filter((name) => name.endsWith('.svg'));
  const problems: string[] = [];
  const captions = names.includes(captionsFile)
    ? await orProblem(problems, () => readCaptions(join(folder, captionsFile), problems))
    : undefined;
  // Whoever writes figures imports this file, too, and has no need of a parser.
  const { readSvg } = await import('./svg-document.js');
  const figures: RunFigure[] = [];
  let bytesLeft: number = most.bytes;
  for (const file of files.slice(0, most.files)) {
    await orProblem(problems, async () => {
      const svg = await readTextFile(join(folder, file), bytesLeft);
      const { fault, active, description } = readSvg(svg);
      const refused = fault ?? (active ? 'would run or fetch something' : undefined);
      if (refused) throw new DataError(`${join(folder, file)}: the figure ${refused}`);
      bytesLeft -= svg.length;
      const name = file.slice(0, -'.svg'.length);
      const caption = captions?.get(name) ?? description ?? name;
      figures.push({ name, svg, caption: shortened(caption, most.captionLength) });
    });
  }
  const left = files.length - most.files;
  if (left > 0) problems.push(`${left} figures more than the ${most.files} that a page holds.`);
  return { figures, problems };
}

/** Does the work; what is wrong with a file, or with reading it, becomes a sentence. */
async function orProblem<T>(problems: string[], work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    // Anything else is a fault of this program.
    if (!(error instanceof DataError || (error instanceof Error && 'code' in error))) throw error;
    problems.push(`Left out: ${error.message}.`);
    return undefined;
  }
}

const captionsSchema = z.record(z.string(), z.unknown());

async function readCaptions(path: string, problems: string[]): Promise<Map<string, string>> {
  const value = parseJson(await readTextFile(path), path);
  const parsed = captionsSchema.safeParse(value);
  if (!parsed.success) {
    throw new DataError(`${path}: expected captions by the names of figures, not ${quoted(value)}`);
  }
  const captions = new Map<string, string>();
  for (const [name, text] of Object.entries(parsed.data)) {
    if (typeof text === 'string') captions.set(name, text);
    else problems.push(`${path}: the caption of ${quoted(name)} is no text: ${quoted(text)}.`);
  }
  return captions;
}
