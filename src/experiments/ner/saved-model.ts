import { join } from 'node:path';
import { z } from 'zod';
import { DataError } from '../../errors.js';
import { neededText } from '../../read-file.js';
import { parseSaved } from '../../runner/config/config.js';
import { openBestModel } from '../../runner/run/opened-model.js';
import type { RunDirectory } from '../../runner/run/run-directory.js';
import { requireKind } from '../results/run-kind.js';
import { nerSchema, type NerConfig } from './config.js';
import { Lexicon } from './lexicon.js';
import type { NerModel } from './model.js';

/** A trained tagger: what `evaluate` and `tag` need of a run. */
export interface Tagger {
  config: NerConfig;
  lexicon: Lexicon;
  model: NerModel;
}

/** The file of a run directory that holds config and vocabularies; the numbers are in best.bin. */
const lexiconFile = 'lexicon.json';

/** Writes what `loadTagger` needs beside the parameters. */
export async function saveLexicon(
  directory: RunDirectory,
  config: NerConfig,
  lexicon: Lexicon,
  model: NerModel,
): Promise<void> {
  const { wordSize } = model.config;
  const content = { config, wordSize, lexicon: lexicon.toJson() };
  await directory.write(lexiconFile, `${JSON.stringify(content)}\n`);
}

const savedSchema = z.object({
  config: nerSchema,
  wordSize: z.int().min(1).max(65_536),
  lexicon: z.object({
    words: z.array(z.string()),
    characters: z.array(z.string()),
    tags: z.array(z.string()),
    zeroDigits: z.boolean(),
  }),
});

/** Config and vocabularies of a tagger, as `Lexicon.fromJson` takes them. */
export type SavedTagger = z.output<typeof savedSchema>;

/**
 * Config and vocabularies of a run directory.
 * @throws DataError when they are not there or not what they should be
 */
export async function readSavedTagger(run: string): Promise<SavedTagger> {
  const path = join(run, lexiconFile);
  const text = await neededText(
    path,
    () =>
      `${run} is not the run directory of a tagger (it has no ${lexiconFile}): ` +
      'train one by didyprog train ner',
  );
  return parseSaved(savedSchema, text, path);
}

export interface OpenedTagger {
  /**
   * Loads TensorFlow.js.
   * @throws DataError when the numbers are not those of this config and lexicon
   */
  start(): Promise<Tagger>;
}

/**
 * Reads the best model of a run directory, finished or not, so that what is wrong with it is known before
 * there is anything to tag.
 * @throws DataError that says what the directory lacks
 * @throws UsageError for a run of another kind
 */
export async function openTagger(run: string): Promise<OpenedTagger> {
  await requireKind(run, 'tagger');
  const { config, wordSize, lexicon: json } = await readSavedTagger(run);
  const saved = await openBestModel(run, config.training.epochs);
  const lexicon = Lexicon.fromJson(json);
  return {
    async start() {
      const { newModel } = await import('./new-model.js');
      const model = newModel(config, lexicon, wordSize);
      try {
        model.setParameters(saved.arrays);
      } catch (error) {
        throw new DataError(`${run}, its best model: ${(error as Error).message}`);
      }
      return { config, lexicon, model };
    },
  };
}

/** `openTagger`, and its start. */
export const loadTagger = async (run: string) => (await openTagger(run)).start();
