import { EncodedPairs } from '../../data/text/encoded-pairs.js';
import { TranslationVocabulary } from '../../data/text/parallel-vocabulary.js';
import { writingOf } from '../../data/text/writing.js';
import { hasBothSides, type SentencePair } from '../../data/readers/text/parallel-text.js';
import { counted } from '../../counted.js';
import { tokenise } from '../../data/text/parallel-tokens.js';
import { DataError } from '../../errors.js';
import type { DataFiles } from '../../runner/run/data-files.js';
import type { RunDirectory } from '../../runner/run/run-directory.js';
import type { RunContext } from '../../runner/run/run-options.js';
import { train } from '../../runner/training/training.js';
import type { NamedFigure, Outcome } from '../experiment.js';
import { exampleMaps } from './attention-maps.js';
import { attentionStatistics } from './attention-statistics.js';
import type { AttentionConfig, TextConfig } from './config.js';
import type { Corpus } from './corpus.js';
import { noticeForm, noticeUnknown } from './doubts.js';
import { perplexity, scoreTestSet } from './evaluation.js';
import { TranslationModel } from './model.js';
import { initialParameters } from './parameters.js';
import { mapsFile, type AttentionMeasured } from './result.js';
import { saveVocabularies } from './saved-translator.js';
import { translationTask } from './training-task.js';
import { Translator, type Vocabularies } from './translator.js';

/** Trains a translation model and evaluates its best epoch. */
export async function trainTranslator(
  config: AttentionConfig,
  loaded: Loaded,
  { directory, interruption, provenance, phase }: RunContext,
): Promise<Outcome<AttentionMeasured>> {
  const { translator, training, ...corpus } = loaded;
  await saveVocabularies(directory, translator);
  const summary = await train(translationTask(config, loaded), {
    title: config.name,
    config: config.training,
    seed: config.seed,
    directory,
    interruption,
    onSave: (reached) => provenance.save(reached),
  });
  const score = async (set: Corpus['development']) => {
    await phase(`translating and scoring ${set.name}`);
    const { scores, texts, sentences } = await scoreTestSet(translator, set, config.decoding, () =>
      interruption.checkpoint(),
    );
    await directory.write(`translations-${set.name}.txt`, `${texts.join('\n')}\n`);
    return { scores, sentences };
  };
  const encoded = (pairs: readonly SentencePair[]) => pairs.map((p) => translator.encode(p));
  const onDevelopment = await score(corpus.development);
  const development = {
    ...onDevelopment.scores,
    perplexity: perplexity(translator.model, encoded(corpus.development.pairs)),
  };
  const onTests: (typeof onDevelopment)[] = [];
  for (const set of corpus.tests) onTests.push(await score(set));
  const judged = corpus.tests[0] ?? corpus.development;
  const { source, target } = translator.vocabularies;
  const measured: AttentionMeasured = {
    sizes: { training: training.length, source: source.size, target: target.size },
    training: {
      epochs: summary.history.length,
      bestEpoch: summary.bestEpoch,
      steps: summary.steps,
      seconds: Math.round(summary.seconds),
      losses: summary.history.map(({ loss }) => loss),
      developmentBleu: summary.history.map(({ evaluation }) => evaluation.score),
    },
    development,
    tests: onTests.map(({ scores }) => scores),
    attention: attentionStatistics(translator.model, encoded(judged.pairs)),
  };
  await phase('drawing the attention');
  const figures = await drawMaps(directory, translator, judged, config);
  const judgedBy = onTests.length > 0 ? onTests : [onDevelopment];
  return { measured, figures, sentences: judgedBy.flatMap(({ sentences }) => sentences) };
}

type Loaded = ReturnType<typeof prepareTraining>;

/**
 * What `prepare` makes of a corpus, and the corpus but for the text of its training pairs. Notices
 * say how many pairs are too long, and which parts have other words.
 */
export function prepareTraining(config: AttentionConfig, corpus: Corpus, files: DataFiles) {
  const { development, tests } = corpus;
  const prepared = prepare(corpus, config);
  if (prepared.training.length === 0) {
    throw new DataError(
      `none of the ${corpus.training.length} training pairs can be used: of each one side is ` +
        `empty or has more than ${config.text.maximumLength} tokens (text.maximumLength); ` +
        `they are from ${files.paths.join(', ')}`,
    );
  }
  const tooLong = corpus.training.filter(hasBothSides).length - prepared.training.length;
  if (tooLong > 0) {
    files.notify(
      `training leaves out ${tooLong} of ${counted(corpus.training.length, 'pair')}: a side has more ` +
        `than ${counted(config.text.maximumLength, 'token')} (text.maximumLength)`,
    );
  }
  for (const set of [development, ...tests]) {
    noticeForm(set, files.notify);
    noticeUnknown(prepared.translator, set, files.notify);
  }
  return { ...prepared, development, tests };
}

/** Vocabularies, an untrained model, and the training pairs that are not too long. */
export function prepare(corpus: Corpus, config: AttentionConfig) {
  // Twice through the text: its tokens as strings take many times the room of their indices.
  const sentences = function* (side: 'source' | 'target') {
    for (const pair of tokenisePairs(corpus.training, config.text)) yield pair[side];
  };
  const { minimumCount, maximumVocabulary: maximumSize } = config.text;
  const size = { minimumCount, ...(maximumSize && { maximumSize }) };
  const vocabularies: Vocabularies = {
    source: TranslationVocabulary.of(sentences('source'), size),
    target: TranslationVocabulary.of(sentences('target'), size),
  };
  const sizes = { source: vocabularies.source.size, target: vocabularies.target.size };
  const parameters = initialParameters(config.model, sizes, config.seed);
  const model = new TranslationModel(config.model, sizes, parameters);
  const texts = function* () {
    for (const { target } of corpus.training) yield target;
  };
  const writing = writingOf(texts(), corpus.languages.target);
  const translator = new Translator(model, vocabularies, corpus.languages, config.text, writing);
  const training = new EncodedPairs();
  for (const { source, target } of tokenisePairs(corpus.training, config.text)) {
    training.push(vocabularies.source.encode(source), vocabularies.target.encode(target));
  }
  return { translator, training };
}

/** The tokens of the pairs that training can use. */
function* tokenisePairs(pairs: readonly SentencePair[], text: TextConfig) {
  const fits = (tokens: readonly string[]) =>
    tokens.length > 0 && tokens.length <= text.maximumLength;
  for (const pair of pairs) {
    const source = tokenise(pair.source, text);
    const target = tokenise(pair.target, text);
    if (fits(source) && fits(target)) yield { source, target };
  }
}

/** The attention on a few sentences, as numbers for pages of several runs and as a figure. */
async function drawMaps(
  directory: RunDirectory,
  translator: Translator,
  set: Corpus['development'],
  { model }: AttentionConfig,
): Promise<NamedFigure[]> {
  const maps = exampleMaps(translator, set.pairs);
  await directory.write(mapsFile, `${JSON.stringify(maps)}\n`);
  if (maps.length === 0) return [];
  // Loaded at the end: each collection of garbage would look through the drawing library.
  const { attentionFigure } = await import('../../report/figures/attention-figure.js');
  return [
    {
      name: 'attention',
      svg: attentionFigure([{ name: model.attention, maps }]),
      caption:
        `Attention ${model.attention} while the decoder is given the reference translations of ` +
        `short sentences of ${set.name}.`,
    },
  ];
}
