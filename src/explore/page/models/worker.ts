import * as tf from '@tensorflow/tfjs';
import {
  newTranslator,
  type SavedTranslator,
} from '../../../experiments/attention/new-translator.js';
import type { ModelParameters } from '../../../experiments/attention/parameters.js';
import type { Translator } from '../../../experiments/attention/translator.js';
import { Lexicon } from '../../../experiments/ner/lexicon.js';
import { newModel } from '../../../experiments/ner/new-model.js';
import type { SavedTagger, Tagger } from '../../../experiments/ner/saved-model.js';
import { tagSentences } from '../../../experiments/ner/tagging.js';
import { getThreads } from '../../../index.js';
import { fetchModel } from './fetch-model.js';
import type { ModelAnswer, ModelQuestion, Tagged, Translated } from './questions.js';

type Loaded =
  | { kind: 'tagger'; tagger: Tagger }
  | { kind: 'translator'; translator: Translator; saved: SavedTranslator };

/** Models that were loaded, the newest last. */
const loaded = new Map<string, Promise<Loaded>>();
const mostLoaded = 4;

async function load(question: ModelQuestion): Promise<Loaded> {
  const { turn, side, files } = question;
  const { json, arrays } = await fetchModel(files, (part) =>
    post({ turn, side, kind: 'loading', part }),
  );
  const kind = 'lexicon' in (json as object) ? 'tagger' : 'translator';
  if (kind !== (question.kind === 'tag' ? 'tagger' : 'translator')) {
    throw new Error(`the model of this run is a ${kind}: the link wants another kind`);
  }
  if (question.kind === 'tag') {
    const { config, wordSize, lexicon: vocabularies } = json as SavedTagger;
    const lexicon = Lexicon.fromJson(vocabularies);
    const model = newModel(config, lexicon, wordSize);
    model.setParameters(arrays);
    return { kind: 'tagger', tagger: { config, lexicon, model } };
  }
  const saved = json as SavedTranslator;
  return {
    kind: 'translator',
    translator: newTranslator(saved, arrays as ModelParameters),
    saved,
  };
}

/** A model that could not be loaded may be there the next time. */
function loadedModel(question: ModelQuestion): Promise<Loaded> {
  const key = question.files.numbers;
  const loading = loaded.get(key) ?? load(question);
  loading.catch(() => loaded.delete(key));
  loaded.delete(key);
  loaded.set(key, loading);
  for (const old of [...loaded.keys()].slice(0, -mostLoaded)) loaded.delete(old);
  return loading;
}

/** The last turn of which a question has come. */
let newest = 0;

async function answer(question: ModelQuestion): Promise<void> {
  const { turn, side } = question;
  newest = Math.max(newest, turn);
  const model = await loadedModel(question);
  await tf.setBackend('cpu');
  // Questions that came while another was answered are heard first: what they replace nobody wants any more.
  await new Promise((resolve) => setTimeout(resolve));
  if (turn < newest) return;
  const started = performance.now();
  const send = (found: Tagged | Translated) => {
    const milliseconds = performance.now() - started;
    post({ turn, side, ...found, milliseconds, threads: getThreads() });
  };
  if (question.kind === 'tag' && model.kind === 'tagger') {
    const { words, omega, k } = question;
    const { config, lexicon } = model.tagger;
    // At the γ of the run's own settings.
    const smoothed = { ...model.tagger, config: { ...config, omega } };
    const [text] = tagSentences(smoothed, [words], k);
    send({ kind: 'tagged', text: text!, tagNames: lexicon.tags.entries });
  } else if (question.kind === 'translate' && model.kind === 'translator') {
    const { translator, saved } = model;
    const { attention } = saved.config.model;
    const decoding = { ...saved.config.decoding, beam: question.beam };
    const [translation] = await translator.translate(
      [question.text],
      decoding,
      undefined,
      (_, soFar) => send({ kind: 'translated', translation: soFar, attention, isWhole: false }),
    );
    send({ kind: 'translated', translation: translation!, attention, isWhole: true });
  } else throw new Error(`the run's model is a ${model.kind}`);
}

const post = (answer: ModelAnswer) => postMessage(answer);

onmessage = ({ data }: MessageEvent<ModelQuestion>) => {
  const { turn, side } = data;
  answer(data).catch((error: unknown) =>
    post({ turn, side, kind: 'error', message: (error as Error).message }),
  );
};
