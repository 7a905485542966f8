import { chooseEngine } from '../../engine/index.js';
import { DataError } from '../../errors.js';
import type { ReportSection } from '../../report/pages/html.js';
import { readAgain } from '../../runner/run/data-files.js';
import type { NerConfig } from './config.js';
import { loadCorpus } from './corpus.js';
import { marginalsFigure } from './figure.js';
import { loadTagger } from './saved-model.js';
import { rankedTable } from './tables.js';
import { tagSentences } from './tagging.js';

/** Which sentences of the development set are shown: those short enough to be read. */
const sample = { among: 150, leastWords: 5, mostWords: 14, shown: 3, taggings: 5 };

/**
 * The sentences, among the first of the development set, that the tagger is least sure of, with
 * their most probable taggings and the probabilities of all tags. When the data is not there, a
 * sentence that says how to get it; nothing with hard, which has no probabilities.
 */
export async function sampleSection(
  runPath: string,
  config: NerConfig,
  dataFolder: string,
): Promise<ReportSection[]> {
  if (config.omega === 'hard') return [];
  const heading = 'Taggings, ranked';
  try {
    const { development } = await readAgain(runPath, dataFolder, (files) =>
      loadCorpus(config, files),
    );
    const tagger = await loadTagger(runPath);
    await chooseEngine();
    const sentences = development
      .filter(({ words: { length } }) => length >= sample.leastWords && length <= sample.mostWords)
      .slice(0, sample.among)
      .map(({ words }) => words);
    if (sentences.length === 0) return [];
    const unsure = tagSentences(tagger, sentences, sample.taggings)
      .toSorted((a, b) => a.best[0]!.probability - b.best[0]!.probability)
      .slice(0, sample.shown);
    const tagNames = tagger.lexicon.tags.entries;
    return [
      {
        heading,
        paragraphs: [
          `The ${unsure.length === 1 ? 'sentence' : `${unsure.length} sentences`} that the tagger is least sure of, among the first ` +
            `${sentences.length} of the development set with ${sample.leastWords} to ` +
            `${sample.mostWords} words.`,
        ],
        tables: unsure.map((sentence) => rankedTable(sentence, config)),
        figures: unsure.map((sentence) => ({
          svg: marginalsFigure([{ config, tagNames, sentence }]),
          caption: `The probability of each tag: ${sentence.words.join(' ')}`,
        })),
      },
    ];
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    return [{ heading, paragraphs: [`There is nothing to tag: ${error.message}`] }];
  }
}
