import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DOMParser } from 'linkedom';
import type { ReportFigure } from './html.js';

/** A drawing of a run: figures/NAME.svg. */
export interface RunFigure extends ReportFigure {
  name: string;
}

/** The file in figures/ that says what stands below each figure, by its name. */
export const captionsFile = 'captions.json';

/** What a page that runs and fetches nothing must not take over from a file. */
const active = /<script|<foreignObject|<iframe|\son\w+\s*=|href\s*=\s*["'](?!#)|url\((?!["']?#)/i;

/**
 * The figures of a run directory in the order of their names. A caption comes from captions.json,
 * else from the drawing's own description or title. What is not SVG, or would run or fetch
 * something, is left out.
 */
export async function readRunFigures(runPath: string): Promise<RunFigure[]> {
  const folder = join(runPath, 'figures');
  const names = (await readdir(folder).catch(() => [] as string[])).filter((name) =>
    name.endsWith('.svg'),
  );
  const captions = await readCaptions(join(folder, captionsFile));
  const figures = await Promise.all(
    names.sort().map(async (file): Promise<RunFigure[]> => {
      const name = file.slice(0, -'.svg'.length);
      const svg = await readFile(join(folder, file), 'utf8');
      if (!/<svg[\s>]/.test(svg) || active.test(svg)) return [];
      return [{ name, svg, caption: captions[name] ?? captionOf(svg) ?? name }];
    }),
  );
  return figures.flat();
}

async function readCaptions(path: string): Promise<Record<string, string>> {
  try {
    const value: unknown = JSON.parse(await readFile(path, 'utf8'));
    const entries = Object.entries(value ?? {}).filter(([, text]) => typeof text === 'string');
    return Object.fromEntries(entries) as Record<string, string>;
  } catch {
    // Not there, or not readable: the drawings describe themselves.
    return {};
  }
}

function captionOf(svg: string): string | undefined {
  const document = new DOMParser().parseFromString(svg, 'image/svg+xml');
  const text = (name: string) => document.querySelector(name)?.textContent?.trim();
  return text('desc') || text('title') || undefined;
}
