import { join } from 'node:path';
import { z } from 'zod';
import type { Writing } from '../../data/text/parallel-tokens.js';
import { TranslationVocabulary } from '../../data/text/parallel-vocabulary.js';
import { DataError } from '../../errors.js';
import { neededText, parseJson } from '../../read-file.js';
import { bestModelFile } from '../../runner/checkpoint/best-model.js';
import { checkArrays } from '../../runner/checkpoint/checkpoint.js';
import { parseConfig } from '../../runner/config/config.js';
import { openBestModel } from '../../runner/run/opened-model.js';
import type { RunDirectory } from '../../runner/run/run-directory.js';
import { requireKind } from '../results/run-kind.js';
import { attentionSchema, type AttentionConfig } from './config.js';
import { languagesOf } from './languages.js';
import type { SavedTranslator } from './new-translator.js';
import type { ModelParameters } from './parameters.js';
import type { Translator, Vocabularies } from './translator.js';

const vocabularyFile = 'vocabulary.json';

/** Writes the words of both sides into a run directory, and how the target is written. */
export async function saveVocabularies(
  directory: RunDirectory,
  { vocabularies: { source, target }, writing }: Pick<Translator, 'vocabularies' | 'writing'>,
): Promise<void> {
  const saved = { source: source.words, target: target.words, writing };
  await directory.write(vocabularyFile, `${JSON.stringify(saved)}\n`);
}

/**
 * Config and vocabularies of a run directory.
 * @throws DataError when they are not there or not what they should be
 * @throws UsageError when its config is not valid
 */
export async function readSavedTranslator(path: string): Promise<SavedTranslator> {
  const config = parseConfig(
    attentionSchema,
    await readText(path, 'config.yaml'),
    join(path, 'config.yaml'),
  );
  const { source, target, writing } = readVocabularies(path, await readText(path, vocabularyFile));
  const words = { source: source.words, target: target.words };
  return { config, languages: languagesOf(config.corpus), words, writing };
}

export interface OpenedTranslator {
  config: AttentionConfig;
  /**
   * Loads TensorFlow.js.
   * @throws CheckpointError when the model's file is not of this config and these words
   */
  start(): Promise<Translator>;
}

/**
 * Reads the best model of a run, so that what is wrong with it is known before there is anything to translate.
 * @param path the run directory of `didyprog train attention`, finished or not
 * @throws DataError when there is no model of such a run
 * @throws UsageError when its config is not valid, or it is a run of another kind
 * @throws CheckpointError when the model's file is damaged
 */
export async function openTranslator(path: string): Promise<OpenedTranslator> {
  await requireKind(path, 'translator');
  const saved = await readSavedTranslator(path);
  const { config, words } = saved;
  const best = await openBestModel(path, config.training.epochs);
  return {
    config,
    async start() {
      const { newTranslator } = await import('./new-translator.js');
      const { parameterLengths } = await import('./parameters.js');
      const sizes = { source: words.source.length, target: words.target.length };
      const where = `${join(path, bestModelFile)}, by config.yaml and ${vocabularyFile}`;
      checkArrays(best.arrays, parameterLengths(config.model, sizes), where);
      return newTranslator(saved, best.arrays as ModelParameters);
    },
  };
}

/** `openTranslator`, and its start. */
export async function loadTranslator(
  path: string,
): Promise<{ translator: Translator; config: AttentionConfig }> {
  const { start, config } = await openTranslator(path);
  return { translator: await start(), config };
}

const readText = (path: string, name: string) =>
  neededText(
    join(path, name),
    (message) => `${path} is no run of 'didyprog train attention': ${message}`,
  );

const savedSchema = z.object({
  source: z.array(z.string()),
  target: z.array(z.string()),
  writing: z
    .object({
      capital: z.boolean(),
      marks: z.record(z.string(), z.tuple([z.boolean(), z.boolean()])),
    })
    .optional(),
});

function readVocabularies(
  path: string,
  text: string,
): Vocabularies & { writing: Writing | undefined } {
  const where = join(path, vocabularyFile);
  const { data: saved } = savedSchema.safeParse(parseJson(text, where));
  if (!saved) {
    throw new DataError(
      `${where}: expected { source, target }, two lists of words, and writing as it was saved`,
    );
  }
  try {
    return {
      source: new TranslationVocabulary(saved.source),
      target: new TranslationVocabulary(saved.target),
      writing: saved.writing,
    };
  } catch (error) {
    throw new DataError(`${where}: ${(error as Error).message}`);
  }
}
