import * as tf from '@tensorflow/tfjs';
import { Lexicon } from '../../../experiments/ner/lexicon.js';
import { newModel } from '../../../experiments/ner/new-model.js';
import type { SavedTagger, Tagger } from '../../../experiments/ner/saved-model.js';
import { tagSentences } from '../../../experiments/ner/tagging.js';
import { getThreads } from '../../../index.js';
import { decodeArrays } from '../../../runner/array-file.js';
import type { TaggerAnswer, TaggerQuestion } from './questions.js';

/** Models that were loaded, the newest last. */
const loaded = new Map<string, Promise<Tagger>>();
const mostLoaded = 2;

const sha256 = async (bytes: Uint8Array<ArrayBuffer>) =>
  new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));

async function load(
  { tagger, numbers }: TaggerQuestion['files'],
  progress: (part: number) => void,
): Promise<Tagger> {
  const answer = await fetch(tagger);
  if (!answer.ok) throw new Error((await answer.text()).trim());
  const { config, wordSize, lexicon: json } = (await answer.json()) as SavedTagger;
  const bytes = await fetchBytes(numbers, progress);
  // Only pages of https and of this machine can compute the sum.
  const { arrays } = await decodeArrays(bytes, globalThis.isSecureContext ? sha256 : undefined);
  const lexicon = Lexicon.fromJson(json);
  const model = newModel(config, lexicon, wordSize);
  model.setParameters(arrays);
  return { config, lexicon, model };
}

async function fetchBytes(address: string, progress: (part: number) => void) {
  const answer = await fetch(address);
  if (!answer.ok || !answer.body)
    throw new Error('the run has no model yet: best.bin is not there');
  const size = Number(answer.headers.get('content-length') ?? 0);
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  let read = 0;
  const reader = answer.body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    pieces.push(value);
    read += value.length;
    if (size > 0) progress(read / size);
  }
  return new Uint8Array(await new Blob(pieces).arrayBuffer());
}

async function answer(question: TaggerQuestion): Promise<TaggerAnswer> {
  const { turn, side, files, words, omega, gamma, k } = question;
  const key = files.numbers;
  const known = loaded.get(key);
  const loading =
    known ?? load(files, (part) => post({ turn, side, kind: 'loading', part })).catch(forget(key));
  loaded.delete(key);
  loaded.set(key, loading);
  for (const old of [...loaded.keys()].slice(0, -mostLoaded)) loaded.delete(old);
  const tagger = await loading;
  await tf.setBackend('cpu');
  const started = performance.now();
  const smoothed = { ...tagger, config: { ...tagger.config, omega, gamma } };
  const [text] = tagSentences(smoothed, [words], k);
  const milliseconds = performance.now() - started;
  const tagNames = tagger.lexicon.tags.entries;
  const threads = getThreads();
  return { turn, side, kind: 'tagged', text: text!, tagNames, milliseconds, threads };
}

/** A model that could not be loaded may be there the next time. */
const forget = (key: string) => (error: unknown) => {
  loaded.delete(key);
  throw error;
};

const post = (answer: TaggerAnswer) => postMessage(answer);

onmessage = ({ data }: MessageEvent<TaggerQuestion>) => {
  answer(data).then(post, (error: unknown) =>
    post({
      ...{ turn: data.turn, side: data.side },
      ...{ kind: 'error', message: (error as Error).message },
    }),
  );
};
