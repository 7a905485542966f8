import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const base = fileURLToPath(new URL('../configs/align/synthetic.yaml', import.meta.url));

/** Cells that take a second or two. */
export const smallData = `set:
  data: { source: synthetic, pieces: 3, events: 10, seed: 1 }
  features: { windowSeconds: 0.25, hopSeconds: 0.2 }
  frameWise: { iterations: 5 }
  endToEnd:
    - { name: short, loss: area, omega: l2, gamma: 1, lambda: 0, epochs: 2, learningRate: 0.05 }
  baselines: [diagonal]
`;

/** Writes the file of a sweep into a folder; returns its name there. */
export function sweepFile(folder: string, name: string, text: string): string {
  writeFileSync(
    join(folder, `${name}.yaml`),
    `name: ${name}\nexperiment: align\nbase: ${base}\n${text}`,
  );
  return `${name}.yaml`;
}

/** What `sweep` and `sweep status` print as JSON, as far as tests look at it. */
export interface Summary {
  cells: { name: string; state: string; problem?: string; path: string }[];
  combined: { rows: unknown; folds: unknown[] }[];
}
