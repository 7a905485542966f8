import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The command line that trains a small translator, with its config in a folder. */
export function smallTranslator(folder: string): string[] {
  const config = join(folder, 'small.yaml');
  writeFileSync(
    config,
    `name: small
corpus: { source: synthetic, pair: fr-en, training: 200, development: 12, test: 12 }
text: { minimumCount: 1 }
model: { embedding: 12, encoder: 8, decoder: 12, attention: crf-l2, dropout: 0.2 }
training: { epochs: 3, batchSize: 8, logSteps: 5, checkpointSteps: 7 }
decoding: { beam: 2, maximumLength: 12 }
`,
  );
  return ['train', 'attention', '--config', config, '--backend', 'cpu'];
}
